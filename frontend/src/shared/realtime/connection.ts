/**
 * One connection to `/api/stream` that stays: resumes after the last event id, comes back after
 * anything that ends it, and gives up on a line that has gone silent.
 */
import { backoffMs } from "./backoff";
import { SseParser, type SseEvent } from "./sse";

export type Phase = "connecting" | "open" | "lost" | "refused";

export interface ConnectionHandlers {
  event: (event: SseEvent) => void;
  phase: (phase: Phase) => void;
  /** The line broke and is to be opened again (planned rotations are not told). */
  reconnect: () => void;
  /** Any bytes, heartbeats included. */
  alive: () => void;
}

export interface ConnectionOptions {
  url: string;
  lastEventId: string | null;
  handlers: ConnectionHandlers;
  random?: () => number;
}

const DEFAULT_HEARTBEAT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;
const WATCH_MS = 1_000;

function reasonOf(data: string): string {
  const bye = JSON.parse(data) as { reason?: unknown };
  return String(bye.reason);
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly retryAfterMs: number,
  ) {
    super(`the stream answered ${status}`);
  }
}

export class StreamConnection {
  private readonly stopped = new AbortController();
  private attempt = 0;
  private retryFloorMs = 0;
  private lastEventId: string | null;
  private silenceMs = 2.5 * DEFAULT_HEARTBEAT_MS;
  /** The server said why it ends the stream; a rotation is planned and no failure. */
  private farewell = "";
  /** Whether this connection was ever open: one that is refused has lost nothing. */
  private wasOpen = false;

  constructor(private readonly options: ConnectionOptions) {
    this.lastEventId = options.lastEventId;
    void this.run();
  }

  stop(): void {
    this.stopped.abort();
  }

  get cursor(): string | null {
    return this.lastEventId;
  }

  /** The server's own period, from its hello. */
  tune(heartbeatMs: number): void {
    this.silenceMs = 2.5 * heartbeatMs;
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.farewell = "";
      this.wasOpen = false;
      const ended = await this.once();
      if (this.isStopped()) return;
      if (ended === "forbidden") {
        this.options.handlers.phase("refused");
        return;
      }
      if (ended === "closed" && this.isRotation()) continue;
      this.options.handlers.phase("lost");
      if (this.wasLost()) this.options.handlers.reconnect();
      this.attempt += 1;
      await this.pause(backoffMs(this.attempt, this.options.random ?? Math.random, this.retryFloorMs));
      this.retryFloorMs = 0;
    }
  }

  private isRotation(): boolean {
    return this.farewell === "rotation";
  }

  private wasLost(): boolean {
    return this.wasOpen;
  }

  private isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  /** One connection from request to end. */
  private async once(): Promise<"closed" | "broken" | "forbidden"> {
    const line = new AbortController();
    const abort = (): void => line.abort();
    this.stopped.signal.addEventListener("abort", abort, { once: true });
    window.addEventListener("offline", abort, { once: true }); // at once: a dead line is silent for long
    let heard = { at: performance.now(), isOpen: false };
    // Looked at now and then: bytes come a hundred times a second, and a timer set anew for each of
    // them costs more than reading them.
    const watchdog = setInterval(() => {
      const patience = heard.isOpen ? this.silenceMs : CONNECT_TIMEOUT_MS;
      if (performance.now() - heard.at > patience) abort();
    }, WATCH_MS);
    const alive = (): void => {
      heard = { at: performance.now(), isOpen: true };
      this.options.handlers.alive();
    };
    try {
      await this.read(line.signal, alive);
      return "closed";
    } catch (error) {
      if (error instanceof Refused) {
        if (error.status === 401 || error.status === 403) return "forbidden";
        this.retryFloorMs = error.retryAfterMs;
      }
      return "broken"; // network errors and the watchdog's abort alike: open it again
    } finally {
      clearInterval(watchdog);
      line.abort();
      this.stopped.signal.removeEventListener("abort", abort);
      window.removeEventListener("offline", abort);
    }
  }

  private async read(signal: AbortSignal, alive: () => void): Promise<void> {
    const response = await fetch(this.options.url, {
      headers: {
        Accept: "text/event-stream",
        ...(this.lastEventId === null ? {} : { "Last-Event-ID": this.lastEventId }),
      },
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
    if (!response.ok || response.body === null) {
      const seconds = Number(response.headers.get("Retry-After") ?? 0);
      throw new Refused(response.status, Number.isFinite(seconds) ? seconds * 1000 : 0);
    }
    this.attempt = 0;
    this.wasOpen = true;
    this.options.handlers.phase("open");
    alive();
    const parser = new SseParser({
      event: (event) => {
        if (event.id !== null) this.lastEventId = event.id;
        if (event.name === "bye") this.farewell = reasonOf(event.data);
        this.options.handlers.event(event);
      },
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder(); // a stream of its own to decode costs more than all it brings
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      parser.push(decoder.decode(value, { stream: true }));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const { signal } = this.stopped;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        window.removeEventListener("online", done);
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
      window.addEventListener("online", done, { once: true }); // the network is back: at once
    });
  }
}
