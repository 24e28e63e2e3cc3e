import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type JSX, type ReactNode } from "react";

import { keys, useWatchlist } from "@/shared/api/queries";
import type { Me, RuleMetrics } from "@/shared/api/types";
import { RealtimeClient } from "@/shared/realtime/client";
import { RealtimeContext } from "@/shared/realtime/context";
import { useFeedSigns } from "@/shared/realtime/useFeedSigns";

/** One realtime client for the logged-in user; its news go into the query cache. */
export function RealtimeProvider({ me, children }: { me: Me; children: ReactNode }): JSX.Element | null {
  const [client, setClient] = useState<RealtimeClient | null>(null);
  const queries = useQueryClient();
  const watchlist = useWatchlist();

  useEffect(() => {
    const made = new RealtimeClient(me.id);
    // It opens connections, so an effect makes it and stops it; nothing else can give the value.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setClient(made);
    const offMetrics = made.on("metrics", (metrics) => {
      queries.setQueryData<RuleMetrics[]>(keys.ruleMetrics, (old) =>
        old?.map((item) => (item.ruleId === metrics.ruleId ? { ...item, ...metrics } : item)),
      );
      void queries.invalidateQueries({ queryKey: keys.riskPreviews });
    });
    const offNote = made.on("note", (topic) => {
      if (topic === "watchlist") void queries.invalidateQueries({ queryKey: keys.watchlist });
      if (topic === "settings") void queries.invalidateQueries({ queryKey: keys.settings });
    });
    const offProblem = made.on("problem", (error) => reportError(error)); // as any error that nobody caught
    return () => {
      offProblem();
      offMetrics();
      offNote();
      made.stop();
    };
  }, [me.id, queries]);

  useFeedSigns(client);
  const symbols = watchlist.data;
  useEffect(() => {
    if (client && symbols) client.setSymbols(symbols);
  }, [client, symbols]);

  if (client === null) return null;
  return <RealtimeContext value={client}>{children}</RealtimeContext>;
}
