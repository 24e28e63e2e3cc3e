import { vi } from "vitest";

/** The browser's animation frames, drawn when a test says so. */
export interface Frames {
  /** Draws one frame: all that had asked for it. */
  paint: () => void;
  /** How many callbacks wait for the next one. */
  waiting: () => number;
}

export function stubFrames(): Frames {
  const frames = new Map<number, () => void>();
  let asked = 0;
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => {
    asked += 1;
    frames.set(asked, frame);
    return asked;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
  return {
    paint: () => {
      const due = [...frames.values()];
      frames.clear();
      for (const frame of due) frame();
    },
    waiting: () => frames.size,
  };
}
