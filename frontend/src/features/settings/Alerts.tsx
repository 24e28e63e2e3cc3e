import { Switch } from "@mantine/core";
import { useState, type JSX } from "react";

import { CONFIDENCE, toHundred } from "./bounds";
import { CommittedNumber } from "./CommittedNumber";
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
            <DesktopSwitch checked={delivery.desktop} save={(desktop) => change({ desktop })} />
            <CommittedNumber
              label="Notify from confidence"
              description="Of 100. Alerts below it are shown, but do not notify"
              bound={CONFIDENCE}
              value={toHundred(delivery.minConfidence)}
              save={(value) => change({ minConfidence: (value ?? 0) / 100 })}
            />
          </>
        )}
      </Section>
    </>
  );
}

const refused = (): boolean => Notification.permission === "denied";

function DesktopSwitch({ checked, save }: { checked: boolean; save: (desktop: boolean) => void }): JSX.Element {
  const [isRefused, setRefused] = useState(refused);
  const ask = async (): Promise<void> => {
    await Notification.requestPermission();
    setRefused(refused());
  };
  return (
    <Switch
      label="Desktop notifications while the page is in the background"
      checked={checked}
      onChange={(event) => {
        if (event.currentTarget.checked) void ask();
        save(event.currentTarget.checked);
      }}
      error={checked && isRefused ? "The browser refuses this page's notifications: allow them in its settings." : undefined}
    />
  );
}
