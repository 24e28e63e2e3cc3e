import { useInfiniteQuery, useQuery, type InfiniteData, type UseInfiniteQueryResult, type UseQueryResult } from "@tanstack/react-query";

import { api } from "@/shared/api/endpoints";
import { journal, journalKeys, type JournalStats, type Trade, type TradesQuery } from "@/shared/api/journal";
import type { Alert, Page } from "@/shared/api/types";

export const reviewKey = ["journal-review"] as const;

function cursorOf(next: string | null): string | null {
  return next === null ? null : new URL(next, window.location.origin).searchParams.get("cursor");
}

export function useTrades(query: TradesQuery): UseInfiniteQueryResult<InfiniteData<Page<Trade>>> {
  return useInfiniteQuery({
    queryKey: journalKeys.trades(query),
    queryFn: ({ pageParam, signal }) => journal.trades(query, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => cursorOf(page.next),
  });
}

export const useStats = (): UseQueryResult<JournalStats> =>
  useQuery({ queryKey: journalKeys.stats, queryFn: journal.stats });

/** Alerts without a label, newest first. Fetched once: a label must not reshuffle what is under review. */
export const useUnlabelled = (): UseQueryResult<Page<Alert>> =>
  useQuery({
    queryKey: reviewKey,
    queryFn: ({ signal }) => api.alerts({ label: "none", delivered: true }, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
