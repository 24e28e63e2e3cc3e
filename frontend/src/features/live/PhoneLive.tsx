import "@/shared/ui/mantineMore";

import { Button, Drawer, Select } from "@mantine/core";
import { useState, type JSX, type ReactNode } from "react";

import { DASH } from "@/shared/lib/format";
import { exchangeTime } from "@/shared/lib/marketTime";
import { useRealtime } from "@/shared/realtime/context";
import { LiveText } from "@/shared/ui/LiveText";

import { Credit } from "./Credit";
import classes from "./live.module.css";
import { useSession } from "./session";

export interface PhoneLiveProps {
  symbols: readonly string[];
  symbol: string;
  onSymbol: (symbol: string) => void;
  strip: ReactNode;
  picker: ReactNode;
  chart: ReactNode;
  alerts: ReactNode;
  dock: ReactNode;
}

/** Chart, then cards; Why comes from below. */
export default function PhoneLive({ symbols, symbol, onSymbol, strip, picker, chart, alerts, dock }: PhoneLiveProps): JSX.Element {
  const [opened, setOpened] = useState(false);
  const { market } = useRealtime();
  const { calendar } = useSession();
  const clock = (): string => (market.marketNow === null ? DASH : exchangeTime(market.marketNow, calendar));
  return (
    <div className={classes.phone}>
      {strip}
      <div className={classes.phoneTools}>
        <Select
          aria-label="Symbol"
          size="md"
          data={[...symbols]}
          value={symbol}
          onChange={(value) => {
            if (value !== null) onSymbol(value);
          }}
        />
        {picker}
        <LiveText read={clock} className={classes.phoneClock} />
        <Button size="md" onClick={() => setOpened(true)}>
          Why
        </Button>
      </div>
      <div className={classes.phoneChart}>{chart}</div>
      <Credit />
      <div className={classes.phoneAlerts}>{alerts}</div>
      <Drawer opened={opened} onClose={() => setOpened(false)} position="bottom" size="60%" title="Details">
        {dock}
      </Drawer>
    </div>
  );
}
