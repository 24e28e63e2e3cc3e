/**
 * One clock for everything on the page that renews itself: what is due is written together, so that
 * the page is laid out and painted once, not once for every price on it.
 */
const BEAT_MS = 250;

interface Due {
  beats: number;
  run: () => void;
}

const due = new Set<Due>();
let timer: ReturnType<typeof setInterval> | null = null;
let beat = 0;

function tick(): void {
  beat += 1;
  for (const item of [...due]) {
    if (beat % item.beats !== 0 || !due.has(item)) continue;
    try {
      item.run();
    } catch (error) {
      reportError(error); // as if it had a timer of its own: the others go on
    }
  }
}

/** Runs again and again, about every `periodMs` (a multiple of 250), until the returned function is called. */
export function every(periodMs: number, run: () => void): () => void {
  const item: Due = { beats: Math.max(1, Math.round(periodMs / BEAT_MS)), run };
  due.add(item);
  timer ??= setInterval(tick, BEAT_MS);
  return () => {
    due.delete(item);
    if (due.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}
