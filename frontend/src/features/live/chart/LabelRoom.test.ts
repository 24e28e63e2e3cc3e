import type { IPrimitivePaneRenderer, SeriesAttachedParameter } from "lightweight-charts";
import { expect, it } from "vitest";

import { LabelRoom } from "./LabelRoom";

/** Where the axis is cleared, as middles of what is painted over. */
function cleared(room: LabelRoom): number[] {
  const middles: number[] = [];
  const context = { fillStyle: "", fillRect: (_x: number, y: number, _width: number, height: number) => middles.push(y + height / 2) };
  const target = {
    useMediaCoordinateSpace: (paint: (scope: unknown) => void) => paint({ context, mediaSize: { width: 60, height: 400 } }),
  } as unknown as Parameters<IPrimitivePaneRenderer["draw"]>[0];
  for (const view of room.priceAxisPaneViews()) view.renderer()?.draw(target);
  return middles;
}

it("leaves no half of a number beside the label of the newest price", () => {
  let named: number | null = 505.57;
  const room = new LabelRoom(0.01, "#fff", () => named);
  const series = { priceToCoordinate: (price: number) => (506.5 - price) * 100 };
  room.attached({ series } as unknown as SeriesAttachedParameter);
  expect(room.format.tickmarksFormatter?.([506, 505.5, 505] as never)).toEqual(["506.00", "505.50", "505.00"]);
  expect(cleared(room)).toEqual([expect.closeTo(100)]);
  named = 505.3; // as far from one as from the other
  expect(cleared(room)).toEqual([]);
  named = null;
  expect(cleared(room)).toEqual([]);
});
