import { expect, test } from "vitest";

import { decibels, ONSET, OnsetDetector, type Heard } from "./onset";

const BLOCK = 128 / 48_000;

/** Feeds levels (dB, seconds); answers what was heard and when. */
function feed(detector: OnsetDetector, ...spans: [level: number, seconds: number][]): { heard: Heard; at: number }[] {
  const news: { heard: Heard; at: number }[] = [];
  let now = 0;
  for (const [level, seconds] of spans) {
    const until = now + seconds;
    while (now < until) {
      const heard = detector.push(level, now, now + BLOCK);
      now += BLOCK;
      if (heard !== null) news.push({ heard, at: now });
    }
  }
  return news;
}

test("a voice is noticed within its time, and its beginning is known", () => {
  const detector = new OnsetDetector();
  const news = feed(detector, [-60, 2], [-25, 0.3]);
  expect(news.map((item) => item.heard)).toEqual(["maybe", "onset"]);
  expect((news[0]?.at ?? 9) - 2).toBeLessThan(ONSET.suspect + 3 * BLOCK);
  expect((news[1]?.at ?? 9) - 2).toBeLessThan(ONSET.confirm + 3 * BLOCK);
  expect(detector.since).toBeCloseTo(2, 2);
});

test("a click is only maybe a word", () => {
  const news = feed(new OnsetDetector(), [-60, 1], [-20, 0.03], [-60, 0.5]);
  expect(news.map((item) => item.heard)).toEqual(["maybe", "over"]);
});

test("a word may pause between its syllables", () => {
  const news = feed(new OnsetDetector(), [-60, 1], [-25, 0.1], [-60, 0.1], [-25, 0.1], [-60, 1], [-25, 0.1]);
  expect(news.map((item) => item.heard)).toEqual(["maybe", "onset", "over", "maybe", "onset"]);
});

test("noise that stays becomes the floor and is no voice", () => {
  const detector = new OnsetDetector();
  expect(feed(detector, [-60, 1], [-52, 5], [-44, 5])).toEqual([]);
  expect(feed(detector, [-44, 1], [-24, 0.2]).map((item) => item.heard)).toEqual(["maybe", "onset"]);
});

test("what is left of the coach's own voice does not count while it speaks", () => {
  const level = -60 + ONSET.begin + 3;
  const silent = new OnsetDetector();
  expect(feed(silent, [-60, 1], [level, 0.2])).toHaveLength(2);
  const speaking = new OnsetDetector();
  speaking.speaking = true;
  expect(feed(speaking, [-60, 1], [level, 0.2])).toEqual([]);
  expect(feed(speaking, [-60, 1], [-25, 0.2])).toHaveLength(2);
});

test("silence has the lowest level, a full sine minus three", () => {
  expect(decibels(new Float32Array(128))).toBe(-90);
  const sine = Float32Array.from({ length: 128 }, (_, n) => Math.sin((2 * Math.PI * n) / 128));
  expect(decibels(sine)).toBeCloseTo(-3.01, 1);
});
