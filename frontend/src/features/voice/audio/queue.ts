/** Speech waiting to be played, at whatever rate it was made (pure; runs in the audio thread). */
export interface Segment {
  utterance: number;
  /** Samples a second. */
  rate: number;
  samples: Int16Array;
}

export interface Rendered {
  /** The utterance that sounded in this block; null: silence. */
  utterance: number | null;
  /** Utterances whose last sample was in this block. */
  finished: number[];
  /** One past the last sample that was not silence; 0: none was. */
  audible: number;
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
  private fading: number | null = null;

  constructor(private readonly outputRate: number) {}

  add(segment: Segment): void {
    if (this.fading === null) this.segments.push(segment);
  }

  /** No more comes of this utterance. */
  end(utterance: number): void {
    this.ended.add(utterance);
  }

  /** Fades out within five milliseconds and forgets everything that waits. */
  stop(): void {
    this.ended.clear();
    if (this.segments.length === 0) return;
    this.segments.splice(1);
    this.fading ??= 1;
  }

  get idle(): boolean {
    return this.segments.length === 0;
  }

  render(output: Float32Array): Rendered {
    const rendered: Rendered = { utterance: null, finished: [], audible: 0 };
    for (let frame = 0; frame < output.length; frame += 1) {
      const segment = this.segments[0];
      if (segment === undefined) {
        output[frame] = 0;
        continue;
      }
      rendered.utterance = segment.utterance;
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
    this.fading = Math.max(0, this.fading - 1 / (FADE_SECONDS * this.outputRate));
    return this.fading;
  }

  private advance(segment: Segment, rendered: Rendered): void {
    this.position += segment.rate / this.outputRate;
    if (this.fading === 0) {
      this.segments.length = 0;
      this.fading = null;
      this.position = 0;
      return;
    }
    if (this.position < segment.samples.length) return;
    this.position -= segment.samples.length;
    this.segments.shift();
    const next = this.segments[0];
    if (next === undefined) this.position = 0;
    if (next?.utterance !== segment.utterance) this.finish(segment.utterance, rendered);
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
