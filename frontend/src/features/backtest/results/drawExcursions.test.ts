import { expect, test, vi } from "vitest";

import { tokensFor } from "@/shared/ui/tokens";

import { drawAxes, frameOf, ticksOf } from "./drawExcursions";

function written(width: number): unknown[] {
  const fillText = vi.fn<(text: string) => void>();
  const pen: Record<string, unknown> = { fillText };
  const context = new Proxy(pen, { get: (target, name: string) => target[name] ?? vi.fn() }) as unknown as CanvasRenderingContext2D;
  drawAxes(context, frameOf([], width), tokensFor("dark"));
  return fillText.mock.calls.map(([text]) => text);
}

test("both axes are in R with its sign", () => {
  expect(written(400)).toEqual([
    ...["0.00R", "\u22120.50R", "\u22121.00R", "\u22121.50R", "\u22122.00R"],
    "against the trade (MAE)",
    ...["0.00R", "+0.50R", "+1.00R", "+1.50R", "+2.00R"],
    "for the trade (MFE)",
  ]);
});

test("where halves would touch, whole ones are written", () => {
  expect(ticksOf(4, 320, 48)).toEqual([0, 1, 2, 3, 4]);
  expect(ticksOf(2, 320, 48)).toEqual([0, 0.5, 1, 1.5, 2]);
});
