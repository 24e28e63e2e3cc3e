/** The days of a month as weeks from Monday on, and what the trades of a week came to (pure). */
import type { CalendarDay } from "@/shared/api/journal";

export interface Cell {
  date: string;
  day: number;
  inMonth: boolean;
  /** A weekday without a session. */
  holiday: boolean;
  found: CalendarDay | undefined;
}

export interface Week {
  cells: Cell[];
  total: number | null;
  trades: number;
}

const DAY = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** `2025-03` moved by some months. */
export function shiftMonth(month: string, by: number): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return iso(Date.UTC(year, number - 1 + by, 1)).slice(0, 7);
}

export function monthTitle(month: string): string {
  return new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${month}-01T00:00:00Z`));
}

/** The weeks that a month touches; Saturday and Sunday only where something was traded on them. */
export function weeksOf(month: string, days: readonly CalendarDay[], holidays: readonly string[] = []): Week[] {
  const byDate = new Map(days.map((day) => [day.date, day]));
  const first = Date.parse(`${month}-01T00:00:00Z`);
  const last = Date.parse(`${shiftMonth(month, 1)}-01T00:00:00Z`) - DAY;
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
  const weekend = days.some((day) => day.date.startsWith(month) && [0, 6].includes(new Date(`${day.date}T00:00:00Z`).getUTCDay()));
  const shown = weekend ? 7 : 5;
  const weeks: Week[] = [];
  for (let start = monday; start <= last; start += 7 * DAY) {
    const cells = Array.from({ length: shown }, (_, index) => {
      const date = iso(start + index * DAY);
      const inMonth = date.startsWith(month);
      return { date, day: Number(date.slice(8)), inMonth, holiday: holidays.includes(date), found: inMonth ? byDate.get(date) : undefined };
    });
    if (!cells.some((cell) => cell.inMonth)) continue;
    const traded = cells.flatMap((cell) => (cell.found ? [cell.found] : []));
    weeks.push({
      cells,
      total: traded.length === 0 ? null : traded.reduce((sum, day) => sum + day.r, 0),
      trades: traded.reduce((sum, day) => sum + day.trades, 0),
    });
  }
  return weeks;
}
