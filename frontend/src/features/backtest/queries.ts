import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";

import { backtests, type AnyRun, type Preset, type RunRequest, type RunStatus, type SweepRequest } from "@/shared/api/backtest";
import { ApiError } from "@/shared/api/http";
import type { Page } from "@/shared/api/types";
import { useRealtimeListener } from "@/shared/realtime/context";

export const backtestKeys = {
  runs: ["backtest-runs"] as const,
  run: (id: string) => ["backtest-run", id] as const,
  presets: ["backtest-presets"] as const,
};

/** The stream tells of progress; the poll is for when it is down or a word was lost. */
const POLL_MS = 2_000;

export function ended(status: RunStatus): boolean {
  return status !== "queued" && status !== "running";
}

export const useRuns = (): UseQueryResult<Page<AnyRun>> =>
  useQuery({ queryKey: backtestKeys.runs, queryFn: backtests.runs });

export const usePresets = (): UseQueryResult<Preset[]> =>
  useQuery({ queryKey: backtestKeys.presets, queryFn: backtests.presets });

/** A run, followed until it ends. */
export function useRun(id: string | null): UseQueryResult<AnyRun> {
  const client = useQueryClient();
  const key = backtestKeys.run(id ?? "");
  useRealtimeListener("run", (frame) => {
    if (frame.id !== id) return;
    const status = frame.status as RunStatus;
    if (ended(status)) {
      void client.invalidateQueries({ queryKey: key });
      void client.invalidateQueries({ queryKey: backtestKeys.runs });
      return;
    }
    client.setQueryData<AnyRun>(key, (run) =>
      run && !ended(run.status) ? { ...run, status, progress: frame.progress ?? run.progress } : run,
    );
  });
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => backtests.item(id ?? "", signal),
    enabled: id !== null,
    staleTime: Infinity,
    gcTime: 30 * 60_000,
    refetchInterval: ({ state }) => (state.data === undefined || ended(state.data.status) ? false : POLL_MS),
    retry: (failures, error) => !(error instanceof ApiError && error.status < 500) && failures < 3,
  });
}

export type Asked = { kind: "run"; body: RunRequest } | { kind: "sweep"; body: SweepRequest };

/** Asks for a run; what comes back is followed by `useRun`. */
export function useAsk(onTaken: (run: AnyRun) => void): UseMutationResult<AnyRun, Error, Asked> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: Asked) => (asked.kind === "run" ? backtests.run(asked.body) : backtests.sweep(asked.body)),
    onSuccess: (run) => {
      client.setQueryData(backtestKeys.run(run.id), run);
      void client.invalidateQueries({ queryKey: backtestKeys.runs });
      onTaken(run);
    },
  });
}

/** Cancels what is under way, forgets what has ended. */
export function useRemoveRun(): UseMutationResult<AnyRun | undefined, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => backtests.remove(id),
    onSuccess: (run, id) => {
      if (run) client.setQueryData(backtestKeys.run(id), run);
      void client.invalidateQueries({ queryKey: backtestKeys.runs });
    },
  });
}
