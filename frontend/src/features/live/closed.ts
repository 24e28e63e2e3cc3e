/** What a market is closed for, as far as the dates tell (pure). */
import { exchangeDateKey, timeOfDay, type Calendar } from "@/shared/lib/marketTime";

const DAY = 86_400_000;
/** The earliest that a session ends, on a short day: whose market is closed before has none. */
const EARLIEST_CLOSE = "13:00";

const midnight = (ts: number, calendar: Calendar): number => Date.parse(exchangeDateKey(ts, calendar));

const isWeekend = (day: number): boolean => [0, 6].includes(new Date(day).getUTCDay());

/** The dates without a session from `now` until it opens; today only if none can have been. */
function daysOff(now: number, opens: number, calendar: Calendar): number[] {
  const [today, end] = [midnight(now, calendar), midnight(opens, calendar)];
  const off: number[] = [];
  for (let day = today + DAY; day < end; day += DAY) off.push(day);
  const isOver = timeOfDay(now, calendar, false) >= EARLIEST_CLOSE;
  return today === end || (isOver && !isWeekend(today)) ? off : [today, ...off];
}

/** "Closed for the weekend": nights need no reason. */
export function closedWords(now: number, opens: number, calendar: Calendar): string {
  const off = daysOff(now, opens, calendar);
  const weekend = off.some(isWeekend);
  const holidays = off.filter((day) => !isWeekend(day)).length;
  const reasons = [...(weekend ? ["the weekend"] : []), ...(holidays > 0 ? [holidays === 1 ? "a holiday" : "holidays"] : [])];
  return reasons.length === 0 ? "Closed" : `Closed for ${reasons.join(" and ")}`;
}
