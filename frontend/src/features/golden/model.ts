/** Words of the Golden page (pure). */
import type { Candidate, Difference, GoldenCase, GoldenDetail } from "@/shared/api/golden";
import { DASH, TIMEFRAME_MS, type Timeframe } from "@/shared/lib/format";
import { dateRange, type Calendar } from "@/shared/lib/marketTime";

export function calendarOf(item: Pick<GoldenCase, "calendar">): Calendar {
  return item.calendar === "24/7" ? "24/7" : "XNYS";
}

export function paramWords(params: Record<string, number>): string {
  return Object.values(params).join("/");
}

/** First and last asserted session: `Sep 08 – Sep 12, 2025`, or the one. */
export function between(item: Pick<GoldenCase, "from" | "to" | "calendar">): string {
  return dateRange(item.from, item.to, calendarOf(item));
}

const STATE: Record<Candidate["state"], string> = {
  proposed: "waits for review",
  accepted: "accepted",
  rejected: "rejected",
  promoted: "in the corpus",
};

export function reviewWords(candidate: Pick<Candidate, "state" | "reviewedBy">): string {
  return candidate.reviewedBy === null ? STATE[candidate.state] : `${STATE[candidate.state]}, ${candidate.reviewedBy}`;
}

/** `O 512.3 H 512.4 L 512.1 C 512.2 V 8100`. */
export function barWords(bar: Difference["bar"]): string {
  if (bar === null) return DASH;
  const names = ["O", "H", "L", "C", "V"];
  return names.map((name, index) => `${name} ${bar[index + 1] ?? DASH}`).join("  ");
}

/** The rule's values at a bar: `close 512.34, level 512.21`. */
export function valueWords(values: Difference["values"]): string {
  const shown = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toPrecision(8))}`);
  return shown.length === 0 ? DASH : shown.join(", ");
}

/** When the bar of a seq opened; from the case's own bars, since buckets may lie off the grid. */
export function openOf(found: Pick<GoldenDetail, "timeframe" | "fixture">, seq: number): number | null {
  const size = TIMEFRAME_MS[found.timeframe as Timeframe];
  const row = found.fixture.bars.find(([ts]) => ts !== null && ts !== undefined && Math.floor(ts / size) === seq);
  return row?.[0] ?? null;
}
