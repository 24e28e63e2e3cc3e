import { createContext, useContext, useEffect, useRef } from "react";

import { usePart, useStore } from "@/shared/lib/store";

import type { AlertsState } from "./alertStore";
import type { RealtimeClient, RealtimeListeners, StreamStatus } from "./client";

export const RealtimeContext = createContext<RealtimeClient | null>(null);

export function useRealtime(): RealtimeClient {
  const client = useContext(RealtimeContext);
  if (client === null) throw new Error("useRealtime needs a RealtimeContext around it");
  return client;
}

export const useStreamStatus = (): StreamStatus => useStore(useRealtime().status);
export const useAlerts = (): AlertsState => useStore(useRealtime().alerts.state);
/** What a component needs of the alerts, and no more; `select` must be the same function as long as it asks the same. */
export const useAlertsPart = <P,>(select: (state: AlertsState) => P, same?: (a: P, b: P) => boolean): P =>
  usePart(useRealtime().alerts.state, select, same);

/** Listens as long as the component lives; the newest handler is called. */
export function useRealtimeListener<K extends keyof RealtimeListeners>(
  topic: K,
  handler: RealtimeListeners[K],
): void {
  const client = useRealtime();
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const call = (...args: Parameters<RealtimeListeners[K]>): void => {
      (latest.current as (...values: Parameters<RealtimeListeners[K]>) => void)(...args);
    };
    return client.on(topic, call as RealtimeListeners[K]);
  }, [client, topic]);
}
