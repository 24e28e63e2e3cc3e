import { useCallback } from "react";
import { useSearchParams } from "react-router";

import { useSymbols, useWatchlist } from "@/shared/api/queries";

export interface Charted {
  symbol: string | null;
  chart: (symbol: string) => void;
}

/** The symbol on the chart; it lives in the address, so that a link shows the same. */
export function useCharted(): Charted {
  const [params, setParams] = useSearchParams();
  const watchlist = useWatchlist().data;
  const known = useSymbols().data;
  const asked = params.get("symbol");
  const valid = asked !== null && (known === undefined || known.some((item) => item.symbol === asked));
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
  return { symbol: valid ? asked : (watchlist?.[0] ?? null), chart };
}
