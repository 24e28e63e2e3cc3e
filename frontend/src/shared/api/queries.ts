/** TanStack Query hooks: one key a resource, so that a label can update what others show. */
import {
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";

import { useCallback, useReducer } from "react";

import { api } from "./endpoints";
import { isFinal } from "./http";
import { DEFAULT_SETTINGS, type UserSettings } from "./settings";
import type {
  Alert,
  Flags,
  GoldenOverview,
  Instrument,
  Me,
  Measure,
  MeasurePoint,
  Page,
  ReplayAction,
  ReplayState,
  RiskPolicy,
  RiskPreview,
  Rule,
  RuleCalibration,
  RuleMetrics,
  RuleReview,
  RuleSettings,
  Slo,
} from "./types";

export const keys = {
  me: ["me"] as const,
  flags: ["flags"] as const,
  symbols: ["symbols"] as const,
  rules: ["rules"] as const,
  ruleSettings: (ruleId: string) => ["rule-settings", ruleId] as const,
  ruleMetrics: ["rule-metrics"] as const,
  ruleScores: (ruleId: string) => ["rule-scores", ruleId] as const,
  ruleCalibrations: ["rule-calibrations"] as const,
  ruleReview: (ruleId: string) => ["rule-review", ruleId] as const,
  allRuleAlerts: (ruleId: string) => ["rule-alerts", ruleId] as const,
  ruleAlerts: (ruleId: string, which: RuleAlerts) => ["rule-alerts", ruleId, which] as const,
  riskPreviews: ["risk-preview"] as const,
  riskPolicy: ["risk-policy"] as const,
  watchlist: ["watchlist"] as const,
  settings: ["settings"] as const,
  destinations: ["destinations"] as const,
  slo: ["slo"] as const,
  sloSeries: (measure: string, minutes: number) => ["sloSeries", measure, minutes] as const,
  replay: ["replay"] as const,
  golden: ["golden"] as const,
  tape: (alertId: string) => ["tape", alertId] as const,
};

const MINUTE = 60_000;

const RULE_ALERTS = {
  held: { delivered: false, matured: true },
  disagreements: { disagrees: true },
} as const;
export type RuleAlerts = keyof typeof RULE_ALERTS;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: MINUTE,
        refetchOnWindowFocus: false,
        retry: (failures, error) => !isFinal(error) && failures < 3,
        retryDelay: (attempt) => Math.min(8_000, 500 * 2 ** attempt) * (0.5 + Math.random()),
      },
    },
  });
}

export const useMe = (): UseQueryResult<Me> => useQuery({ queryKey: keys.me, queryFn: api.me, staleTime: 5 * MINUTE });
export const useFlags = (): UseQueryResult<Flags> =>
  useQuery({ queryKey: keys.flags, queryFn: api.flags, refetchInterval: MINUTE });
export const useSymbols = (): UseQueryResult<Instrument[]> =>
  useQuery({ queryKey: keys.symbols, queryFn: api.symbols, staleTime: 10 * MINUTE });
export const useRules = (): UseQueryResult<Rule[]> =>
  useQuery({ queryKey: keys.rules, queryFn: api.rules, staleTime: 10 * MINUTE });
export const useRuleMetrics = (): UseQueryResult<RuleMetrics[]> =>
  useQuery({ queryKey: keys.ruleMetrics, queryFn: api.ruleMetrics });
export const useRuleSettings = (ruleId: string): UseQueryResult<RuleSettings> =>
  useQuery({ queryKey: keys.ruleSettings(ruleId), queryFn: () => api.ruleSettings(ruleId) });
export const useRiskPreviews = (): UseQueryResult<RiskPreview[]> =>
  useQuery({ queryKey: keys.riskPreviews, queryFn: api.riskPreviews, refetchInterval: 15_000 });
export const useRiskPolicy = (): UseQueryResult<RiskPolicy> =>
  useQuery({ queryKey: keys.riskPolicy, queryFn: api.riskPolicy });
export const useGolden = (): UseQueryResult<GoldenOverview> =>
  useQuery({ queryKey: keys.golden, queryFn: api.golden, staleTime: 10 * MINUTE });
/** Hits by confidence, of every rule: what the cards quote. */
export const useRuleCalibrations = (): UseQueryResult<RuleCalibration[]> =>
  useQuery({ queryKey: keys.ruleCalibrations, queryFn: api.ruleCalibrations, staleTime: 5 * MINUTE });
/** A rule against its outcomes, over thirty days. */
export const useRuleReview = (ruleId: string): UseQueryResult<RuleReview> =>
  useQuery({ queryKey: keys.ruleReview(ruleId), queryFn: () => api.ruleReview(ruleId) });
/** The rule's newest decisions of one kind. */
export const useRuleAlerts = (ruleId: string, which: RuleAlerts): UseQueryResult<Page<Alert>> =>
  useQuery({ queryKey: keys.ruleAlerts(ruleId, which), queryFn: ({ signal }) => api.alerts({ ruleId, ...RULE_ALERTS[which] }, signal) });
export const useWatchlist = (): UseQueryResult<string[]> =>
  useQuery({ queryKey: keys.watchlist, queryFn: api.watchlist, select: (data) => data.symbols });
export const useReplay = (): UseQueryResult<ReplayState> =>
  useQuery({ queryKey: keys.replay, queryFn: api.replay, refetchInterval: 10_000 });

/** Polled every five seconds for the latency chips; stale numbers are worse than none. */
export const useSlo = (): UseQueryResult<Slo> =>
  useQuery({
    queryKey: keys.slo,
    queryFn: api.slo,
    refetchInterval: 5_000,
    refetchIntervalInBackground: false,
    retry: false,
    staleTime: 0,
  });

/** A measure minute by minute: a minute is over once, so once in a while is enough. */
export const useSloSeries = (measure: Measure, minutes: number): UseQueryResult<MeasurePoint[]> =>
  useQuery({
    queryKey: keys.sloSeries(measure, minutes),
    queryFn: () => api.sloSeries(measure, minutes),
    refetchInterval: MINUTE / 2,
  });

export const useSettings = (): UseQueryResult<UserSettings> =>
  useQuery({
    queryKey: keys.settings,
    // While a new server rolls out, an old one may not know a section yet.
    queryFn: async () => ({ ...DEFAULT_SETTINGS, ...(await api.settings()) }),
    staleTime: 10 * MINUTE,
  });

interface Sent {
  change: Partial<UserSettings>;
  before: UserSettings | undefined;
}

export interface SaveSettings {
  mutate: (change: Partial<UserSettings>) => void;
  error: Error | null;
  /** The server has the last change. */
  saved: boolean;
  /** Sends the last change again. */
  retry: () => void;
}

/**
 * Saves whole sections, one request after the other; shown before `mutate` returns, and put back if the server refuses.
 *
 * The cache tells its observers in a later task, and until then React would set a clicked switch back: the component
 * that saves is drawn again with the event itself.
 */
export function useSaveSettings(): SaveSettings {
  const client = useQueryClient();
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const newest = (): boolean => client.isMutating({ mutationKey: keys.settings }) === 1;
  const { mutate: send, error, isSuccess: saved, variables } = useMutation({
    mutationKey: keys.settings,
    scope: { id: "settings" },
    mutationFn: ({ change }: Sent) => api.saveSettings(change),
    // An answer to an older change knows nothing of the newer ones that are shown already.
    onSuccess: (saved) => (newest() ? client.setQueryData(keys.settings, saved) : undefined),
    onError: (_error, { change, before }) => {
      if (!newest()) return undefined;
      client.setQueryData<UserSettings>(keys.settings, (now) => now && before && { ...now, ...sectionsOf(before, change) });
      return client.invalidateQueries({ queryKey: keys.settings });
    },
  });
  const mutate = useCallback(
    (change: Partial<UserSettings>) => {
      // What is being read now may be older than the change.
      void client.cancelQueries({ queryKey: keys.settings });
      const before = client.getQueryData<UserSettings>(keys.settings);
      if (before) client.setQueryData(keys.settings, { ...before, ...change });
      drawAgain();
      send({ change, before });
    },
    [client, send],
  );
  return { mutate, error, saved, retry: () => variables && mutate(variables.change) };
}

/** The sections that a change names, as they were. */
function sectionsOf(settings: UserSettings, change: Partial<UserSettings>): Partial<UserSettings> {
  const named = Object.entries(settings).filter(([section]) => section in change);
  return Object.fromEntries(named);
}

export function useSaveWatchlist(): UseMutationResult<{ symbols: string[] }, Error, string[]> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (symbols: string[]) => api.saveWatchlist(symbols),
    onSuccess: (saved) => client.setQueryData(keys.watchlist, saved),
  });
}

export function useSaveRuleSettings(
  ruleId: string,
): UseMutationResult<RuleSettings, Error, Omit<RuleSettings, "ruleId">> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Omit<RuleSettings, "ruleId">) => api.saveRuleSettings(ruleId, body),
    onSuccess: (saved) => client.setQueryData(keys.ruleSettings(ruleId), saved),
  });
}

export function useControlReplay(): UseMutationResult<ReplayState, Error, ReplayAction> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: ReplayAction) => api.controlReplay(action),
    onSuccess: (state) => client.setQueryData(keys.replay, state),
  });
}
