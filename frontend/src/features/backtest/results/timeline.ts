/** Where each trigger stands on the timeline: sessions side by side, closed hours left out (pure). */
import type { Trigger } from "@/shared/api/backtest";
import type { Timeframe } from "@/shared/api/types";
import { exchangeDateKey, timeOfDay, type Calendar } from "@/shared/lib/marketTime";

const DAY_MS = 86_400_000;

/** Minutes of the day between which a session lies, in the exchange's zone. */
const HOURS: Record<Calendar, Record<"regular" | "extended", readonly [number, number]>> = {
  XNYS: { regular: [570, 960], extended: [240, 1200] },
  "24/7": { regular: [0, 1440], extended: [0, 1440] },
};

export type Fate = "win" | "loss" | "unknown";

export function fateOf(trigger: Pick<Trigger, "outcome">): Fate {
  const value = trigger.outcome?.r;
  if (value === null || value === undefined) return "unknown";
  return value > 0 ? "win" : "loss";
}

export interface Placed {
  /** Sessions since the first, with the part of the session that has passed. */
  x: number;
  trigger: Trigger;
  index: number;
  fate: Fate;
}

export interface TimelineModel {
  /** Session dates, `YYYY-MM-DD`. */
  sessions: string[];
  placed: Placed[];
}

export interface TimelineWindow {
  start: number;
  end: number;
  timeframe: Timeframe;
  session: "regular" | "extended";
  calendar: Calendar;
}

/** Dates on which there can be a session; holidays stay as empty places. */
function sessionDates(first: string, last: string, calendar: Calendar): string[] {
  const found: string[] = [];
  for (let day = Date.parse(first); day <= Date.parse(last); day += DAY_MS) {
    const weekday = new Date(day).getUTCDay();
    if (calendar === "24/7" || (weekday !== 0 && weekday !== 6)) found.push(new Date(day).toISOString().slice(0, 10));
  }
  return found;
}

export function timelineOf(triggers: readonly Trigger[], window: TimelineWindow): TimelineModel {
  const { calendar } = window;
  const daily = window.timeframe === "1d";
  // Daily bars carry their session's date as UTC midnight.
  const dateOf = (ts: number): string => (daily ? new Date(ts).toISOString().slice(0, 10) : exchangeDateKey(ts, calendar));
  const sessions = sessionDates(exchangeDateKey(window.start, calendar), exchangeDateKey(window.end - 1, calendar), calendar);
  const positions = new Map(sessions.map((date, index) => [date, index]));
  const [open, close] = HOURS[calendar][window.session];
  const placed: Placed[] = [];
  triggers.forEach((trigger, index) => {
    const position = positions.get(dateOf(trigger.ts));
    if (position === undefined) return;
    const [hours = 0, minutes = 0] = timeOfDay(trigger.ts, calendar, false).split(":").map(Number);
    const part = daily ? 0.5 : Math.min(0.999, Math.max(0, (hours * 60 + minutes - open) / (close - open)));
    placed.push({ x: position + part, trigger, index, fate: fateOf(trigger) });
  });
  return { sessions, placed };
}

export interface Bin {
  /** Left edge in pixels. */
  left: number;
  direction: "long" | "short";
  /** Wins first, then losses, then what is not known. */
  items: Placed[];
}

const FATES: readonly Fate[] = ["win", "loss", "unknown"];

export interface View {
  /** In sessions. */
  from: number;
  to: number;
}

/** Columns of `size` pixels, each side apart; stacked in the order of their fate. */
export function bins(placed: readonly Placed[], view: View, width: number, size: number): Bin[] {
  const scale = width / (view.to - view.from);
  const found = new Map<string, Bin>();
  for (const item of placed) {
    if (item.x < view.from || item.x >= view.to) continue;
    const column = Math.floor(((item.x - view.from) * scale) / size);
    const { direction } = item.trigger;
    const key = `${direction}${column}`;
    const bin = found.get(key);
    if (bin) bin.items.push(item);
    else found.set(key, { left: column * size, direction, items: [item] });
  }
  for (const bin of found.values()) bin.items.sort((a, b) => FATES.indexOf(a.fate) - FATES.indexOf(b.fate));
  return [...found.values()];
}

/** The nearest bin on the pointer's side, no farther than `reach` pixels. */
export function binAt(all: readonly Bin[], x: number, above: boolean, size: number, reach: number): Bin | null {
  let best: Bin | null = null;
  let distance = reach;
  for (const bin of all) {
    if ((bin.direction === "long") !== above) continue;
    const away = Math.abs(bin.left + size / 2 - x);
    if (away <= distance) [best, distance] = [bin, away];
  }
  return best;
}

/** Which sessions get a label, so that labels stay `room` pixels apart. */
export function labelled(view: View, width: number, room: number): number[] {
  const visible = view.to - view.from;
  const every = Math.max(1, Math.ceil((room * visible) / width));
  const found: number[] = [];
  for (let index = Math.ceil(view.from); index < view.to; index += 1) if (index % every === 0) found.push(index);
  return found;
}
