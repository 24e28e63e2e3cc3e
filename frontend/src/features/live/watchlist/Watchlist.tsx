import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { lazy, memo, Suspense, useCallback, useLayoutEffect, useRef, useState, type JSX } from "react";

import { useSymbols } from "@/shared/api/queries";
import type { Instrument } from "@/shared/api/types";
import { DASH, price, signedNumber } from "@/shared/lib/format";
import { exchangeDateKey } from "@/shared/lib/marketTime";
import type { AlertsState } from "@/shared/realtime/alertStore";
import { useAlertsPart, useRealtime } from "@/shared/realtime/context";
import { useKeys } from "@/shared/ui/keyboard";
import { LiveText } from "@/shared/ui/LiveText";
import { Empty, Loading } from "@/shared/ui/states";

import { inTab } from "../alerts/model";
import { useStaleMs } from "../session";
import classes from "./watchlist.module.css";

const Editor = lazy(() => import("./Editor"));

export interface WatchlistProps {
  symbols: readonly string[];
  charted: string | null;
  chart: (symbol: string) => void;
}

/**
 * Change since the previous session's close, as a fraction; null without one. Looked for by halves:
 * it is asked for several times a second, and telling a date by the exchange's zone is slow.
 */
export function dayChange(bars: readonly { ts: number; close: number }[], last: number | null, instrument: Instrument): number | null {
  const newest = bars.at(-1);
  if (newest === undefined || last === null) return null;
  const today = exchangeDateKey(newest.ts, instrument.calendar);
  let [low, high] = [0, bars.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const bar = bars[middle] as { ts: number };
    if (exchangeDateKey(bar.ts, instrument.calendar) < today) low = middle + 1;
    else high = middle;
  }
  const before = bars[low - 1];
  return before === undefined ? null : last / before.close - 1;
}

export const Watchlist = memo(function Watchlist({ symbols, charted, chart }: WatchlistProps): JSX.Element {
  const instruments = useSymbols().data;
  const [filter, setFilter] = useState("");
  const [editing, setEditing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const shown = symbols.filter((symbol) => symbol.includes(filter.trim().toUpperCase()));
  // The chart follows a moment later: a second key goes on from what the first one asked for.
  const asked = useRef(charted);
  useLayoutEffect(() => {
    asked.current = charted;
  }, [charted]);
  const step = (by: number): void => {
    const index = asked.current === null ? 0 : symbols.indexOf(asked.current);
    const next = symbols[(index + by + symbols.length) % symbols.length];
    if (next === undefined) return;
    asked.current = next;
    chart(next);
  };
  useKeys({
    filter: () => input.current?.focus(),
    nextSymbol: () => step(1),
    previousSymbol: () => step(-1),
  });
  return (
    <nav className={classes.list} aria-label="Watchlist">
      <div className={classes.tools}>
        <TextInput
          ref={input}
          aria-label="Filter the watchlist"
          placeholder="Filter /"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
            if (event.key === "Enter" && shown[0] !== undefined) chart(shown[0]);
          }}
          className={classes.filter ?? ""}
        />
        <ActionIcon aria-label={editing ? "Done editing" : "Edit the watchlist"} aria-pressed={editing} onClick={() => setEditing(!editing)}>
          <IconPencil size={16} />
        </ActionIcon>
      </div>
      {editing && (
        <Suspense fallback={<Loading label="Loading the editor" rows={3} />}>
          <Editor symbols={symbols} known={instruments ?? []} />
        </Suspense>
      )}
      {!editing && shown.length === 0 && (
        <Empty reason={symbols.length === 0 ? "You watch no symbol." : `No symbol has “${filter}”.`} action={symbols.length === 0 ? <Button onClick={() => setEditing(true)}>Add symbols</Button> : null} />
      )}
      {!editing &&
        shown.map((symbol) => (
          <Row
            key={symbol}
            symbol={symbol}
            instrument={instruments?.find((item) => item.symbol === symbol)}
            active={symbol === charted}
            chart={chart}
          />
        ))}
    </nav>
  );
});

/** As it is written: 0.00 % went nowhere. */
export function toneOf(change: number | null): "flat" | "up" | "down" {
  const shown = change === null ? 0 : Number((change * 100).toFixed(2));
  return shown === 0 ? "flat" : shown > 0 ? "up" : "down";
}

interface RowProps {
  symbol: string;
  instrument: Instrument | undefined;
  active: boolean;
  chart: (symbol: string) => void;
}

const Row = memo(function Row({ symbol, instrument, active, chart }: RowProps): JSX.Element {
  const { market } = useRealtime();
  const open = useOpen(symbol);
  const stale = useStaleMs();
  const last = (): number | null => (stale() === null ? market.get(symbol).price : null);
  const change = (): number | null => (instrument ? dayChange(market.get(symbol).bars, last(), instrument) : null);
  return (
    <button type="button" className={classes.row} aria-current={active || undefined} onClick={() => chart(symbol)}>
      <span className={classes.symbol}>{symbol}</span>
      <LiveText className={classes.price} read={() => price(last(), instrument?.tickSize ?? 0.01)} />
      <span className={classes.open}>{open > 0 ? `${open} open` : ""}</span>
      <LiveText
        className={classes.change}
        read={() => {
          const value = change();
          if (value === null) return DASH;
          return `${signedNumber(value * 100)} %`;
        }}
        tone={() => {
          return toneOf(change());
        }}
      />
    </button>
  );
});

/** How many of a symbol's alerts still run. */
function useOpen(symbol: string): number {
  const count = useCallback(
    ({ alerts }: AlertsState) => alerts.reduce((sum, alert) => sum + Number(alert.symbol === symbol && inTab(alert, "open")), 0),
    [symbol],
  );
  return useAlertsPart(count);
}
