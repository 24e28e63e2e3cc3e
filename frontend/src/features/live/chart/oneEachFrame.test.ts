import { beforeEach, describe, expect, it } from "vitest";

import { stubFrames, type Frames } from "@/testing/frames";

import { OneEachFrame } from "./oneEachFrame";

describe("one each frame", () => {
  let frames: Frames;
  let done: string[] = [];
  const step = (name: string) => () => void done.push(name);
  const paint = (): void => frames.paint();

  beforeEach(() => {
    done = [];
    frames = stubFrames();
  });

  it("does the steps in order, each in a frame of its own", () => {
    const steps = new OneEachFrame();
    steps.ask(step("a"), step("b"));
    expect(done).toEqual([]);
    paint();
    expect(done).toEqual(["a"]);
    steps.ask(step("c"));
    paint();
    expect(done).toEqual(["a", "b"]);
    paint();
    expect(done).toEqual(["a", "b", "c"]);
    expect(frames.waiting()).toBe(0);
  });

  it("does what waits at once when asked to, and nothing that was dropped", () => {
    const steps = new OneEachFrame();
    steps.ask(step("a"), step("b"));
    steps.flush();
    expect(done).toEqual(["a", "b"]);
    steps.ask(step("c"));
    steps.drop();
    paint();
    expect(done).toEqual(["a", "b"]);
  });

  it("goes on behind a step that fails", () => {
    const steps = new OneEachFrame();
    steps.ask(() => {
      throw new Error("no such bar");
    }, step("b"));
    expect(paint).toThrow("no such bar");
    paint();
    expect(done).toEqual(["b"]);
  });
});
