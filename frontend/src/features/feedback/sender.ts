import { api } from "@/shared/api/endpoints";
import { isFinal } from "@/shared/api/http";
import type { Alert, AlertLabel, FeedbackResult, Label } from "@/shared/api/types";
import { createStore, type Store } from "@/shared/lib/store";
import type { AlertStore } from "@/shared/realtime/alertStore";
import { backoffMs } from "@/shared/realtime/backoff";

import { enqueue, markTried, parseOutbox, remove, type Outbox, type QueuedLabel } from "./outbox";

export interface Saved {
  signalId: string;
  ruleId: string;
  label: AlertLabel | null;
  undone: boolean;
}

export interface SenderEvents {
  saved: (result: FeedbackResult, item: Saved, undo: () => void) => void;
  problem: (error: Error) => void;
}

interface Undoable {
  feedbackId: string;
  signalId: string;
  ruleId: string;
}

/** Shows a label at once, sends it in order, keeps it while offline, and sends it exactly once. */
export class FeedbackSender {
  readonly outbox: Store<Outbox>;
  private undoable: Undoable[] = [];
  private sending = false;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    storageKey: string,
    private readonly alerts: AlertStore,
    private readonly events: SenderEvents,
  ) {
    this.outbox = createStore<Outbox>(parseOutbox(localStorage.getItem(storageKey)) ?? []);
    this.outbox.subscribe(() => {
      localStorage.setItem(storageKey, JSON.stringify(this.outbox.get()));
    });
  }

  start(): () => void {
    const flush = (): void => this.flush();
    window.addEventListener("online", flush);
    this.flush();
    return () => {
      window.removeEventListener("online", flush);
      if (this.timer !== null) clearTimeout(this.timer);
    };
  }

  label(alert: Alert, label: Label, notes = alert.label?.notes ?? ""): void {
    const item: QueuedLabel = {
      key: crypto.randomUUID(),
      signalId: alert.signalId,
      ruleId: alert.ruleId,
      label,
      notes,
      previous: alert.label?.label ?? null,
      tried: false,
    };
    this.outbox.set((old) => enqueue(old, item));
    this.alerts.setLabel(alert.signalId, shown(label, notes, alert.outcome.state === "closed"));
    this.flush();
  }

  /** Takes back the newest label: one that still waits is simply not sent. */
  async undo(): Promise<void> {
    const waiting = this.outbox.get().at(-1);
    if (waiting && !waiting.tried) {
      this.outbox.set((old) => remove(old, waiting.key));
      this.putBack(waiting);
      return;
    }
    const last = this.undoable.pop();
    if (last === undefined) return;
    try {
      const result = await api.undoLabel(last.feedbackId);
      const label = result.label === null ? null : shown(result.label, result.notes, result.outcomeKnown, result.id ?? "");
      this.alerts.setLabel(last.signalId, label);
      this.saved(result, { ...last, label, undone: true });
    } catch (error) {
      if (!isFinal(error)) this.undoable.push(last);
      this.events.problem(error as Error);
    }
  }

  flush(): void {
    if (this.sending) return;
    const item = this.outbox.get()[0];
    if (item === undefined) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.sending = true;
    void this.send(item);
  }

  private async send(item: QueuedLabel): Promise<void> {
    this.outbox.set((old) => markTried(old, item.key));
    try {
      const { signalId, label, notes } = item;
      const result = await api.label({ signalId, label, ...(notes ? { notes } : {}) }, item.key);
      this.attempt = 0;
      this.outbox.set((old) => remove(old, item.key));
      const id = result.id ?? "";
      this.undoable.push({ feedbackId: id, signalId, ruleId: item.ruleId });
      const saved = shown(label, notes, result.outcomeKnown, id);
      this.alerts.setLabel(signalId, saved);
      this.saved(result, { signalId, ruleId: item.ruleId, label: saved, undone: false });
    } catch (error) {
      this.refused(item, error);
    } finally {
      this.sending = false;
    }
    if (this.timer === null) this.flush();
  }

  private saved(result: FeedbackResult, item: Saved): void {
    this.events.saved(result, item, () => void this.undo());
  }

  private refused(item: QueuedLabel, error: unknown): void {
    if (isFinal(error)) {
      this.outbox.set((old) => remove(old, item.key));
      this.putBack(item);
      this.events.problem(error as Error);
      return;
    }
    this.attempt += 1;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, backoffMs(this.attempt, Math.random));
  }

  private putBack(item: QueuedLabel): void {
    const label = item.previous === null ? null : shown(item.previous, "", false);
    this.alerts.setLabel(item.signalId, label);
  }
}

function shown(label: Label, notes: string, outcomeKnown: boolean, id = ""): AlertLabel {
  return { id, label, notes, outcomeKnown };
}
