import { useEffect } from "react";
import { useSearchParams } from "react-router";

import type { AlertsState } from "@/shared/realtime/alertStore";
import type { RealtimeClient } from "@/shared/realtime/client";
import { useAlertsPart, useRealtime } from "@/shared/realtime/context";
import type { Charted } from "@/shared/ui/charted";

import { arranged } from "./alerts/model";

const isAnswered = ({ loaded, problem }: AlertsState): boolean => loaded || problem !== null;

/** The address that this tab's live page had last; another page and back again lose nothing. One client is one login. */
const left = new WeakMap<RealtimeClient, string>();

/**
 * Gives an address that names no symbol one: where the trader left off, else that of the card which
 * stands open, so that chart and card tell of the same alert. Once: what arrives later moves no chart.
 */
export function useStart({ symbol, named, chart }: Charted): void {
  const client = useRealtime();
  const [params, setParams] = useSearchParams();
  const answered = useAlertsPart(isAnswered);
  useEffect(() => {
    if (named) {
      left.set(client, params.toString());
      return;
    }
    const last = left.get(client); // the same as now, if it names a symbol that turned out to be unknown
    if (last !== undefined && last !== params.toString()) {
      setParams(last, { replace: true });
    } else if (answered && symbol !== null) {
      const [opened] = arranged(client.alerts.state.get().alerts, "open", null).shown;
      chart(opened?.symbol ?? symbol);
    }
  }, [client, params, setParams, answered, symbol, named, chart]);
}
