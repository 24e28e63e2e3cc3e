import { beforeEach, describe, expect, it, vi } from "vitest";

import { OncePerFrame } from "./oncePerFrame";

describe("once per frame", () => {
  const frames = new Map<number, () => void>();
  const paint = (): void => {
    const due = [...frames.values()];
    frames.clear();
    for (const frame of due) frame();
  };
  let done: number[] = [];
  const drawing = (): OncePerFrame<number> => new OncePerFrame((item: number) => done.push(item));

  beforeEach(() => {
    done = [];
    frames.clear();
    let asked = 0;
    vi.stubGlobal("requestAnimationFrame", (frame: () => void) => {
      asked += 1;
      frames.set(asked, frame);
      return asked;
    });
    vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
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
