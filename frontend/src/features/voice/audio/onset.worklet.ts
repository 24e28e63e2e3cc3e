import { decibels, OnsetDetector, type Heard } from "./onset";

export interface OnsetOrder {
  speaking: boolean;
}

/** `since` and `at` in the context's seconds: when it began to be loud, and now. */
export interface OnsetNews {
  heard: Heard;
  since: number;
  at: number;
}

class Onset extends AudioWorkletProcessor {
  private readonly detector = new OnsetDetector();

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<OnsetOrder>) => {
      this.detector.speaking = event.data.speaking;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const block = inputs[0]?.[0];
    if (block === undefined) return true;
    const to = currentTime + block.length / sampleRate;
    const heard = this.detector.push(decibels(block), currentTime, to);
    if (heard !== null) {
      const news: OnsetNews = { heard, since: this.detector.since, at: to };
      this.port.postMessage(news);
    }
    return true;
  }
}

registerProcessor("coach-onset", Onset);
