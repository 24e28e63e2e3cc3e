/** The WebSocket to the coach: comes back by itself, with jittered back-off. */
import { backoffMs } from "@/shared/realtime/backoff";

import { decodeFrame, decodeSound, type ClientFrame, type ServerFrame, type Sound } from "./frames";

export type SocketPhase = "connecting" | "open" | "lost" | "closed";

export interface SocketEvents {
  frame: (frame: ServerFrame) => void;
  sound: (sound: Sound) => void;
  phase: (phase: SocketPhase) => void;
}

/** The server's word that this session is over: to come back would not help. */
const SIGNED_OUT = 4401;
const STEADY_MS = 5_000;

export class VoiceSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
  ) {}

  open(): void {
    this.timer = null;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.events.phase("connecting");
    let openedAt: number | null = null;
    socket.onopen = () => {
      openedAt = performance.now();
      this.events.phase("open");
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.take(event.data);
    socket.onclose = (event) => {
      if (openedAt !== null && performance.now() - openedAt > STEADY_MS) this.attempt = 0;
      this.lost(event.code);
    };
  }

  /** Whether it went out. */
  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  close(): void {
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket?.close();
  }

  private take(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const sound = decodeSound(data);
      if (sound !== null) this.events.sound(sound);
      return;
    }
    const frame = decodeFrame(data);
    if (frame !== null) this.events.frame(frame);
  }

  private lost(code: number): void {
    if (this.ended || code === SIGNED_OUT) {
      this.events.phase("closed");
      return;
    }
    this.events.phase("lost");
    this.attempt += 1;
    this.timer = setTimeout(() => this.open(), backoffMs(this.attempt, Math.random));
  }
}
