import { Tabs } from "@mantine/core";
import { memo, type JSX, type ReactNode } from "react";

import { useFlags } from "@/shared/api/queries";
import type { Alert, Instrument } from "@/shared/api/types";

import { BarsTable } from "./BarsTable";
import { Day } from "./Day";
import classes from "./dock.module.css";
import { Tape } from "./Tape";
import { Why } from "./Why";

export type DockTab = "why" | "tape" | "bars" | "day";

export interface DockProps {
  tab: DockTab;
  onTab: (tab: DockTab) => void;
  alert: Alert | null;
  instrument: Instrument;
  credit?: ReactNode;
}

export const Dock = memo(function Dock({ tab, onTab, alert, instrument, credit }: DockProps): JSX.Element {
  const tape = useFlags().data?.enableTapePeek ?? false;
  const shown = tab === "tape" && !tape ? "why" : tab;
  return (
    <section className={classes.dock} aria-label="Details">
      <Tabs value={shown} onChange={(value) => onTab((value ?? "why") as DockTab)} keepMounted={false} classNames={{ root: classes.tabs ?? "", panel: classes.panel ?? "" }}>
        <div className={classes.head}>
          <Tabs.List>
            <Tabs.Tab value="why">Why</Tabs.Tab>
            {tape && <Tabs.Tab value="tape">Tape</Tabs.Tab>}
            <Tabs.Tab value="bars">Bars</Tabs.Tab>
            <Tabs.Tab value="day">Day</Tabs.Tab>
          </Tabs.List>
          {credit}
        </div>
        <Tabs.Panel value="why" tabIndex={0}>
          <Why alert={alert} instrument={instrument} />
        </Tabs.Panel>
        {tape && (
          <Tabs.Panel value="tape" tabIndex={0}>
            <Tape alert={alert} instrument={instrument} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="bars" tabIndex={0}>
          <BarsTable instrument={instrument} />
        </Tabs.Panel>
        <Tabs.Panel value="day" tabIndex={0}>
          <Day calendar={instrument.calendar} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
});
