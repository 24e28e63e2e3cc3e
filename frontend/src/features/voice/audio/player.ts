/** Plays speech from an AudioWorklet and can stop it within one block. */
import playbackUrl from "./playback.worklet?worker&url";

import type { PlaybackNews, PlaybackOrder } from "./playback.worklet";
import type { Segment } from "./queue";
import { performanceTime } from "./time";

const DUCKED = 0.2;
const DUCK_SECONDS = 0.01;

export interface PlayerEvents {
  playing: (utterance: number) => void;
  finished: (utterance: number) => void;
}

export class Player {
  private node: AudioWorkletNode | null = null;
  private readonly context = new AudioContext({ latencyHint: "interactive" });
  private readonly gain: GainNode;
  private readonly stops = new Map<number, (at: number) => void>();
  private lastStop = 0;
  private volume = 1;

  constructor(private readonly events: PlayerEvents) {
    this.gain = this.context.createGain();
    this.gain.connect(this.context.destination);
  }

  /** Loads the worklet; rejects where the browser has none. */
  async start(): Promise<void> {
    await this.context.audioWorklet.addModule(playbackUrl);
    const node = new AudioWorkletNode(this.context, "coach-playback", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = (event: MessageEvent<PlaybackNews>) => this.hear(event.data);
    node.connect(this.gain);
    this.node = node;
  }

  /** Whether sound comes out; browsers wait for the first gesture. */
  get running(): boolean {
    return this.node !== null && this.context.state === "running";
  }

  /** Call from a click or a key. */
  async resume(): Promise<void> {
    if (this.context.state === "suspended") await this.context.resume();
  }

  setVolume(volume: number): void {
    this.volume = volume;
    this.glide(volume);
  }

  play(segment: Segment): void {
    this.order({ type: "sound", ...segment }, [segment.samples.buffer]);
  }

  end(utterance: number): void {
    this.order({ type: "end", utterance });
  }

  duck(): void {
    this.glide(this.volume * DUCKED);
  }

  unduck(): void {
    this.glide(this.volume);
  }

  /** Stops at once; resolves with the moment the last sample left the device (performance.now). */
  stop(): Promise<number> {
    this.lastStop += 1;
    const id = this.lastStop;
    const silent = new Promise<number>((resolve) => this.stops.set(id, resolve));
    this.order({ type: "stop", id });
    return silent;
  }

  close(): void {
    this.node?.disconnect();
    void this.context.close();
  }

  private hear(news: PlaybackNews): void {
    if (news.type !== "silent") {
      this.events[news.type](news.utterance);
      return;
    }
    const at = performanceTime(this.context, news.at);
    // Two stops within one block are answered once.
    for (const [id, resolve] of this.stops) {
      if (id > news.id) continue;
      this.stops.delete(id);
      resolve(at);
    }
    this.unduck();
  }

  private glide(volume: number): void {
    const { currentTime } = this.context;
    this.gain.gain.cancelScheduledValues(currentTime);
    this.gain.gain.setTargetAtTime(volume, currentTime, DUCK_SECONDS / 3);
  }

  private order(order: PlaybackOrder, transfer: Transferable[] = []): void {
    this.node?.port.postMessage(order, transfer);
  }
}
