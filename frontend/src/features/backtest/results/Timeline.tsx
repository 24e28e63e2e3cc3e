import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useMemo, useRef, useState, type JSX, type KeyboardEvent, type PointerEvent } from "react";

import type { StoredRun, Trigger } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import { confidence, plural, r } from "@/shared/lib/format";
import { exchangeTime, shortDate, type Calendar } from "@/shared/lib/marketTime";
import { tokensFor, type DirectionPair } from "@/shared/ui/tokens";

import { AXIS, COLUMN, drawTimeline, TRACK } from "./drawTimeline";
import classes from "./results.module.css";
import { binAt, bins, timelineOf, type Bin, type View } from "./timeline";
import { useCanvas } from "./useCanvas";

const REACH = 10;
const DRAG = 6;

export interface TimelineProps {
  request: StoredRun;
  triggers: readonly Trigger[];
  calendar: Calendar;
  colourPair: DirectionPair;
  selected: number | null;
  select: (index: number) => void;
  /** Session dates in view, for what is promoted. */
  zoomed: (range: { from: string; to: string } | null) => void;
}

interface Drag {
  from: number;
  to: number;
}

/** Every trigger of the run in 48 px: longs above, shorts below. Click opens the bar, drag zooms. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { request, triggers, calendar, colourPair, selected, select, zoomed } = props;
  const scheme = useComputedColorScheme("dark");
  const nameOf = useRuleName();
  const model = useMemo(() => timelineOf(triggers, { ...request, calendar }), [triggers, request, calendar]);
  const whole = useMemo<View>(() => ({ from: 0, to: Math.max(1, model.sessions.length) }), [model]);
  const [zoom, setZoom] = useState<View | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [over, setOver] = useState<Bin | null>(null);
  const view = zoom ?? whole;
  const drawn = useRef<Bin[]>([]);

  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      drawn.current = bins(model.placed, view, width, COLUMN);
      const band = drag === null ? null : ([drag.from, drag.to] as const);
      drawTimeline(context, { model, view, bins: drawn.current, width, tokens: tokensFor(scheme, colourPair), selected, band });
    },
    [model, view, scheme, colourPair, selected, drag],
  );
  const { ref, width } = useCanvas(TRACK + AXIS, paint);

  const place = (event: PointerEvent): { x: number; above: boolean } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, above: event.clientY - box.top < TRACK / 2 };
  };
  const found = (event: PointerEvent): Bin | null => {
    const { x, above } = place(event);
    return binAt(drawn.current, x, above, COLUMN, REACH);
  };
  const zoomTo = (next: View | null): void => {
    setZoom(next);
    const first = next && model.sessions[Math.floor(next.from)];
    const last = next && model.sessions[Math.min(model.sessions.length, Math.ceil(next.to)) - 1];
    zoomed(first && last ? { from: first, to: last } : null);
  };
  const release = (event: PointerEvent): void => {
    if (drag !== null && Math.abs(drag.to - drag.from) >= DRAG) {
      const at = (x: number): number => view.from + (x / width) * (view.to - view.from);
      const [from, to] = [at(Math.min(drag.from, drag.to)), at(Math.max(drag.from, drag.to))];
      if (to - from > 0.02) zoomTo({ from: Math.max(0, from), to: Math.min(whole.to, to) });
    } else {
      const bin = found(event);
      const next = bin && nextOf(bin, selected);
      if (next !== null) select(next);
    }
    setDrag(null);
  };

  return (
    <section className={classes.block} aria-label="Triggers in time">
      <header className={classes.blockHead}>
        <h2>Triggers</h2>
        <span className={classes.dim}>longs above, shorts below; filled win, hollow loss. Click opens the bar, drag zooms.</span>
        <span className={classes.space} />
        <span aria-live="off">{over ? binWords(over, calendar, nameOf) : ""}</span>
        {zoom && (
          <button type="button" className={classes.textButton} onClick={() => zoomTo(null)}>
            Whole run
          </button>
        )}
      </header>
      {/* A widget of its own: the pointer picks and zooms, arrows go from trigger to trigger. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        className={classes.timeline}
        role="application"
        aria-label={`Timeline of ${plural(triggers.length, "trigger")}. Arrow keys go from one to the next; the table below has the same.`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        data-testid="timeline"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const { x } = place(event);
          setDrag({ from: x, to: x });
        }}
        onPointerMove={(event) => {
          if (drag !== null) setDrag({ from: drag.from, to: place(event).x });
          else setOver(found(event));
        }}
        onPointerUp={release}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setOver(null)}
        onKeyDown={(event) => step(event, selected, triggers.length, select)}
      >
        <canvas ref={ref} style={{ height: TRACK + AXIS }} />
      </div>
    </section>
  );
}

function step(event: KeyboardEvent, selected: number | null, count: number, select: (index: number) => void): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (by === 0 || count === 0) return;
  event.preventDefault();
  select(selected === null ? 0 : Math.min(count - 1, Math.max(0, selected + by)));
}

/** A second click on the same column goes to its next trigger. */
function nextOf(bin: Bin, selected: number | null): number | null {
  const at = bin.items.findIndex((item) => item.index === selected);
  return bin.items[(at + 1) % bin.items.length]?.index ?? null;
}

function binWords({ items, direction }: Bin, calendar: Calendar, nameOf: (ruleId: string) => string): string {
  const [first] = items;
  if (first === undefined) return "";
  const { trigger } = first;
  if (items.length === 1) {
    const when = `${shortDate(trigger.ts, calendar)} ${exchangeTime(trigger.ts, calendar)}`;
    return `${when}  ${direction === "long" ? "LONG" : "SHORT"} ${nameOf(trigger.ruleId)}, confidence ${confidence(trigger.confidence)}, ${r(trigger.outcome?.r)}`;
  }
  const wins = items.filter((item) => item.fate === "win").length;
  const losses = items.filter((item) => item.fate === "loss").length;
  return `${shortDate(trigger.ts, calendar)}  ${plural(items.length, direction)}: ${plural(wins, "win")}, ${losses} ${losses === 1 ? "loss" : "losses"}`;
}
