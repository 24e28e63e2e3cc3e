/** Delay before attempt `attempt` (1, 2, …): full jitter over a doubling bound, 250 ms to 15 s. */
export function backoffMs(attempt: number, random: () => number, floorMs = 0): number {
  const bound = Math.min(15_000, 250 * 2 ** Math.min(attempt, 10));
  return Math.max(floorMs, 100 + random() * bound);
}
