/**
 * Offset between this clock and the server's, from four timestamps of an echo (pure). The echo
 * with the least round trip has the least room for asymmetry, so it wins; the error is at most
 * half of its round trip.
 */
export interface Echo {
  clientSend: number;
  serverReceive: number;
  serverSend: number;
  clientReceive: number;
}

export interface OffsetSample {
  /** server clock − client clock, ms */
  offset: number;
  rtt: number;
  at: number;
}

export interface ClockEstimate {
  offset: number;
  uncertainty: number;
  /** The way as it is now: the median of the last five round trips, which one hiccup cannot turn. */
  rttNow: number;
}

const KEEP_MS = 5 * 60_000;
const KEEP = 64;
const RECENT = 5;

export function sampleOf(echo: Echo): OffsetSample {
  const { clientSend, serverReceive, serverSend, clientReceive } = echo;
  return {
    offset: (serverReceive - clientSend + (serverSend - clientReceive)) / 2,
    rtt: Math.max(0, clientReceive - clientSend - (serverSend - serverReceive)),
    at: clientReceive,
  };
}

/** Clocks drift: samples older than five minutes no longer count. */
export function addSample(samples: readonly OffsetSample[], sample: OffsetSample): OffsetSample[] {
  return [...samples.filter((old) => sample.at - old.at <= KEEP_MS), sample].slice(-KEEP);
}

export function estimate(samples: readonly OffsetSample[]): ClockEstimate | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  const best = samples.reduce((least, sample) => (sample.rtt < least.rtt ? sample : least), last);
  const recent = samples.slice(-RECENT).map((sample) => sample.rtt);
  const rttNow = recent.sort((a, b) => a - b)[Math.floor((recent.length - 1) / 2)] ?? last.rtt;
  return { offset: best.offset, uncertainty: best.rtt / 2, rttNow };
}
