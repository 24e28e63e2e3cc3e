import { beforeEach, describe, expect, it, vi } from "vitest";

import type * as Sound from "./sound";

type Step = readonly [kind: string, value: number, at: number];

class FakeParam {
  readonly steps: Step[] = [];
  setValueAtTime(value: number, at: number): void {
    this.steps.push(["set", value, at]);
  }
  linearRampToValueAtTime(value: number, at: number): void {
    this.steps.push(["ramp", value, at]);
  }
}

class FakeNode {
  readonly frequency = new FakeParam();
  readonly gain = new FakeParam();
  type = "";
  begins: number | null = null;
  ends: number | null = null;
  connect(next: unknown): unknown {
    return next;
  }
  start(at: number): void {
    this.begins = at;
  }
  stop(at: number): void {
    this.ends = at;
  }
}

/** A browser's audio: it runs once a gesture has let it. */
class FakeAudio {
  static made: FakeAudio[] = [];
  static gesture = false;
  state = "suspended";
  currentTime = 5;
  destination = {};
  readonly tones: FakeNode[] = [];
  readonly gains: FakeNode[] = [];
  private waiting: (() => void)[] = [];

  constructor() {
    FakeAudio.made.push(this);
  }
  resume(): Promise<void> {
    return new Promise((done) => {
      this.waiting.push(done);
      if (!FakeAudio.gesture) return;
      this.state = "running";
      for (const tell of this.waiting) tell();
    });
  }
  createOscillator(): FakeNode {
    this.tones.push(new FakeNode());
    return this.tones.at(-1) as FakeNode;
  }
  createGain(): FakeNode {
    this.gains.push(new FakeNode());
    return this.gains.at(-1) as FakeNode;
  }
}

/** The module anew: it keeps its one AudioContext. */
async function load(): Promise<typeof Sound> {
  vi.resetModules();
  return import("./sound");
}

beforeEach(() => {
  FakeAudio.made = [];
  FakeAudio.gesture = true;
  vi.stubGlobal("AudioContext", FakeAudio);
});

const MINUS_18_DBFS = 0.1259;

describe("a tone", () => {
  it.each([
    ["long", 660, 880],
    ["short", 880, 660],
    ["lock", 220, 220],
  ] as const)("%s goes from %d to %d Hz in 120 ms at -18 dBFS", async (tone, from, to) => {
    const { play, unlockSound } = await load();
    await unlockSound();
    play(tone, 1);
    const [audio] = FakeAudio.made;
    const [oscillator, gain] = [audio?.tones[0], audio?.gains[0]];
    expect(oscillator?.frequency.steps).toEqual([
      ["set", from, 5],
      ["ramp", to, 5.12],
    ]);
    expect([oscillator?.begins, oscillator?.ends]).toEqual([5, 5.12]);
    expect(Math.max(...(gain?.gain.steps ?? []).map(([, value]) => value))).toBeCloseTo(MINUS_18_DBFS, 4);
    expect(gain?.gain.steps.at(-1)).toEqual(["ramp", 0, 5.12]); // no click
  });

  it("is silent at volume 0, and before the browser is unlocked", async () => {
    const { play, unlockSound } = await load();
    play("long", 1);
    await unlockSound();
    play("long", 0);
    expect(FakeAudio.made[0]?.tones).toEqual([]);
  });

  it("sounds once a bar close, and not for an earlier one", async () => {
    const { OncePerClose } = await load();
    const once = new OncePerClose();
    expect([60_000, 60_000, 0, 120_000].map((close) => once.allow(close))).toEqual([true, false, false, true]);
  });
});

describe("the first gesture", () => {
  it("may be a later one: a finger that comes down is none", async () => {
    const { play, unlockAtGesture } = await load();
    const page = new EventTarget();
    unlockAtGesture(page);
    FakeAudio.gesture = false;
    page.dispatchEvent(new Event("pointerdown"));
    play("long", 1);
    expect(FakeAudio.made[0]?.tones).toHaveLength(0);
    FakeAudio.gesture = true;
    page.dispatchEvent(new Event("pointerup"));
    await vi.waitFor(() => expect(FakeAudio.made[0]?.state).toBe("running"));
    play("long", 1);
    expect(FakeAudio.made[0]?.tones).toHaveLength(1);
    expect(FakeAudio.made).toHaveLength(1);
  });
});
