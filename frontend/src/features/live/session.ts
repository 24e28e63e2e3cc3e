import { createContext, useContext } from "react";

import { useRealtime } from "@/shared/realtime/context";

/** How old the newest data may be before prices stop being shown as current. */
export const STALE_MS = 10_000;

export interface SessionContextValue {
  /** Bars are expected: the session is open and the replay runs. */
  expecting: boolean;
  riskPerTrade: number | null;
}

export const SessionContext = createContext<SessionContextValue>({ expecting: false, riskPerTrade: null });

export const useSession = (): SessionContextValue => useContext(SessionContext);

/** Milliseconds since the last bar if that is too long, else null. Read it where text is painted. */
export function useStaleMs(): () => number | null {
  const client = useRealtime();
  const { expecting } = useSession();
  return () => {
    if (!expecting || client.lastMarketAt === null) return null;
    const age = performance.now() - client.lastMarketAt;
    return age > STALE_MS ? age : null;
  };
}
