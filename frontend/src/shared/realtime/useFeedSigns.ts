import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { keys, useReplay } from "@/shared/api/queries";
import type { ReplayState } from "@/shared/api/types";

import type { RealtimeClient } from "./client";

/** Bars are signs enough; after so long without any the server is asked whether the feed lives. */
const QUIET_MS = 1_500;
const ASK_MS = 2_000;

/** While its markets are closed the server says nothing of the feed. */
function isDue(replay: ReplayState | undefined): boolean {
  return replay !== undefined && !replay.paused && (replay.feed.ageMs !== null || replay.feed.trouble !== null);
}

/** Tells a quiet market from a dead feed: while no bar comes, asks often how old the feed's last sign of life is. */
export function useFeedSigns(client: RealtimeClient | null): void {
  const queries = useQueryClient();
  const { data, dataUpdatedAt } = useReplay();
  const due = isDue(data);

  useEffect(() => {
    const age = data?.feed.ageMs ?? null;
    if (client !== null && age !== null) client.heard(age + Math.max(0, Date.now() - dataUpdatedAt));
  }, [client, data, dataUpdatedAt]);

  useEffect(() => {
    if (client === null || !due) return undefined;
    const timer = setInterval(() => {
      const at = client.lastMarketAt;
      if (at !== null && performance.now() - at < QUIET_MS) return;
      void queries.refetchQueries({ queryKey: keys.replay }, { cancelRefetch: false });
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [client, due, queries]);
}
