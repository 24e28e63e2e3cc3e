/** Listens for the trader's voice; what it hears never leaves the browser. */
import onsetUrl from "./onset.worklet?worker&url";

import type { Heard } from "./onset";
import type { OnsetNews, OnsetOrder } from "./onset.worklet";

export class Microphone {
  private node: AudioWorkletNode | null = null;
  private context: AudioContext | null = null;
  private stream: MediaStream | null = null;
  private closed = false;

  /** `since` by performance.now: when it began to be loud. */
  constructor(private readonly onHeard: (heard: Heard, since: number) => void) {}

  /** Asks for the microphone; rejects when the trader or the browser says no. */
  async start(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: false, autoGainControl: false },
    });
    this.stream = stream;
    const context = new AudioContext({ latencyHint: "interactive" });
    this.context = context;
    await context.audioWorklet.addModule(onsetUrl);
    if (this.closed) {
      this.stop();
      return;
    }
    this.node = new AudioWorkletNode(context, "coach-onset", { numberOfOutputs: 0 });
    this.node.port.onmessage = (event: MessageEvent<OnsetNews>) => {
      this.onHeard(event.data.heard, performance.now() - ago(event.data.since, context, stream) * 1000);
    };
    context.createMediaStreamSource(stream).connect(this.node);
  }

  /** The coach speaks, or has ended: its echo must not count as a voice. */
  speaking(speaking: boolean): void {
    this.node?.port.postMessage({ speaking } satisfies OnsetOrder);
  }

  stop(): void {
    this.closed = true;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.node?.disconnect();
    if (this.context !== null && this.context.state !== "closed") void this.context.close();
  }
}

/**
 * Seconds since the sound of `since` (the context's seconds) was at the microphone: since its block
 * was worked on, the way to this thread included, and before that in the buffers of the microphone
 * and of the context. Chromium's own queue between the two cannot be seen from here.
 */
export function ago(since: number, context: Pick<AudioContext, "currentTime" | "baseLatency">, stream: MediaStream): number {
  const settings: MediaTrackSettings & { latency?: number } = stream.getAudioTracks()[0]?.getSettings() ?? {};
  return Math.max(0, context.currentTime - since) + (settings.latency ?? 0) + context.baseLatency;
}
