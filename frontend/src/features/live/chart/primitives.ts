/** What the library does not draw: held-back marks, the focused box. */
import type { AutoscaleInfo, Logical, PrimitiveHoveredItem, UTCTimestamp } from "lightweight-charts";

import { Drawing, type Order, type Scope } from "@/shared/ui/chartMarks";

export interface HeldMark {
  id: string;
  time: UTCTimestamp;
  direction: "long" | "short";
  /** The bar's low (long) or high (short): the mark stands off it. */
  price: number;
  focused: boolean;
}

const MARK = 5;
const OFF = 10;

/** Hollow triangles: the library's own markers are always filled. */
export class HeldBackMarks extends Drawing<HeldMark> {
  constructor(private colors: { up: string; down: string }) {
    super();
  }

  setColors(colors: { up: string; down: string }): void {
    this.colors = colors;
    this.attachedTo?.requestUpdate();
  }

  private place(mark: HeldMark): { x: number; y: number } | null {
    const [x, y] = [this.x(mark.time), this.y(mark.price)];
    if (x === null || y === null) return null;
    return { x, y: mark.direction === "long" ? y + OFF : y - OFF };
  }

  protected override visible(): readonly HeldMark[] {
    return this.between((mark) => mark.time, (mark) => mark.time);
  }

  protected draw(mark: HeldMark, { context }: Scope): void {
    const at = this.place(mark);
    if (at === null) return;
    const size = mark.focused ? MARK + 2 : MARK;
    const tip = mark.direction === "long" ? -size : size;
    context.strokeStyle = mark.direction === "long" ? this.colors.up : this.colors.down;
    context.lineWidth = mark.focused ? 2 : 1.25;
    context.beginPath();
    context.moveTo(at.x, at.y + tip);
    context.lineTo(at.x + size, at.y - tip);
    context.lineTo(at.x - size, at.y - tip);
    context.closePath();
    context.stroke();
  }

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const hit = this.visible().find((mark) => {
      const at = this.place(mark);
      return at !== null && Math.abs(at.x - x) <= MARK + 3 && Math.abs(at.y - y) <= MARK + 3;
    });
    return hit ? { externalId: hit.id, cursorStyle: "pointer", zOrder: "top" } : null;
  }
}

interface Box {
  entry: number;
  stop: number;
  target: number;
}

export interface FocusMark {
  time: UTCTimestamp;
  /** Length of the box in bars. */
  bars: number;
  /** null: there was no entry, hence no box. */
  levels: Box | null;
  /** The rule's reference level. */
  level: number | null;
}

export interface FocusColors {
  reward: string;
  risk: string;
  outline: string;
  level: string;
}

interface Span {
  left: number;
  right: number;
}

export class FocusBox extends Drawing<FocusMark> {
  // Round prices lie on lines of the grid: the colours go under it, the prices over it.
  protected override readonly orders = ["bottom", "normal"] as const;

  constructor(private colors: FocusColors) {
    super();
  }

  setColors(colors: FocusColors): void {
    this.colors = colors;
    this.attachedTo?.requestUpdate();
  }

  protected draw(mark: FocusMark, { context }: Scope, order: Order): void {
    const span = this.span(mark);
    if (span === null) return;
    const box = mark.levels === null ? null : this.box(mark.levels);
    if (order === "bottom") {
      if (box !== null) this.fill(context, span, box);
      return;
    }
    if (box !== null) this.outline(context, span, box);
    const level = mark.level === null ? null : this.y(mark.level);
    if (level === null) return;
    context.strokeStyle = this.colors.level;
    context.lineWidth = 2;
    this.horizontal(context, { ...span, left: span.left - this.spacing * 20 }, Math.round(level));
  }

  /** The prices of a box of which some part is in view, for the price range to hold as well. */
  autoscaleInfo(first: Logical, last: Logical): AutoscaleInfo | null {
    const prices = this.items.flatMap((mark) => {
      const [index, { levels }] = [this.index(mark), mark];
      const isInView = index !== null && index <= last && index + mark.bars >= first;
      return isInView && levels !== null ? [levels.entry, levels.stop, levels.target] : [];
    });
    return prices.length === 0 ? null : { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } };
  }

  private index(mark: FocusMark): number | null {
    return this.attachedTo?.chart.timeScale().timeToIndex(mark.time, true) ?? null;
  }

  private span(mark: FocusMark): Span | null {
    const scale = this.attachedTo?.chart.timeScale();
    const index = this.index(mark);
    if (scale === undefined || index === null) return null;
    const left = scale.logicalToCoordinate(index as unknown as Logical);
    const right = scale.logicalToCoordinate((index + mark.bars) as unknown as Logical);
    return left === null || right === null ? null : { left, right };
  }

  /** Levels as places on the price scale. */
  private box(levels: Box): Box | null {
    const [entry, stop, target] = [this.y(levels.entry), this.y(levels.stop), this.y(levels.target)];
    return entry === null || stop === null || target === null ? null : { entry, stop, target };
  }

  private fill(context: CanvasRenderingContext2D, { left, right }: Span, { entry, stop, target }: Box): void {
    context.fillStyle = this.colors.reward;
    context.fillRect(left, Math.min(entry, target), right - left, Math.abs(target - entry));
    context.fillStyle = this.colors.risk;
    context.fillRect(left, Math.min(entry, stop), right - left, Math.abs(stop - entry));
  }

  private outline(context: CanvasRenderingContext2D, span: Span, { entry, stop, target }: Box): void {
    const pixel = (y: number): number => Math.round(y) + 0.5;
    context.strokeStyle = this.colors.outline;
    context.lineWidth = 1;
    this.horizontal(context, span, pixel(entry));
    context.setLineDash([4, 3]);
    this.horizontal(context, span, pixel(target));
    this.horizontal(context, span, pixel(stop));
    context.setLineDash([]);
  }

  private horizontal(context: CanvasRenderingContext2D, { left, right }: Span, y: number): void {
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
  }
}
