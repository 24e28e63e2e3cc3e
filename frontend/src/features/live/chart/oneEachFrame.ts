/** Does things in order, one in each coming animation frame: what would be too long for one is spread. */
export class OneEachFrame {
  private waiting: (() => void)[] = [];
  private asked: number | null = null;

  ask(...steps: readonly (() => void)[]): void {
    this.waiting.push(...steps);
    if (this.waiting.length > 0) this.asked ??= requestAnimationFrame(() => this.next());
  }

  /** Does now what waits, if anything does. */
  flush(): void {
    const steps = this.waiting;
    this.drop();
    for (const step of steps) step();
  }

  drop(): void {
    if (this.asked !== null) cancelAnimationFrame(this.asked);
    this.asked = null;
    this.waiting = [];
  }

  private next(): void {
    this.asked = null;
    const step = this.waiting.shift();
    this.ask(); // before the step: one that fails costs itself, not those behind it
    step?.();
  }
}
