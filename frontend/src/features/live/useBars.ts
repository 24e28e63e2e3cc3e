import { useCallback, useEffect, useState } from "react";

import { useSymbols } from "@/shared/api/queries";
import type { Calendar } from "@/shared/api/types";
import { useRealtime } from "@/shared/realtime/context";

const DAY = 86_400_000;
/** Enough for two sessions over a long weekend; a 24/7 market has more bars a day. */
const REACH: Record<Calendar, number> = { XNYS: 5 * DAY, "24/7": 2 * DAY };

export interface BarsProblem {
  error: Error;
  retry: () => void;
}

/** Reads the bars of the watched symbols once, the charted one first. */
export function useBars(watched: readonly string[], charted: string, marketTime: string | null): BarsProblem | null {
  const client = useRealtime();
  const instruments = useSymbols().data;
  const [error, setError] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);
  const known = marketTime !== null;
  const order = [charted, ...watched.filter((symbol) => symbol !== charted)].join();

  useEffect(() => {
    if (instruments === undefined || !known) return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      for (const symbol of order.split(",")) {
        const instrument = instruments.find((item) => item.symbol === symbol);
        if (!current || instrument === undefined || client.market.get(symbol).loaded) continue;
        const now = client.market.marketNow ?? Date.parse(marketTime);
        const end = Math.min(now, instrument.dataRange?.to ?? now);
        await client.loadBars(symbol, end - REACH[instrument.calendar]);
      }
    };
    load().then(
      () => {
        if (current) setError(null);
      },
      (reason: unknown) => {
        if (current) setError(reason as Error);
      },
    );
    return () => {
      current = false;
    };
    // Market time moves all the time; the bars are read once it is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, instruments, order, known, attempt]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const failed = error !== null && !client.market.get(charted).loaded;
  return failed ? { error, retry } : null;
}
