/**
 * Notices that somebody begins to speak: energy over a noise floor that it learns, with hysteresis
 * (pure; runs in the audio thread).
 */
export type Heard =
  /** Loud enough to lower the coach's voice: maybe a word, maybe a cough. */
  | "maybe"
  /** Speech; it began `ONSET.confirm` seconds of loudness ago. */
  | "onset"
  /** What was maybe a word was none, or the word is over. */
  | "over";

export const ONSET = {
  /** dB over the floor to begin, and to go on. */
  begin: 14,
  keep: 8,
  /** Nothing below this is a voice, dB of full scale. */
  quietest: -48,
  /** While the coach speaks, what is left of it after echo cancelling must not count. */
  speakingMargin: 6,
  /** Seconds of loudness until `maybe`, until `onset`; of quiet until `over`. */
  suspect: 0.012,
  confirm: 0.05,
  release: 0.25,
  /** How fast the floor follows upwards and downwards, dB a second. */
  rise: 6,
  fall: 60,
} as const;

const LOWEST = -90;

export function decibels(block: Float32Array): number {
  let sum = 0;
  for (const value of block) sum += value * value;
  return sum === 0 ? LOWEST : Math.max(LOWEST, 10 * Math.log10(sum / block.length));
}

export class OnsetDetector {
  private floor = -60;
  private loudSince: number | null = null;
  private quietSince: number | null = null;
  private state: "quiet" | "maybe" | "speech" = "quiet";
  /** Whether the coach is speaking now. */
  speaking = false;

  /** When the loudness began that led to the last `maybe` or `onset`. */
  get since(): number {
    return this.loudSince ?? 0;
  }

  /** `level` of a block in dB of full scale, `from` to `to` in seconds. */
  push(level: number, from: number, to: number): Heard | null {
    const seconds = to - from;
    if (level >= this.threshold()) {
      this.quietSince = null;
      this.loudSince ??= from;
      return this.louder(to);
    }
    if (this.state === "quiet") this.follow(level, seconds);
    return this.quieter(from, to);
  }

  private threshold(): number {
    const over = this.state === "quiet" ? ONSET.begin : ONSET.keep;
    const margin = this.speaking ? ONSET.speakingMargin : 0;
    return Math.max(this.floor + over, ONSET.quietest) + margin;
  }

  private louder(to: number): Heard | null {
    const lasted = to - this.since;
    if (this.state === "quiet" && lasted >= ONSET.suspect) {
      this.state = "maybe";
      return "maybe";
    }
    if (this.state === "maybe" && lasted >= ONSET.confirm) {
      this.state = "speech";
      return "onset";
    }
    return null;
  }

  private quieter(from: number, to: number): Heard | null {
    this.quietSince ??= from;
    const lasted = to - this.quietSince;
    if (this.state === "quiet") {
      this.loudSince = null;
      return null;
    }
    // A click is over at once; a word may pause between its syllables.
    if (lasted < (this.state === "maybe" ? ONSET.confirm : ONSET.release)) return null;
    this.state = "quiet";
    this.loudSince = null;
    return "over";
  }

  private follow(level: number, seconds: number): void {
    const step = (level > this.floor ? ONSET.rise : ONSET.fall) * seconds;
    const distance = level - this.floor;
    this.floor += Math.sign(distance) * Math.min(Math.abs(distance), step);
  }
}
