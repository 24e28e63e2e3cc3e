import { NumberInput, Switch } from "@mantine/core";
import { useState, type JSX } from "react";

import { Section } from "./useSection";

/** Which alerts ask for attention, and what the chart shows of those held back. */
export function Alerts(): JSX.Element {
  return (
    <>
      <Section name="display">
        {(display, change) => (
          <Switch
            label="Show held-back signals on the chart"
            checked={display.heldBack}
            onChange={(event) => change({ heldBack: event.currentTarget.checked })}
          />
        )}
      </Section>
      <Section name="delivery">
        {(delivery, change) => (
          <>
            <Switch
              label="Desktop notifications while the page is in the background"
              checked={delivery.desktop}
              onChange={(event) => {
                const desktop = event.currentTarget.checked;
                if (desktop) void Notification.requestPermission();
                change({ desktop });
              }}
            />
            <MinConfidence value={delivery.minConfidence} save={(minConfidence) => change({ minConfidence })} />
          </>
        )}
      </Section>
    </>
  );
}

function MinConfidence({ value, save }: { value: number; save: (value: number) => void }): JSX.Element {
  const [text, setText] = useState<number | string>(value * 100);
  return (
    <NumberInput
      label="Notify from confidence"
      description="Of 100. Alerts below it are shown, but do not notify"
      min={0}
      max={100}
      value={text}
      onChange={setText}
      onBlur={() => {
        const next = Math.min(1, Math.max(0, Number(text) / 100));
        if (next !== value) save(next);
      }}
    />
  );
}
