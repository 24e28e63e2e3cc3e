/**
 * Clears the axis where it names the newest price: the library paints that label over the scale's own
 * numbers, of which the upper or lower half would be left.
 */
import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  PriceFormatCustom,
  SeriesAttachedParameter,
} from "lightweight-charts";

import { tickDecimals } from "@/shared/lib/format";

/** A number this near the label's middle is partly under it. */
const NEAR = 14;
/** Half of what a number is high. */
const HALF = 7;
/** The axis' own line stays. */
const LINE = 1;

export class LabelRoom implements ISeriesPrimitive {
  /** How the series' prices are printed; the library tells by it which ones stand on the axis. */
  readonly format: PriceFormatCustom;
  private onAxis: readonly number[] = [];
  private attachedTo: SeriesAttachedParameter | null = null;
  private readonly views: readonly IPrimitivePaneView[];

  /**
   * @param ground colour of the axis.
   * @param named the price that has a label; null while none has.
   */
  constructor(
    tickSize: number,
    private readonly ground: string,
    private readonly named: () => number | null,
  ) {
    const formatter = (price: number): string => price.toFixed(tickDecimals(tickSize));
    const tickmarksFormatter = (prices: readonly number[]): string[] => {
      this.onAxis = prices;
      return prices.map(formatter);
    };
    this.format = { type: "custom", minMove: tickSize, formatter, tickmarksFormatter };
    const renderer: IPrimitivePaneRenderer = { draw: (target) => this.clear(target) };
    this.views = [{ renderer: () => renderer }]; // over the numbers, under the label
  }

  attached(param: SeriesAttachedParameter): void {
    this.attachedTo = param;
  }

  detached(): void {
    this.attachedTo = null;
  }

  priceAxisPaneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  private clear(target: Parameters<IPrimitivePaneRenderer["draw"]>[0]): void {
    const label = this.y(this.named());
    if (label === null) return;
    const near = this.onAxis.flatMap((price) => {
      const y = this.y(price);
      return y !== null && Math.abs(y - label) < NEAR ? [y] : [];
    });
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.fillStyle = this.ground;
      for (const y of near) context.fillRect(LINE, y - HALF, mediaSize.width, 2 * HALF);
    });
  }

  private y(price: number | null): number | null {
    return price === null ? null : (this.attachedTo?.series.priceToCoordinate(price) ?? null);
  }
}
