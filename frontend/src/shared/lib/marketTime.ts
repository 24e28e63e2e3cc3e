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
const DAY = { weekday: "short", day: "2-digit", month: "short" } as const;

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

/** `Mon, Oct 07`, the exchange's date. */
export function exchangeDay(ts: number, calendar: Calendar): string {
  return formatter(ZONES[calendar].timeZone, DAY).format(ts);
}

/** `Mon 09:30 ET`. */
export function weekdayTime(ts: number, calendar: Calendar): string {
  const weekday = formatter(ZONES[calendar].timeZone, { weekday: "short" }).format(ts);
  return `${weekday} ${timeOfDay(ts, calendar, false)} ${zoneLabel(calendar)}`;
}

/** For a hover: the same moment locally and in UTC. */
export function otherZones(ts: number): string {
  const local = formatter(undefined, { ...DAY, ...HMS }).format(ts);
  const utc = formatter("UTC", { ...DAY, ...HMS }).format(ts);
  return `local ${local} · UTC ${utc}`;
}

const QUARTER_MS = 900_000;
/** The last date told of each calendar: bars come in order, and dates change on a quarter of an hour. */
const told = new Map<Calendar, { quarter: number; key: string }>();

/** `YYYY-MM-DD` of the exchange's date: the same key for every bar of a session. */
export function exchangeDateKey(ts: number, calendar: Calendar): string {
  const quarter = Math.floor(ts / QUARTER_MS);
  const last = told.get(calendar);
  if (last?.quarter === quarter) return last.key;
  const parts = formatter(ZONES[calendar].timeZone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(ts);
  const part = (type: string): string => parts.find((item) => item.type === type)?.value ?? "";
  const key = `${part("year")}-${part("month")}-${part("day")}`;
  told.set(calendar, { quarter, key });
  return key;
}

/** `Oct 07`. */
export function shortDate(ts: number, calendar: Calendar): string {
  return formatter(ZONES[calendar].timeZone, { month: "short", day: "2-digit" }).format(ts);
}
