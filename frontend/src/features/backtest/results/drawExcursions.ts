/** Paints excursions: to the right against the trade, upwards for it; filled win, hollow loss. */
import type { Trigger } from "@/shared/api/backtest";
import { r, rAgainst } from "@/shared/lib/format";
import { withAlpha, type Tokens } from "@/shared/ui/tokens";

export const HEIGHT = 216;
const EDGE = { left: 48, right: 22, top: 8, bottom: 30 };
const FONT = '11px "IBM Plex Sans Variable", sans-serif';
const MOST = 4;
/** Room that a tick's text needs beside the next one. */
const LABEL_WIDTH = 48;
const LINE_HEIGHT = 14;

export interface Dot {
  mae: number;
  mfe: number;
  win: boolean;
  index: number;
}

export interface Frame {
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

export function frameOf(dots: readonly Dot[], width: number): Frame {
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

export function dotsOf(triggers: readonly Trigger[]): Dot[] {
  return triggers.flatMap(({ outcome }, index) =>
    outcome && outcome.mae !== null && outcome.mfe !== null && outcome.r !== null
      ? [{ mae: outcome.mae, mfe: outcome.mfe, win: outcome.r > 0, index }]
      : [],
  );
}

/** Values of an axis that are written: every half R, every whole one where those would touch. */
export function ticksOf(most: number, pixels: number, room: number): number[] {
  const step = (pixels / most) * 0.5 < room ? 1 : 0.5;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

export function drawAxes(context: CanvasRenderingContext2D, frame: Frame, tokens: Tokens): void {
  context.clearRect(0, 0, frame.width, HEIGHT);
  context.font = FONT;
  context.lineWidth = 1;
  drawAgainst(context, frame, tokens);
  drawFor(context, frame, tokens);
  barrier(context, frame, tokens);
}

/** To the right what went against the trade, which is below zero. */
function drawAgainst(context: CanvasRenderingContext2D, frame: Frame, tokens: Tokens): void {
  const bottom = frame.y(0);
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const value of ticksOf(frame.mostX, frame.x(frame.mostX) - frame.x(0), LABEL_WIDTH)) {
    const x = Math.round(frame.x(value)) + 0.5;
    context.fillStyle = tokens.border;
    context.fillRect(x, EDGE.top, 1, bottom - EDGE.top);
    context.fillStyle = tokens.dim;
    context.fillText(rAgainst(value), x, bottom + 4);
  }
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  context.fillText("against the trade (MAE)", frame.width - EDGE.right, HEIGHT - 2);
}

function drawFor(context: CanvasRenderingContext2D, frame: Frame, tokens: Tokens): void {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticksOf(frame.mostY, frame.y(0) - frame.y(frame.mostY), LINE_HEIGHT)) {
    const y = Math.round(frame.y(value)) + 0.5;
    context.fillStyle = tokens.border;
    context.fillRect(EDGE.left, y, frame.width - EDGE.left - EDGE.right, 1);
    context.fillStyle = tokens.dim;
    context.fillText(r(value), EDGE.left - 6, y);
  }
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText("for the trade (MFE)", EDGE.left + 4, EDGE.top + 12);
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

export function drawDots(context: CanvasRenderingContext2D, dots: readonly Dot[], frame: Frame, tokens: Tokens): void {
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

export function nearest(dots: readonly Dot[], frame: Frame, x: number, y: number): Dot | null {
  let best: Dot | null = null;
  let distance = 12;
  for (const dot of dots) {
    const [dotX, dotY] = spread(dot, frame);
    const away = Math.hypot(dotX - x, dotY - y);
    if (away <= distance) [best, distance] = [dot, away];
  }
  return best;
}
