/**
 * Exchange time. Data stay UTC everywhere; only what is printed is in the exchange's zone. The
 * formatters are cached: Intl is slow to construct and the chart asks for hundreds of labels.
 */
export type Calendar = "XNYS" | "24/7";

interface Zone {
  timeZone: string;
  label: string;
}

const ZONES: Record<Calendar, Zone> = {
  XNYS: { timeZone: "America/New_York", label: "ET" },
  "24/7": { timeZone: "UTC", label: "UTC" },
};

const LOCALE = "en-US";
const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone ?? "local"}|${JSON.stringify(options)}`;
  const known = cache.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALE, {
    hourCycle: "h23",
    ...options,
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  cache.set(key, made);
  return made;
}

const HMS = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const HM = { hour: "2-digit", minute: "2-digit" } as const;
const DAY = { year: "numeric", month: "short", day: "2-digit" } as const;

export function zoneLabel(calendar: Calendar): string {
  return ZONES[calendar].label;
}

/** `10:42:17`, in the exchange's zone. */
export function timeOfDay(ts: number, calendar: Calendar, seconds = true): string {
  return formatter(ZONES[calendar].timeZone, seconds ? HMS : HM).format(ts);
}

/** `10:42:17 ET`. */
export function exchangeTime(ts: number, calendar: Calendar): string {
  return `${timeOfDay(ts, calendar)} ${zoneLabel(calendar)}`;
}

/** `Oct 07, 2013`, the exchange's date. */
export function exchangeDay(ts: number, calendar: Calendar): string {
  return formatter(ZONES[calendar].timeZone, DAY).format(ts);
}

/** `Mon 09:30 ET`. */
export function weekdayTime(ts: number, calendar: Calendar): string {
  const weekday = formatter(ZONES[calendar].timeZone, { weekday: "short" }).format(ts);
  return `${weekday} ${timeOfDay(ts, calendar, false)} ${zoneLabel(calendar)}`;
}

/** `10:42` of the wall clock here: of what rests the ear, not of the market. */
export function localTime(ts: number): string {
  return formatter(undefined, HM).format(ts);
}

/** For a hover: the same moment locally and in UTC. */
export function otherZones(ts: number): string {
  const local = formatter(undefined, { ...DAY, ...HMS }).format(ts);
  const utc = formatter("UTC", { ...DAY, ...HMS }).format(ts);
  return `local ${local} · UTC ${utc}`;
}

const QUARTER_MS = 900_000;
/** Dates told of each calendar, by quarter of an hour: dates change on one, and to ask Intl is slow. */
const told: Record<Calendar, Map<number, string>> = { XNYS: new Map(), "24/7": new Map() };
/** Twenty weeks of a market that never closes; a page that has seen more begins anew. */
const MOST_TOLD = 14_000;

/** `YYYY-MM-DD` of the exchange's date: the same key for every bar of a session. */
export function exchangeDateKey(ts: number, calendar: Calendar): string {
  const quarter = Math.floor(ts / QUARTER_MS);
  const known = told[calendar].get(quarter);
  if (known !== undefined) return known;
  if (told[calendar].size >= MOST_TOLD) told[calendar].clear();
  const key = dateKey(ts, calendar);
  told[calendar].set(quarter, key);
  return key;
}

function dateKey(ts: number, calendar: Calendar): string {
  const parts = formatter(ZONES[calendar].timeZone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(ts);
  const part = (type: string): string => parts.find((item) => item.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** `Oct 07, 2013` of a session's key, `2013-10-07`. */
export function sessionDay(key: string): string {
  return exchangeDay(Date.parse(key), "24/7");
}

/** `Aug 15 – Sep 12, 2025`, or the one day; `end` exclusive. */
export function dateRange(start: number, end: number, calendar: Calendar): string {
  const [first, last] = [exchangeDay(start, calendar), exchangeDay(end - 1, calendar)];
  if (first === last) return last;
  return `${first.slice(-4) === last.slice(-4) ? shortDate(start, calendar) : first} – ${last}`;
}

/** The same of two sessions' keys, both included. */
export function sessionRange(first: string, last: string): string {
  return dateRange(Date.parse(first), Date.parse(last) + 1, "24/7");
}

/** `Oct 07`: only beside the year. */
export function shortDate(ts: number, calendar: Calendar): string {
  return formatter(ZONES[calendar].timeZone, { month: "short", day: "2-digit" }).format(ts);
}
