/** Paints the timeline: longs above, shorts below, filled win, hollow loss, a dash for no outcome. */
import { shortDate } from "@/shared/lib/marketTime";
import type { Tokens } from "@/shared/ui/tokens";

import { labelled, type Bin, type TimelineModel, type View } from "./timeline";

export const TRACK = 48;
export const AXIS = 16;
export const COLUMN = 6;
const MIDDLE = TRACK / 2;
const SIDE = MIDDLE - 3;
const TALLEST = 9;
const FONT = '11px "IBM Plex Sans Variable", sans-serif';

/** Height of one trigger, so that the fullest column fits its side. */
export function unitHeight(all: readonly Bin[]): number {
  const most = Math.max(1, ...all.map((bin) => bin.items.length));
  return Math.min(TALLEST, SIDE / most);
}

export interface TimelineScene {
  model: TimelineModel;
  view: View;
  bins: readonly Bin[];
  width: number;
  tokens: Tokens;
  /** Index of the trigger that is open beside. */
  selected: number | null;
  /** Pixels of a drag. */
  band: readonly [number, number] | null;
}

export function drawTimeline(context: CanvasRenderingContext2D, scene: TimelineScene): void {
  const { width, tokens } = scene;
  context.clearRect(0, 0, width, TRACK + AXIS);
  context.fillStyle = tokens.card;
  context.fillRect(0, 0, width, TRACK);
  drawSessions(context, scene);
  context.fillStyle = tokens.control;
  context.fillRect(0, MIDDLE - 0.5, width, 1);
  const unit = unitHeight(scene.bins);
  for (const bin of scene.bins) drawBin(context, bin, unit, tokens);
  drawSelected(context, scene);
  if (scene.band) {
    const [a, b] = scene.band;
    context.fillStyle = `${tokens.accent}33`;
    context.fillRect(Math.min(a, b), 0, Math.abs(b - a), TRACK);
  }
}

function drawSessions(context: CanvasRenderingContext2D, { model, view, width, tokens }: TimelineScene): void {
  const scale = width / (view.to - view.from);
  context.font = FONT;
  context.textBaseline = "alphabetic";
  for (const index of labelled(view, width, 56)) {
    const date = model.sessions[index];
    if (date === undefined) continue;
    const x = Math.round((index - view.from) * scale);
    context.fillStyle = tokens.border;
    context.fillRect(x, 0, 1, TRACK + 4);
    context.fillStyle = tokens.dim;
    const text = shortDate(Date.parse(date), "24/7");
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, x + 4, TRACK + 12);
  }
}

function drawBin(context: CanvasRenderingContext2D, bin: Bin, unit: number, tokens: Tokens): void {
  const up = bin.direction === "long";
  context.fillStyle = up ? tokens.up : tokens.down;
  context.strokeStyle = context.fillStyle;
  context.lineWidth = 1;
  const of = (fate: string): number => bin.items.filter((item) => item.fate === fate).length;
  let from = 0;
  from = drawStack(context, bin, { from, count: of("win"), unit, filled: true, up });
  from = drawStack(context, bin, { from, count: of("loss"), unit, filled: false, up });
  const unknown = of("unknown");
  if (unknown > 0) {
    const y = up ? MIDDLE - 2 - from - 2 : MIDDLE + 1 + from + 1;
    context.fillRect(bin.left, y, COLUMN - 1, 1);
  }
}

interface Stack {
  from: number;
  count: number;
  unit: number;
  filled: boolean;
  up: boolean;
}

/** One box a trigger while boxes are tall enough to tell apart, else one for all of them. */
function drawStack(context: CanvasRenderingContext2D, bin: Bin, { from, count, unit, filled, up }: Stack): number {
  const each = unit >= 4 ? unit : unit * count;
  const boxes = unit >= 4 ? count : Math.min(1, count);
  for (let box = 0; box < boxes; box += 1) {
    const height = Math.max(2, each - (unit >= 4 ? 1 : 0));
    const bottom = from + box * each;
    const y = up ? MIDDLE - 1 - bottom - height : MIDDLE + 1 + bottom;
    if (filled) context.fillRect(bin.left, y, COLUMN - 1, height);
    else context.strokeRect(bin.left + 0.5, y + 0.5, COLUMN - 2, Math.max(1, height - 1));
  }
  return from + boxes * each;
}

function drawSelected(context: CanvasRenderingContext2D, { bins, selected, tokens }: TimelineScene): void {
  if (selected === null) return;
  const bin = bins.find((each) => each.items.some((item) => item.index === selected));
  if (bin === undefined) return;
  context.strokeStyle = tokens.accent;
  context.lineWidth = 2;
  const top = bin.direction === "long" ? 1 : MIDDLE + 1;
  context.strokeRect(bin.left - 2, top, COLUMN + 3, MIDDLE - 2);
}
