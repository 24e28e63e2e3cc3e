/**
 * One stream per browser: the tab that holds the Web Lock leads and passes every event on over a
 * BroadcastChannel; when it closes, the browser gives the lock to the next. A tab without Web
 * Locks (plain HTTP to another host) leads alone.
 */
import type { Phase } from "./connection";
import type { SseEvent } from "./sse";

export type TabMessage =
  | { type: "event"; event: SseEvent }
  | { type: "phase"; phase: Phase }
  /** A new tab asks the leader how things stand. */
  | { type: "ask" }
  /** A tab changed something that the others show (a label, the watchlist). */
  | { type: "note"; topic: string; body: unknown };

export interface TabHandlers {
  lead: () => void;
  message: (message: TabMessage) => void;
}

export class Tabs {
  private readonly channel: BroadcastChannel | null;
  private readonly ended = new AbortController();

  constructor(
    name: string,
    private readonly handlers: TabHandlers,
  ) {
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
    if (this.channel) {
      this.channel.onmessage = (event: MessageEvent<TabMessage>) => this.handlers.message(event.data);
    }
    void this.queueForLead(name);
    this.send({ type: "ask" });
  }

  send(message: TabMessage): void {
    if (!this.ended.signal.aborted) this.channel?.postMessage(message);
  }

  close(): void {
    this.ended.abort();
    this.channel?.close();
  }

  private async queueForLead(name: string): Promise<void> {
    const locks = (navigator as { locks?: LockManager }).locks;
    if (!locks || !this.channel) {
      this.handlers.lead();
      return;
    }
    const held = new Promise<void>((release) => {
      this.ended.signal.addEventListener("abort", () => release(), { once: true });
    });
    try {
      await locks.request(name, { signal: this.ended.signal }, () => {
        this.handlers.lead();
        return held;
      });
    } catch (error) {
      if (!this.ended.signal.aborted) throw error; // closing while queued is no error
    }
  }
}
