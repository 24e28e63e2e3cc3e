import { useNow } from "@/shared/lib/useNow";

/** Epoch ms of the browser's clock, renewed every second. */
export function useWallClock(): number {
  return performance.timeOrigin + useNow(1_000);
}
