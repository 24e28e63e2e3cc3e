import { MultiSelect, SegmentedControl, Switch } from "@mantine/core";
import type { JSX, ReactNode } from "react";

import type { UserSettings } from "@/shared/api/settings";

import classes from "./settings.module.css";
import { Section } from "./useSection";

type DisplaySettings = UserSettings["display"];

function Choice({ label, children }: { label: string; children: ReactNode }): JSX.Element {
  return (
    <div className={classes.choice}>
      <span>{label}</span>
      {children}
    </div>
  );
}

const LINES = [
  { value: "ema20", label: "EMA20" },
  { value: "ema50", label: "EMA50" },
  { value: "vwap", label: "VWAP" },
];

export function Display(): JSX.Element {
  return (
    <Section name="display">
      {(display, change) => (
        <>
          <Choice label="Theme">
            <SegmentedControl
              aria-label="Theme"
              value={display.theme}
              onChange={(theme) => change({ theme: theme })}
              data={[
                { value: "system", label: "System" },
                { value: "dark", label: "Dark" },
                { value: "light", label: "Light" },
              ]}
            />
          </Choice>
          <Choice label="Up and down">
            <SegmentedControl
              aria-label="Up and down"
              value={display.colourPair}
              onChange={(pair) => change({ colourPair: pair })}
              data={[
                { value: "cyanRed", label: "Cyan and red" },
                { value: "blueOrange", label: "Blue and orange" },
              ]}
            />
          </Choice>
          <Choice label="Motion">
            <SegmentedControl
              aria-label="Motion"
              value={display.motion}
              onChange={(motion) => change({ motion: motion })}
              data={[
                { value: "system", label: "System" },
                { value: "reduced", label: "None" },
              ]}
            />
          </Choice>
          <MultiSelect
            label="Lines on the chart"
            data={LINES}
            value={display.indicators}
            onChange={(indicators) => change({ indicators: indicators as DisplaySettings["indicators"] })}
          />
          <Switch label="Volume" checked={display.volume} onChange={(event) => change({ volume: event.currentTarget.checked })} />
        </>
      )}
    </Section>
  );
}
