/** Does something with the newest of many items once in the coming animation frame. */
export class OncePerFrame<T> {
  private newest: T | null = null;
  private asked: number | null = null;

  constructor(private readonly run: (item: T) => void) {}

  get waiting(): T | null {
    return this.newest;
  }

  ask(item: T): void {
    this.newest = item;
    this.asked ??= requestAnimationFrame(() => this.flush());
  }

  /** Does now what waits, if anything does. */
  flush(): void {
    const item = this.newest;
    this.drop();
    if (item !== null) this.run(item);
  }

  drop(): void {
    if (this.asked !== null) cancelAnimationFrame(this.asked);
    this.asked = null;
    this.newest = null;
  }
}
