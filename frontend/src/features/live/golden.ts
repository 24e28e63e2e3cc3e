/** Which alerts lie in a stretch that a golden case freezes (pure). */
import { useMemo } from "react";

import { useGolden } from "@/shared/api/queries";
import type { Alert, GoldenOverview } from "@/shared/api/types";

type Overview = Pick<GoldenOverview, "cases" | "candidates">;

/** Cases of the corpus and the user's own candidates, rejected ones left out. */
export function goldenTest(overview: Overview | undefined): (alert: Alert) => boolean {
  if (overview === undefined) return () => false;
  const waiting = overview.candidates.filter((candidate) => candidate.state !== "rejected");
  const stretches = [...overview.cases, ...waiting];
  return (alert) =>
    stretches.some(
      (one) =>
        one.symbol === alert.symbol &&
        one.ruleId === alert.ruleId &&
        one.timeframe === alert.timeframe &&
        one.from <= alert.ts &&
        alert.ts < one.to,
    );
}

export function useGoldenTest(): (alert: Alert) => boolean {
  const overview = useGolden().data;
  return useMemo(() => goldenTest(overview), [overview]);
}
