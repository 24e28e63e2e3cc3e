import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useMemo, type JSX, type MouseEvent } from "react";

import type { Metrics, Trigger } from "@/shared/api/backtest";
import { number } from "@/shared/lib/format";
import { tokensFor, withAlpha, type DirectionPair, type Tokens } from "@/shared/ui/tokens";

import { endings } from "../words";
import classes from "./results.module.css";
import { useCanvas } from "./useCanvas";

const HEIGHT = 216;
const EDGE = { left: 34, right: 10, top: 8, bottom: 30 };
const FONT = '11px "IBM Plex Sans Variable", sans-serif';
const MOST = 4;

interface Dot {
  mae: number;
  mfe: number;
  win: boolean;
  index: number;
}

interface Frame {
  width: number;
  x: (mae: number) => number;
  y: (mfe: number) => number;
  mostX: number;
  mostY: number;
}

/** The smallest whole or half R that holds nearly all of them. */
function span(values: readonly number[]): number {
  const most = values.reduce((max, value) => Math.max(max, value), 1.5);
  return Math.min(MOST, Math.ceil(most * 2 + 0.2) / 2);
}

function frameOf(dots: readonly Dot[], width: number): Frame {
  const [mostX, mostY] = [span(dots.map((dot) => dot.mae)), span(dots.map((dot) => dot.mfe))];
  const [w, h] = [width - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  return {
    width,
    mostX,
    mostY,
    x: (mae) => EDGE.left + (Math.min(mae, mostX) / mostX) * w,
    y: (mfe) => EDGE.top + h - (Math.min(mfe, mostY) / mostY) * h,
  };
}

function dotsOf(triggers: readonly Trigger[]): Dot[] {
  return triggers.flatMap(({ outcome }, index) =>
    outcome && outcome.mae !== null && outcome.mfe !== null && outcome.r !== null
      ? [{ mae: outcome.mae, mfe: outcome.mfe, win: outcome.r > 0, index }]
      : [],
  );
}

function drawAxes(context: CanvasRenderingContext2D, frame: Frame, tokens: Tokens): void {
  context.clearRect(0, 0, frame.width, HEIGHT);
  context.font = FONT;
  context.lineWidth = 1;
  const bottom = frame.y(0);
  context.textBaseline = "top";
  context.textAlign = "center";
  for (let value = 0; value <= frame.mostX; value += 0.5) {
    const x = Math.round(frame.x(value)) + 0.5;
    context.fillStyle = tokens.border;
    context.fillRect(x, EDGE.top, 1, bottom - EDGE.top);
    context.fillStyle = tokens.dim;
    context.fillText(value.toFixed(1), x, bottom + 4);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let value = 0; value <= frame.mostY; value += 0.5) {
    const y = Math.round(frame.y(value)) + 0.5;
    context.fillStyle = tokens.border;
    context.fillRect(EDGE.left, y, frame.width - EDGE.left - EDGE.right, 1);
    context.fillStyle = tokens.dim;
    context.fillText(value.toFixed(1), EDGE.left - 6, y);
  }
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  context.fillText("against the trade (MAE), R", frame.width - EDGE.right, HEIGHT - 2);
  context.textAlign = "left";
  context.fillText("for the trade (MFE), R", EDGE.left + 4, EDGE.top + 10);
  barrier(context, frame, tokens);
}

/** Stop and target, where most outcomes end. */
function barrier(context: CanvasRenderingContext2D, frame: Frame, tokens: Tokens): void {
  context.setLineDash([4, 3]);
  context.strokeStyle = tokens.control;
  context.beginPath();
  context.moveTo(frame.x(1) + 0.5, EDGE.top);
  context.lineTo(frame.x(1) + 0.5, frame.y(0));
  context.moveTo(EDGE.left, frame.y(1.5) + 0.5);
  context.lineTo(frame.width - EDGE.right, frame.y(1.5) + 0.5);
  context.stroke();
  context.setLineDash([]);
}

function drawDots(context: CanvasRenderingContext2D, dots: readonly Dot[], frame: Frame, tokens: Tokens): void {
  const alpha = Math.max(0.15, Math.min(0.9, 300 / Math.max(1, dots.length)));
  for (const dot of dots) {
    context.beginPath();
    const [x, y] = spread(dot, frame);
    context.arc(x, y, 3, 0, 2 * Math.PI);
    if (dot.win) {
      context.fillStyle = withAlpha(tokens.ok, alpha);
      context.fill();
    } else {
      context.strokeStyle = withAlpha(tokens.bad, alpha);
      context.stroke();
    }
  }
}

const SPREAD = 7;

/** Stops pile up at 1 and targets at 1.5: there the dots stand beside each other, the same each time. */
function spread({ mae, mfe, win, index }: Dot, frame: Frame): [number, number] {
  const aside = (((index * 0.618034) % 1) * 2 - 1) * SPREAD;
  const [x, y] = [frame.x(mae), frame.y(mfe)];
  if (win && Math.abs(mfe - 1.5) < 1e-6) return [x, y + aside];
  if (!win && Math.abs(mae - 1) < 1e-6) return [x + aside, y];
  return [x, y];
}

function nearest(dots: readonly Dot[], frame: Frame, x: number, y: number): Dot | null {
  let best: Dot | null = null;
  let distance = 12;
  for (const dot of dots) {
    const [dotX, dotY] = spread(dot, frame);
    const away = Math.hypot(dotX - x, dotY - y);
    if (away <= distance) [best, distance] = [dot, away];
  }
  return best;
}

export interface ExcursionsProps {
  triggers: readonly Trigger[];
  metrics: Metrics;
  colourPair: DirectionPair;
  select: (index: number) => void;
}

/** How far each trade went against and for its trader, before cost. */
export function Excursions({ triggers, metrics, colourPair, select }: ExcursionsProps): JSX.Element {
  const scheme = useComputedColorScheme("dark");
  const dots = useMemo(() => dotsOf(triggers), [triggers]);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const tokens = tokensFor(scheme, colourPair);
      const frame = frameOf(dots, width);
      drawAxes(context, frame, tokens);
      drawDots(context, dots, frame, tokens);
    },
    [dots, scheme, colourPair],
  );
  const { ref, width } = useCanvas(HEIGHT, paint);
  const click = (event: MouseEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const dot = nearest(dots, frameOf(dots, width), event.clientX - box.left, event.clientY - box.top);
    if (dot) select(dot.index);
  };
  return (
    <section className={classes.block} aria-label="Excursions">
      <header className={classes.blockHead}>
        <h2>Excursions</h2>
        <span className={classes.dim}>filled win, hollow loss; spread about stop and target</span>
      </header>
      <div className={classes.scatter} role="img" aria-label={spreads(metrics)}>
        <canvas ref={ref} style={{ height: HEIGHT }} onClick={click} />
      </div>
      <p className={classes.caption}>
        {spreads(metrics)} Ended: {endings(metrics.outcomes)}.
      </p>
    </section>
  );
}

function spreads({ mfe, mae }: Metrics): string {
  const of = (spread: Metrics["mfe"]): string => `median ${number(spread.median, 2)}, p90 ${number(spread.p90, 2)}`;
  return `For: ${of(mfe)}. Against: ${of(mae)}.`;
}
