/** The first steps of a new trader: what counts as done is told from where it is done. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { keys, useSaveSettings } from "./queries";
import type { UserSettings } from "./settings";

export type TourStep = UserSettings["tour"]["done"][number];

/** The settings' section after these steps; null where it stays as it is. */
export function withSteps(tour: UserSettings["tour"], steps: readonly TourStep[]): UserSettings["tour"] | null {
  const fresh = steps.filter((step) => !tour.done.includes(step));
  return tour.dismissed || fresh.length === 0 ? null : { ...tour, done: [...tour.done, ...new Set(fresh)] };
}

/** Remembers that steps were taken; does nothing for whoever knows them or has put the list away. */
export function useTourSteps(): (...steps: TourStep[]) => void {
  const queries = useQueryClient();
  const { mutate } = useSaveSettings();
  return useCallback(
    (...steps) => {
      const tour = queries.getQueryData<UserSettings>(keys.settings)?.tour;
      const next = tour && withSteps(tour, steps);
      if (next) mutate({ tour: next });
    },
    [queries, mutate],
  );
}
