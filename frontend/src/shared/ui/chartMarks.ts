/** What the library does not draw on any chart of bars: gap hatches, session breaks. */
import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  UTCTimestamp,
} from "lightweight-charts";

import type { BreakMark, GapMark } from "./chartSeries";
import { withAlpha, type Tokens } from "./tokens";

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

export type Order = "bottom" | "normal" | "top";

export interface Scope {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

/** The part that all drawings share: a list of things, drawn in CSS pixels. */
export abstract class Drawing<T> implements ISeriesPrimitive {
  protected items: readonly T[] = [];
  protected attachedTo: SeriesAttachedParameter | null = null;
  /** Where it is painted: "bottom" lies under the grid. Several are painted one after the other. */
  protected readonly orders: readonly Order[] = ["normal"];

  attached(param: SeriesAttachedParameter): void {
    this.attachedTo = param;
  }

  detached(): void {
    this.attachedTo = null;
  }

  set(items: readonly T[]): void {
    this.items = items;
    this.attachedTo?.requestUpdate();
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.orders.map((order) => {
      const renderer: IPrimitivePaneRenderer = { draw: (target) => this.paint(target, order) };
      return { zOrder: () => order, renderer: () => renderer };
    });
  }

  private paint(target: Target, order: Order): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const scope = { context, width: mediaSize.width, height: mediaSize.height };
      context.save();
      for (const item of this.visible()) this.draw(item, scope, order);
      context.restore();
    });
  }

  /** What can be in view: everything, where an item may reach in from outside. */
  protected visible(): readonly T[] {
    return this.items;
  }

  /** Items of which some part lies in view. Weeks are loaded, hours are in view, and to find an
   *  item's place costs more than to draw it. */
  protected between(end: (item: T) => number, start: (item: T) => number): readonly T[] {
    const range = this.attachedTo?.chart.timeScale().getVisibleRange() ?? null;
    if (range === null) return [];
    const [from, to] = [Number(range.from), Number(range.to)];
    return this.items.filter((item) => end(item) >= from && start(item) <= to);
  }

  protected abstract draw(item: T, scope: Scope, order: Order): void;

  protected x(time: UTCTimestamp): number | null {
    return this.attachedTo?.chart.timeScale().timeToCoordinate(time) ?? null;
  }

  protected y(price: number): number | null {
    return this.attachedTo?.series.priceToCoordinate(price) ?? null;
  }

  protected get spacing(): number {
    return this.attachedTo?.chart.timeScale().options().barSpacing ?? 6;
  }
}

interface Span {
  left: number;
  right: number;
}

const LABEL = 13;

export class GapHatch extends Drawing<GapMark> {
  // The hatch goes under the grid, its words over it: no line goes through them.
  protected override readonly orders = ["bottom", "normal"] as const;

  constructor(private readonly tokens: Tokens) {
    super();
  }

  protected draw(gap: GapMark, scope: Scope, order: Order): void {
    const [start, end] = [this.x(gap.from), this.x(gap.to)];
    if (start === null || end === null) return;
    const span = { left: Math.max(0, start - this.spacing / 2), right: Math.min(scope.width, end + this.spacing / 2) };
    if (span.right <= span.left) return;
    if (order === "normal") this.label(gap.text, span, scope);
    else if (!gap.quiet) this.hatch(span, scope);
  }

  private hatch({ left, right }: Span, { context, height }: Scope): void {
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    context.strokeStyle = withAlpha(this.tokens.faint, 0.45);
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - height; x < right; x += 8) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.restore();
  }

  /** Inside the hatch if it fits, else turned upright; its ground covers no candle beside the hatch. */
  private label(text: string, { left, right }: Span, { context, height }: Scope): void {
    context.save();
    context.font = '11px "IBM Plex Sans Variable", sans-serif';
    context.textBaseline = "top";
    const { width } = context.measureText(text);
    const isUpright = width + 8 > right - left;
    if (isUpright) {
      context.translate((left + right) / 2 - LABEL / 2, height - 8);
      context.rotate(-Math.PI / 2);
    } else {
      context.translate(left + 4, 6);
    }
    const ground = isUpright ? Math.min(LABEL, right - left) : LABEL;
    context.fillStyle = this.tokens.panel;
    context.fillRect(-2, (LABEL - ground) / 2, width + 4, ground);
    context.fillStyle = this.tokens.dim;
    context.fillText(text, 0, 1);
    context.restore();
  }
}

export class SessionBreaks extends Drawing<BreakMark> {
  protected override readonly orders = ["bottom"] as const;

  constructor(private readonly tokens: Tokens) {
    super();
  }

  protected override visible(): readonly BreakMark[] {
    return this.between((mark) => mark.after, (mark) => mark.before);
  }

  protected draw(mark: BreakMark, { context, height }: Scope): void {
    const [before, after] = [this.x(mark.before), this.x(mark.after)];
    if (before === null || after === null) return;
    context.strokeStyle = withAlpha(this.tokens.control, 0.6);
    context.lineWidth = 1;
    const x = Math.round((before + after) / 2) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
}
