/** How the journal writes times, results and groups; and reads times typed at the exchange's clock (pure). */
import type { Group, ImportRow, ImportStatus, TradesQuery } from "@/shared/api/journal";
import { count, FEW, number, r, tooFew } from "@/shared/lib/format";
import { exchangeDateKey, timeOfDay, type Calendar } from "@/shared/lib/marketTime";
import { trendWords } from "@/shared/lib/regime";

const MINUTE = 60_000;

/** `2025-03-03T09:31:15`, as a datetime-local field wants it, in the exchange's zone. */
export function toField(iso: string | null, calendar: Calendar): string {
  if (iso === null) return "";
  const ts = Date.parse(iso);
  return `${exchangeDateKey(ts, calendar)}T${timeOfDay(ts, calendar)}`;
}

/** The moment of a datetime-local field in the exchange's zone, as ISO; null if it is empty or no time. */
export function fromField(text: string, calendar: Calendar): string | null {
  const wanted = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
  if (Number.isNaN(wanted)) return null;
  // The zone's offset at the moment is not known before the moment: two rounds settle it.
  let ts = wanted;
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${exchangeDateKey(ts, calendar)}T${timeOfDay(ts, calendar)}Z`);
    ts += wanted - shown;
  }
  return new Date(ts).toISOString();
}

/** Half-open range of a session date at the exchange, extended hours included. */
export function dayRange(day: string, calendar: Calendar): { from: number; to: number } {
  const start = (text: string): number => Date.parse(fromField(`${text}T00:00:00`, calendar) ?? text);
  const next = new Date(Date.parse(`${day}T12:00:00Z`) + 24 * 60 * MINUTE).toISOString().slice(0, 10);
  return { from: start(day), to: start(next) };
}

/** The word beside an R: its sign without colour. */
export function resultWord(value: number): "won" | "lost" | "even" {
  if (Math.abs(value) < 0.005) return "even";
  return value > 0 ? "won" : "lost";
}

export function toneOf(value: number | null): "win" | "loss" | undefined {
  if (value === null || resultWord(value) === "even") return undefined;
  return value > 0 ? "win" : "loss";
}

/** Colour of an average only where its interval says that it is not nothing. */
export function toneOfMean({ n, expectancy, low, high }: Group): "win" | "loss" | undefined {
  if (n < FEW || low === null || high === null || low * high <= 0) return undefined;
  return toneOf(expectancy);
}

/** `+0.35R (−0.05 to +0.75)`; below 20 trades `too few (n 12)`. */
export function expectancyWords(group: Group): string {
  if (group.n === 0) return "–";
  if (group.n < FEW) return tooFew(group.n);
  const interval = group.low === null || group.high === null ? "" : ` (${r(group.low)} to ${r(group.high)})`;
  return `${r(group.expectancy)}${interval}`;
}

const WEEKDAYS: Record<string, string> = {
  mon: "Monday",
  tue: "Tuesday",
  wed: "Wednesday",
  thu: "Thursday",
  fri: "Friday",
  sat: "Saturday",
  sun: "Sunday",
};
const WEEK = Object.keys(WEEKDAYS);

export const weekdayName = (key: string): string => WEEKDAYS[key] ?? key;
export const hourName = (key: string): string => `${key}:00–${key}:59`;
export const regimeName = (key: string): string => (key === "" ? "No alert" : trendWords(key));
export const tagName = (key: string): string => (key === "" ? "No tag" : key);
export const planName = (key: string): string => (key === "planned" ? "Planned" : "Not planned");

/** Whole units as a count, parts of one with their decimals. */
export function quantityWords(quantity: number): string {
  return Number.isInteger(quantity) ? count(quantity) : number(quantity, 4);
}

/** From Monday on. */
export function byWeek(groups: readonly Group[]): Group[] {
  return [...groups].sort((a, b) => WEEK.indexOf(a.key) - WEEK.indexOf(b.key));
}

/** Most trades first. */
export function byCount(groups: readonly Group[]): Group[] {
  return [...groups].sort((a, b) => b.n - a.n || a.key.localeCompare(b.key));
}

export const STATUS_WORD: Record<ImportStatus, string> = {
  new: "new",
  changed: "completes",
  known: "known",
  deleted: "deleted by you",
  wrong: "wrong",
  left: "left out",
};

/** What is to be said of a line of a file; rules go by their names. */
export function lineWords(row: ImportRow, nameOf: (ruleId: string) => string): string {
  if (row.problems.length > 0) return row.problems.map((item) => `${FIELD_NAMES[item.field] ?? item.field}: ${item.detail}`).join("; ");
  if (row.note) return row.note;
  const ruleId = row.trade?.ruleId;
  return ruleId ? `taken on an alert of ${nameOf(ruleId)}` : "";
}

/** The API's names of a trade's fields, as the form names them. */
export const FIELD_NAMES: Readonly<Record<string, string>> = {
  symbol: "Symbol",
  side: "Side",
  quantity: "Quantity",
  fees: "Fees",
  entryTime: "Entered",
  entryPrice: "Entry price",
  exitTime: "Left",
  exitPrice: "Exit price",
  stop: "First stop",
  tags: "Tags",
  notes: "Notes",
};

/** `line 5`, `lines 2–4`. */
export function linesWords(lines: readonly number[]): string {
  const [first, last] = [lines[0] ?? 0, lines.at(-1) ?? 0];
  return first === last ? `${first}` : `${first}–${last}`;
}

export function isFiltered(query: TradesQuery): boolean {
  return Object.values(query).some((value) => value !== undefined && value !== "");
}
