import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { every } from "./ticker";

describe("the page's clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs what is due in one turn, each at its own period", () => {
    const ran: string[] = [];
    const note = (name: string) => (): void => void ran.push(name);
    const ends = [every(250, note("price")), every(250, note("age")), every(500, note("strip"))];
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1_000);
    const count = (name: string): number => ran.filter((other) => other === name).length;
    expect([count("price"), count("age"), count("strip")]).toEqual([4, 4, 2]);
    for (const end of ends) end();
  });

  it("stops with the last who asked, and calls nobody who has left", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const end = every(250, () => {
      first();
      endSecond();
    });
    const endSecond = every(250, second);
    vi.advanceTimersByTime(250);
    expect(first).toHaveBeenCalledOnce();
    expect(second).not.toHaveBeenCalled();
    end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
