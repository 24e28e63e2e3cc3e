/**
 * Labels on their way to the server (pure). Each has a key of its own, so that sending it again
 * after a lost answer counts once; the queue survives a reload.
 */
import type { Label } from "@/shared/api/types";

export interface QueuedLabel {
  /** Idempotency-Key of the request. */
  key: string;
  signalId: string;
  ruleId: string;
  label: Label;
  notes: string;
  /** The label before it, to put back if the server refuses. */
  previous: Label | null;
  /** At least one request went out: the server may have it. */
  tried: boolean;
}

export type Outbox = readonly QueuedLabel[];

/** Adds a label. One for the same signal that was never sent is replaced: nobody saw it. */
export function enqueue(outbox: Outbox, item: QueuedLabel): Outbox {
  const replaced = outbox.find((other) => other.signalId === item.signalId && !other.tried);
  const kept = outbox.filter((other) => other !== replaced);
  return [...kept, replaced ? { ...item, previous: replaced.previous } : item];
}

export function markTried(outbox: Outbox, key: string): Outbox {
  return outbox.map((item) => (item.key === key ? { ...item, tried: true } : item));
}

export function remove(outbox: Outbox, key: string): Outbox {
  return outbox.filter((item) => item.key !== key);
}

export function queuedFor(outbox: Outbox, signalId: string): QueuedLabel | undefined {
  return outbox.findLast((item) => item.signalId === signalId);
}

/** What an earlier page left behind; anything unreadable is dropped with a null. */
export function parseOutbox(text: string | null): Outbox | null {
  if (text === null) return [];
  try {
    const data: unknown = JSON.parse(text);
    return Array.isArray(data) && data.every(isQueued) ? data : null;
  } catch {
    return null;
  }
}

function isQueued(value: unknown): value is QueuedLabel {
  if (typeof value !== "object" || value === null) return false;
  const item = value as Record<string, unknown>;
  return ["key", "signalId", "ruleId", "label", "notes"].every((name) => typeof item[name] === "string");
}
