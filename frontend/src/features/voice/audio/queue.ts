/** Speech waiting to be played, at whatever rate it was made (pure; runs in the audio thread). */
export interface Segment {
  utterance: number;
  /** Samples a second. */
  rate: number;
  samples: Int16Array;
}

export interface Rendered {
  /** The utterance that sounded in this block and goes on; null: none. */
  utterance: number | null;
  /** Utterances whose last sample was in this block. */
  finished: number[];
  /** One past the last sample that was not silence; 0: none was. */
  audible: number;
  /** The same of what was stopped, in the block in which nothing is left of it; null in others. */
  stopped: number | null;
}

/** What was stopped and is still heard. */
interface Fade {
  gain: number;
  /** How many segments, the first ones, it takes from. */
  segments: number;
  /** The newest utterance that was stopped. */
  upTo: number;
}

const FADE_SECONDS = 0.005;
const SCALE = 1 / 32_768;

/**
 * Cubic interpolation between the rates: a change of step, not a filter, which for speech at 22 or
 * 24 kHz played at 44.1 or 48 kHz leaves images far below the voice.
 */
function between(a: number, b: number, c: number, d: number, t: number): number {
  const slope = (c - a) / 2;
  const curve = a - 2.5 * b + 2 * c - d / 2;
  const bend = (d - a) / 2 + 1.5 * (b - c);
  return ((bend * t + curve) * t + slope) * t + b;
}

export class SpeechQueue {
  private readonly segments: Segment[] = [];
  private readonly ended = new Set<number>();
  /** Position in the first segment, in its own samples. */
  private position = 0;
  private fading: Fade | null = null;
  private stopping = false;

  constructor(private readonly outputRate: number) {}

  /** Plays it after what waits; while something stopped fades out, no more of that. */
  add(segment: Segment): void {
    if (this.fading === null || segment.utterance > this.fading.upTo) this.segments.push(segment);
  }

  /** No more comes of this utterance. */
  end(utterance: number): void {
    this.ended.add(utterance);
  }

  /** Fades out within five milliseconds and forgets everything that waits; what is added from now on plays after it. */
  stop(): void {
    this.ended.clear();
    this.stopping = true;
    const { length } = this.segments;
    if (length === 0) return;
    const upTo = Math.max(...this.segments.map((segment) => segment.utterance));
    if (this.fading === null) this.fading = { gain: 1, segments: length, upTo };
    else {
      this.segments.splice(this.fading.segments);
      this.fading.upTo = upTo;
    }
  }

  get idle(): boolean {
    return this.segments.length === 0;
  }

  render(output: Float32Array): Rendered {
    const rendered: Rendered = { utterance: null, finished: [], audible: 0, stopped: null };
    this.fallSilent(rendered);
    for (let frame = 0; frame < output.length; frame += 1) {
      const segment = this.segments[0];
      if (segment === undefined) {
        output[frame] = 0;
        continue;
      }
      if (this.fading === null) rendered.utterance = segment.utterance;
      const value = this.sample(segment) * this.fade();
      output[frame] = value;
      if (value !== 0) rendered.audible = frame + 1;
      this.advance(segment, rendered);
    }
    this.finishEmpty(rendered);
    return rendered;
  }

  private sample({ samples }: Segment): number {
    const at = Math.floor(this.position);
    const next = this.segments[1]?.samples;
    const value = (index: number): number => samples[Math.max(0, index)] ?? next?.[index - samples.length] ?? 0;
    return between(value(at - 1), value(at), value(at + 1), value(at + 2), this.position - at) * SCALE;
  }

  private fade(): number {
    if (this.fading === null) return 1;
    this.fading.gain = Math.max(0, this.fading.gain - 1 / (FADE_SECONDS * this.outputRate));
    return this.fading.gain;
  }

  private advance(segment: Segment, rendered: Rendered): void {
    this.position += segment.rate / this.outputRate;
    const over = this.position >= segment.samples.length;
    if (over) {
      this.position -= segment.samples.length;
      this.segments.shift();
      if (this.segments.length === 0) this.position = 0;
    }
    if (this.fading !== null) this.fadeOn(this.fading, over, rendered);
    else if (over && this.segments[0]?.utterance !== segment.utterance) this.finish(segment.utterance, rendered);
  }

  private fadeOn(fading: Fade, over: boolean, rendered: Rendered): void {
    if (over) fading.segments -= 1;
    if (fading.gain > 0 && fading.segments > 0) return;
    this.segments.splice(0, fading.segments);
    this.position = 0;
    this.fading = null;
    this.fallSilent(rendered);
  }

  private fallSilent(rendered: Rendered): void {
    if (!this.stopping || this.fading !== null) return;
    this.stopping = false;
    rendered.stopped = rendered.audible;
  }

  private finish(utterance: number, rendered: Rendered): void {
    if (this.ended.delete(utterance)) rendered.finished.push(utterance);
  }

  /** The end of an utterance may be told when its last sample has long been played. */
  private finishEmpty(rendered: Rendered): void {
    for (const utterance of [...this.ended]) {
      if (!this.segments.some((segment) => segment.utterance === utterance)) this.finish(utterance, rendered);
    }
  }
}
