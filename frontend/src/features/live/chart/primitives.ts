/** What the library does not draw: gap hatches, session breaks, held-back marks, the focused box. */
import type {
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesPrimitive,
  Logical,
  PrimitiveHoveredItem,
  SeriesAttachedParameter,
  UTCTimestamp,
} from "lightweight-charts";

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

interface Scope {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

/** The part that all of them share: a list of things, drawn in CSS pixels. */
abstract class Drawing<T> implements ISeriesPrimitive {
  protected items: readonly T[] = [];
  protected attachedTo: SeriesAttachedParameter | null = null;
  protected readonly order: "bottom" | "normal" | "top" = "normal";

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
    const renderer: IPrimitivePaneRenderer = { draw: (target) => this.paint(target) };
    return [{ zOrder: () => this.order, renderer: () => renderer }];
  }

  private paint(target: Target): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const scope = { context, width: mediaSize.width, height: mediaSize.height };
      context.save();
      for (const item of this.visible()) this.draw(item, scope);
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

  protected abstract draw(item: T, scope: Scope): void;

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

export interface GapMark {
  from: UTCTimestamp;
  to: UTCTimestamp;
  /** Reason and length: "feed silent, 7 bars". */
  text: string;
}

export interface GapColors {
  stroke: string;
  text: string;
  /** Behind the text, so that no line of the hatch goes through it. */
  back: string;
}

export class GapHatch extends Drawing<GapMark> {
  protected override readonly order = "bottom";

  constructor(private colors: GapColors) {
    super();
  }

  setColors(colors: GapColors): void {
    this.colors = colors;
    this.attachedTo?.requestUpdate();
  }

  protected draw(gap: GapMark, { context, height, width }: Scope): void {
    const [start, end] = [this.x(gap.from), this.x(gap.to)];
    if (start === null || end === null) return;
    const left = Math.max(0, start - this.spacing / 2);
    const right = Math.min(width, end + this.spacing / 2);
    if (right <= left) return;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    context.strokeStyle = this.colors.stroke;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - height; x < right; x += 8) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.restore();
    this.label(gap.text, left, right, { context, height, width });
  }

  /** Inside the hatch if it fits, else turned upright. */
  private label(text: string, left: number, right: number, { context, height }: Scope): void {
    context.save();
    context.font = '11px "IBM Plex Sans Variable", sans-serif';
    context.textBaseline = "top";
    const { width } = context.measureText(text);
    if (width + 8 <= right - left) {
      context.translate(left + 4, 6);
    } else {
      context.translate((left + right) / 2 - 6, height - 8);
      context.rotate(-Math.PI / 2);
    }
    context.fillStyle = this.colors.back;
    context.fillRect(-2, -1, width + 4, 13);
    context.fillStyle = this.colors.text;
    context.fillText(text, 0, 0);
    context.restore();
  }
}

export interface BreakMark {
  before: UTCTimestamp;
  after: UTCTimestamp;
}

export class SessionBreaks extends Drawing<BreakMark> {
  protected override readonly order = "bottom";

  constructor(private color: string) {
    super();
  }

  setColor(color: string): void {
    this.color = color;
    this.attachedTo?.requestUpdate();
  }

  protected override visible(): readonly BreakMark[] {
    return this.between((mark) => mark.after, (mark) => mark.before);
  }

  protected draw(mark: BreakMark, { context, height }: Scope): void {
    const [before, after] = [this.x(mark.before), this.x(mark.after)];
    if (before === null || after === null) return;
    context.strokeStyle = this.color;
    context.lineWidth = 1;
    const x = Math.round((before + after) / 2) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
}

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

export interface FocusMark {
  time: UTCTimestamp;
  /** Length of the box in bars. */
  bars: number;
  entry: number;
  stop: number;
  target: number;
  /** The rule's reference level. */
  level: number | null;
}

export interface FocusColors {
  reward: string;
  risk: string;
  outline: string;
  level: string;
}

export class FocusBox extends Drawing<FocusMark> {
  protected override readonly order = "bottom";

  constructor(private colors: FocusColors) {
    super();
  }

  setColors(colors: FocusColors): void {
    this.colors = colors;
    this.attachedTo?.requestUpdate();
  }

  protected draw(mark: FocusMark, { context }: Scope): void {
    const scale = this.attachedTo?.chart.timeScale();
    const index = scale?.timeToIndex(mark.time, true) ?? null;
    if (scale === undefined || index === null) return;
    const left = scale.logicalToCoordinate(index as unknown as Logical);
    const right = scale.logicalToCoordinate((index + mark.bars) as unknown as Logical);
    const [entry, stop, target] = [this.y(mark.entry), this.y(mark.stop), this.y(mark.target)];
    if (left === null || right === null || entry === null || stop === null || target === null) return;
    const width = right - left;
    context.fillStyle = this.colors.reward;
    context.fillRect(left, Math.min(entry, target), width, Math.abs(target - entry));
    context.fillStyle = this.colors.risk;
    context.fillRect(left, Math.min(entry, stop), width, Math.abs(stop - entry));
    context.strokeStyle = this.colors.outline;
    context.lineWidth = 1;
    this.horizontal(context, left, right, entry);
    context.setLineDash([4, 3]);
    this.horizontal(context, left, right, target);
    this.horizontal(context, left, right, stop);
    context.setLineDash([]);
    const level = mark.level === null ? null : this.y(mark.level);
    if (level !== null) {
      context.strokeStyle = this.colors.level;
      context.lineWidth = 1.5;
      this.horizontal(context, left - this.spacing * 20, right, level);
    }
  }

  private horizontal(context: CanvasRenderingContext2D, left: number, right: number, y: number): void {
    const at = Math.round(y) + 0.5;
    context.beginPath();
    context.moveTo(left, at);
    context.lineTo(right, at);
    context.stroke();
  }
}
