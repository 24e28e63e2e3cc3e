import { SpeechQueue, type Segment } from "./queue";

export type PlaybackOrder =
  | ({ type: "sound" } & Segment)
  | { type: "end"; utterance: number }
  | { type: "stop"; id: number };

export type PlaybackNews =
  | { type: "playing"; utterance: number }
  | { type: "finished"; utterance: number }
  /** Nothing is left of what was stopped: the context's time just after its last sample that was not silence. */
  | { type: "silent"; id: number; at: number };

class Playback extends AudioWorkletProcessor {
  private readonly queue = new SpeechQueue(sampleRate);
  private playing: number | null = null;
  private stopping: number | null = null;
  private audibleUntil = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<PlaybackOrder>) => this.take(event.data);
  }

  private take(order: PlaybackOrder): void {
    if (order.type === "sound") this.queue.add(order);
    else if (order.type === "end") this.queue.end(order.utterance);
    else {
      this.queue.stop();
      this.stopping = order.id;
      this.playing = null;
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (output === undefined) return true;
    const rendered = this.queue.render(output);
    if (rendered.stopped !== null) this.fellSilent(rendered.stopped);
    if (rendered.audible > 0) this.audibleUntil = timeOf(rendered.audible);
    this.report(rendered.utterance, rendered.finished);
    return true;
  }

  private fellSilent(audible: number): void {
    if (this.stopping === null) return;
    this.tell({ type: "silent", id: this.stopping, at: audible > 0 ? timeOf(audible) : this.audibleUntil });
    this.stopping = null;
  }

  private report(utterance: number | null, finished: readonly number[]): void {
    if (utterance !== null && utterance !== this.playing) {
      this.playing = utterance;
      this.tell({ type: "playing", utterance });
    }
    for (const done of finished) this.tell({ type: "finished", utterance: done });
  }

  private tell(news: PlaybackNews): void {
    this.port.postMessage(news);
  }
}

/** The context's time of a frame of the block being made. */
function timeOf(frame: number): number {
  return currentTime + frame / sampleRate;
}

registerProcessor("coach-playback", Playback);
