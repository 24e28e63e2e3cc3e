import { useCallback } from "react";
import { useSearchParams } from "react-router";

import { useSymbols, useWatchlist } from "@/shared/api/queries";

export interface Charted {
  /** null while it is not known. */
  symbol: string | null;
  /** Whether the address names it. Without that it is the first of the watchlist, or of all. */
  named: boolean;
  chart: (symbol: string) => void;
}

/** The symbol on the chart; it lives in the address, so that a link shows the same. */
export function useCharted(): Charted {
  const [params, setParams] = useSearchParams();
  const watchlist = useWatchlist().data;
  const known = useSymbols().data;
  const asked = params.get("symbol");
  const named = asked !== null && (known === undefined || known.some((item) => item.symbol === asked));
  const chart = useCallback(
    (symbol: string) => {
      setParams(
        (old) => {
          old.set("symbol", symbol);
          return old;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  const first = watchlist && (watchlist[0] ?? known?.[0]?.symbol);
  return { symbol: named ? asked : (first ?? null), named, chart };
}
