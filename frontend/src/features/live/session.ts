import { createContext, useCallback, useContext, useSyncExternalStore } from "react";

import type { Calendar } from "@/shared/api/types";
import { createStore, type Store } from "@/shared/lib/store";
import { every } from "@/shared/lib/ticker";
import { useRealtime } from "@/shared/realtime/context";

/** How old the newest data may be before prices stop being shown as current. */
export const STALE_MS = 10_000;

export interface SessionContextValue {
  /** Bars are expected: the session is open and the replay runs. */
  expecting: boolean;
  riskPerTrade: number | null;
  calendar: Calendar;
}

export const SessionContext = createContext<SessionContextValue>({ expecting: false, riskPerTrade: null, calendar: "XNYS" });

export const useSession = (): SessionContextValue => useContext(SessionContext);

/** Milliseconds since the feed last lived if that is too long, else null. Read it where text is painted. */
export function useStaleMs(): () => number | null {
  const client = useRealtime();
  const { expecting } = useSession();
  return () => {
    const { fedAt } = client;
    if (!expecting || fedAt === null) return null;
    const age = performance.now() - fedAt;
    return age > STALE_MS ? age : null;
  };
}

/** Whether the prices here are too old to be shown as current. Renders again when that changes. */
export function useStale(): boolean {
  const staleMs = useStaleMs();
  const subscribe = useCallback((changed: () => void) => every(500, changed), []);
  return useSyncExternalStore(subscribe, () => staleMs() !== null);
}

/** The alert under the pointer, on the chart or in the list: both show it. Outside React's state. */
export const HoverContext = createContext<Store<string | null>>(createStore<string | null>(null));

export function useHovered(signalId: string): boolean {
  const hover = useContext(HoverContext);
  return useSyncExternalStore(hover.subscribe, () => hover.get() === signalId);
}
