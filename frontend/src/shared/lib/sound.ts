/** Alert tones: 120 ms at −18 dBFS, rising for long, falling for short; at most one a bar close. */
export type Tone = "long" | "short" | "lock";

const SECONDS = 0.12;
const PEAK = 10 ** (-18 / 20);
const SWEEP: Record<Tone, readonly [number, number]> = {
  long: [660, 880],
  short: [880, 660],
  lock: [220, 220],
};

/** A mouse acts when it goes down, a finger when it goes up. */
const GESTURES = ["pointerdown", "pointerup", "keydown"] as const;

let context: AudioContext | null = null;

/**
 * Call from a click or key: browsers keep audio suspended until then. Resolves once tones can be
 * heard; what is no gesture to the browser (a finger that comes down, Escape) leaves it waiting.
 */
export async function unlockSound(): Promise<void> {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume();
}

/** Unlocks at the first gesture that the browser takes for one: not every press is. Returns how to stop. */
export function unlockAtGesture(target: EventTarget): () => void {
  const ended = new AbortController();
  const unlock = (): void => {
    void unlockSound().then(() => ended.abort());
  };
  for (const kind of GESTURES) target.addEventListener(kind, unlock, { signal: ended.signal });
  return () => ended.abort();
}

/** Plays a tone; silent while the browser has not been unlocked. `volume` in [0, 1]. */
export function play(tone: Tone, volume: number): void {
  if (context?.state !== "running" || volume <= 0) return;
  const start = context.currentTime;
  const [from, to] = SWEEP[tone];
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.setValueAtTime(from, start);
  oscillator.frequency.linearRampToValueAtTime(to, start + SECONDS);
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(PEAK * volume, start + 0.008);
  gain.gain.setValueAtTime(PEAK * volume, start + SECONDS - 0.02);
  gain.gain.linearRampToValueAtTime(0, start + SECONDS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + SECONDS);
}

/** Lets one tone through per bar close; bursts sound once. */
export class OncePerClose {
  private last: number | null = null;

  /** `closeTs`: the close of the alert's bar, epoch ms. */
  allow(closeTs: number): boolean {
    if (this.last !== null && closeTs <= this.last) return false;
    this.last = closeTs;
    return true;
  }
}
