/** Hit rate by confidence (pure): outcomes above 0 R of matured signals, held back or not. */
import type { Alert } from "@/shared/api/types";

export interface Bin {
  /** Confidence of 0 to 100. */
  low: number;
  high: number;
  n: number;
  hits: number;
}

const BINS = 10;

export function binIndex(confidence: number): number {
  // The last bit of a product must not move 0.8 into the bin below.
  return Math.min(BINS - 1, Math.floor(confidence * BINS + 1e-9));
}

export function calibration(alerts: readonly Alert[]): Bin[] {
  const bins = Array.from({ length: BINS }, (_, index): Bin => {
    const low = (100 / BINS) * index;
    return { low, high: low + 100 / BINS, n: 0, hits: 0 };
  });
  for (const alert of alerts) {
    const bin = bins[binIndex(alert.confidence)];
    if (bin === undefined || alert.outcome.r === null || alert.outcome.maturedAt === null) continue;
    bin.n += 1;
    if (alert.outcome.r > 0) bin.hits += 1;
  }
  return bins;
}
