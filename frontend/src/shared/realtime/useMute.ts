import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";

import { api } from "@/shared/api/endpoints";
import { keys, useReplay, useRuleSettings } from "@/shared/api/queries";
import type { RuleSettings } from "@/shared/api/types";
import { exchangeDateKey } from "@/shared/lib/marketTime";
import { every } from "@/shared/lib/ticker";

import { useRealtime } from "./context";

const HOUR = 3_600_000;
const LOOK_MS = 1_000;

/** The next midnight of the exchange after market time `now`: "today" is over then. */
export function endOfDay(now: number): number {
  const today = exchangeDateKey(now, "XNYS");
  let at = Math.ceil(now / HOUR) * HOUR;
  while (exchangeDateKey(at, "XNYS") === today) at += HOUR;
  return at;
}

/** Until when a rule is muted at market time `now`, or null: a mute that has run out is none. */
function restsUntil(settings: RuleSettings | undefined, now: number | null): number | null {
  const until = Date.parse(settings?.mutedUntil ?? "");
  return Number.isNaN(until) || (now !== null && until <= now) ? null : until;
}

function restOfDay(now: number | null): string {
  if (now === null) throw new Error("The market's time is not known yet.");
  return new Date(endOfDay(now)).toISOString();
}

export interface Mute {
  /** Market time; null while the rule is not muted. */
  until: number | null;
  /** Mutes the rule for the rest of the market's day, or ends that. */
  toggle: () => void;
  pending: boolean;
  error: Error | null;
}

/** A rule's mute, the same on every page. `told` hears what was done: muted until then, or not at all. */
export function useMute(ruleId: string, told?: (until: number | null) => void): Mute {
  const client = useQueryClient();
  const { market } = useRealtime();
  const served = useReplay().data?.marketTime ?? null;
  /** What the server last said, until the first bar comes. */
  const now = (): number | null => market.marketNow ?? (served === null ? null : Date.parse(served));
  const settings = useRuleSettings(ruleId).data;
  const subscribe = useCallback((changed: () => void) => every(LOOK_MS, changed), []);
  const until = useSyncExternalStore(subscribe, () => restsUntil(settings, now()));
  const change = useMutation({
    mutationFn: async () => {
      // Not before the rule's mode is known: a silent rule stays silent when it is muted.
      const queryFn = (): Promise<RuleSettings> => api.ruleSettings(ruleId);
      const known = await client.query({ queryKey: keys.ruleSettings(ruleId), queryFn, staleTime: "static" });
      const mutedUntil = restsUntil(known, now()) === null ? restOfDay(now()) : null;
      return api.saveRuleSettings(ruleId, { mode: known.mode, mutedUntil });
    },
    onSuccess: (saved) => {
      client.setQueryData(keys.ruleSettings(ruleId), saved);
      told?.(saved.mutedUntil === null ? null : Date.parse(saved.mutedUntil));
    },
  });
  return { until, toggle: () => change.mutate(), pending: change.isPending, error: change.error };
}
