import { beforeEach, describe, expect, it } from "vitest";

import { stubFrames, type Frames } from "@/testing/frames";

import { OncePerFrame } from "./oncePerFrame";

describe("once per frame", () => {
  let frames: Frames;
  const paint = (): void => frames.paint();
  let done: number[] = [];
  const drawing = (): OncePerFrame<number> => new OncePerFrame((item: number) => done.push(item));

  beforeEach(() => {
    done = [];
    frames = stubFrames();
  });

  it("does the newest of a frame's items, and the next frame's after it", () => {
    const chart = drawing();
    chart.ask(1);
    chart.ask(2);
    expect(done).toEqual([]);
    paint();
    chart.ask(3);
    paint();
    expect(done).toEqual([2, 3]);
  });

  it("does what waits at once when asked to, and nothing that was dropped", () => {
    const chart = drawing();
    chart.ask(1);
    chart.flush();
    chart.ask(2);
    chart.drop();
    paint();
    expect(done).toEqual([1]);
  });
});
