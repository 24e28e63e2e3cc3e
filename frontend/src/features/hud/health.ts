/** When a latency chip is good, fair or poor (pure). No samples is unknown, never good. */
import type { Health } from "@/shared/ui/shapes";

type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

/** Milliseconds: good < 120, fair < 180, poor from there on. */
export function latencyHealth(ms: Maybe): Health {
  if (!known(ms)) return "unknown";
  if (ms < 120) return "good";
  return ms < 180 ? "fair" : "poor";
}

/** Reconnects in the last hour: none, one or two, more. */
export function reconnectHealth(lastHour: Maybe): Health {
  if (!known(lastHour)) return "unknown";
  if (lastHour <= 0) return "good";
  return lastHour <= 2 ? "fair" : "poor";
}

/** Age of the newest market data in ms; outside the session nothing is expected. */
export function feedHealth(ageMs: Maybe, inSession: boolean): Health {
  if (!inSession || !known(ageMs)) return "unknown";
  if (ageMs <= 3_000) return "good";
  return ageMs <= 10_000 ? "fair" : "poor";
}

const RANK: Record<Health, number> = { unknown: 0, good: 1, fair: 2, poor: 3 };

/** The one that a phone shows. */
export function worst<T extends { health: Health }>(chips: readonly T[]): T | undefined {
  return chips.reduce<T | undefined>(
    (found, chip) => (found === undefined || RANK[chip.health] > RANK[found.health] ? chip : found),
    undefined,
  );
}
