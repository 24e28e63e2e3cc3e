/** Calls and shapes of the trade journal: the header, the alert cards and the Journal page need them. */
import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";

import { request } from "./http";
import { keys } from "./queries";
import type { components } from "./schema.gen";
import type { Page } from "./types";

type S = components["schemas"];

export type Trade = S["Trade"];
export type TradeRequest = S["TradeRequestRequest"];
export type TradeChange = S["PatchedTradeChangeRequest"];
export type JournalStats = S["Stats"];
export type Group = S["Group"];
export type CalendarDay = S["CalendarDay"];
export type Bin = S["Bin"];
export type ImportReport = S["ImportReport"];
export type ImportRow = S["ImportRow"];
export type ImportStatus = ImportRow["status"];

export interface TradesQuery {
  symbol?: string;
  ruleId?: string;
  tag?: string;
  q?: string;
  closed?: boolean;
  planned?: boolean;
  from?: number;
  to?: number;
}

export interface ImportRequest {
  csv: string;
  timezone: string;
  linkAlerts: boolean;
  save: boolean;
}

const MINUTE = 60_000;
const PAGE = 50;
/** The newest trades: whether a card's alert has been taken. */
const NEWEST = 200;
/** No trade was entered after that: only `today` is asked for, which filters do not touch. */
const NEVER = Date.UTC(2049, 11, 31);

const one = (id: string): string => `/api/journal/trades/${encodeURIComponent(id)}`;

export const journal = {
  trades: (query: TradesQuery, cursor: string | null, signal?: AbortSignal) =>
    request<Page<Trade>>("GET", "/api/journal/trades", {
      query: { ...query, limit: PAGE, ...(cursor === null ? {} : { cursor }) },
      ...(signal ? { signal } : {}),
    }),
  newest: () => request<Page<Trade>>("GET", "/api/journal/trades", { query: { limit: NEWEST } }),
  add: (body: TradeRequest) => request<Trade>("POST", "/api/journal/trades", { body }),
  change: (id: string, body: TradeChange) => request<Trade>("PATCH", one(id), { body }),
  remove: (id: string) => request<undefined>("DELETE", one(id)),
  restore: (id: string) => request<Trade>("PATCH", one(id), { body: { deleted: false } }),
  read: (body: ImportRequest) => request<ImportReport>("POST", "/api/journal/import", { body }),
  stats: () => request<JournalStats>("GET", "/api/journal/stats"),
  today: () => request<JournalStats>("GET", "/api/journal/stats", { query: { from: NEVER } }),
};

export const journalKeys = {
  all: ["journal"] as const,
  trades: (query: TradesQuery) => ["journal", "trades", query] as const,
  taken: ["journal", "taken"] as const,
  stats: ["journal", "stats"] as const,
  today: ["journal", "today"] as const,
};

export const useToday = (): UseQueryResult<JournalStats["today"]> =>
  useQuery({ queryKey: journalKeys.today, queryFn: journal.today, select: (stats) => stats.today, refetchInterval: MINUTE });

/** The trade that was taken on an alert, undefined while it is not known. */
export function useTaken(signalId: string): { known: boolean; trade: Trade | undefined } {
  const newest = useQuery({ queryKey: journalKeys.taken, queryFn: journal.newest });
  return { known: newest.data !== undefined, trade: newest.data?.results.find((trade) => trade.signalId === signalId) };
}

/** After any write: the journal, and what trades move elsewhere (scores, gates, locks). */
export function useJournalChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(
      [journalKeys.all, keys.riskPreviews, keys.ruleMetrics].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  };
}
