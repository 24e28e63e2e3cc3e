import type { IPrimitivePaneRenderer, Logical, SeriesAttachedParameter } from "lightweight-charts";
import { expect, it } from "vitest";

import { toTime } from "@/shared/ui/chartSeries";

import { FocusBox } from "./primitives";

/** What is painted at one height, as a line of the box's colours. */
function painted(box: FocusBox, order: string): string[] {
  const drawn: string[] = [];
  const context = {
    strokeStyle: "",
    fillStyle: "",
    fillRect: () => drawn.push(`fill ${context.fillStyle}`),
    stroke: () => drawn.push(`line ${context.strokeStyle}`),
    ...{ save: () => undefined, restore: () => undefined, beginPath: () => undefined },
    ...{ moveTo: () => undefined, lineTo: () => undefined, setLineDash: () => undefined },
  };
  const target = {
    useMediaCoordinateSpace: (paint: (scope: unknown) => void) => paint({ context, mediaSize: { width: 800, height: 400 } }),
  } as unknown as Parameters<IPrimitivePaneRenderer["draw"]>[0];
  for (const view of box.paneViews()) if (view.zOrder?.() === order) view.renderer()?.draw(target);
  return drawn;
}

const SCALE = { timeToIndex: () => 5, logicalToCoordinate: (index: number) => index * 6, options: () => ({ barSpacing: 6 }) };
const CHART = {
  chart: { timeScale: () => SCALE },
  series: { priceToCoordinate: (price: number) => 400 - price },
  requestUpdate: () => undefined,
} as unknown as SeriesAttachedParameter;

it("paints the prices of an alert over the grid, on whose lines round prices lie", () => {
  const box = new FocusBox({ reward: "reward", risk: "risk", outline: "outline", level: "level" });
  box.attached(CHART);
  const mark = { time: toTime(60_000), bars: 30, level: 99.5 };
  box.set([{ ...mark, levels: { entry: 100, stop: 99, target: 101.5 } }]);
  expect(painted(box, "bottom")).toEqual(["fill reward", "fill risk"]);
  expect(painted(box, "normal")).toEqual(["line outline", "line outline", "line outline", "line level"]);
  box.set([{ ...mark, levels: null }]);
  expect([painted(box, "bottom"), painted(box, "normal")]).toEqual([[], ["line level"]]);
});

it("asks for room for entry, stop and target while some part of the box is in view", () => {
  const box = new FocusBox({ reward: "reward", risk: "risk", outline: "outline", level: "level" });
  const range = (first: number, last: number): unknown => box.autoscaleInfo(first as Logical, last as Logical);
  expect(range(0, 100)).toBeNull();
  box.attached(CHART); // which has the alert's bar at 5
  const mark = { time: toTime(60_000), bars: 30, level: 90 };
  box.set([{ ...mark, levels: { entry: 100, stop: 99, target: 101.5 } }]);
  const room = { priceRange: { minValue: 99, maxValue: 101.5 } };
  expect([range(0, 5), range(35, 80), range(10, 20)]).toEqual([room, room, room]);
  expect([range(-20, 4), range(36, 80)]).toEqual([null, null]);
  box.set([{ ...mark, levels: null }]);
  expect(range(0, 100)).toBeNull();
});
