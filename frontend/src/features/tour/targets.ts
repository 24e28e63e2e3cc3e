/** Where the steps are done, followed as pages come, go and are drawn anew. */
import { useEffect, useState, type RefObject } from "react";

/** How soon a beacon follows its target. The page changes many times a second; a tour need not. */
const PERIOD_MS = 250;

type Target = RefObject<HTMLElement>;

/** The same object for the same element: a new one tells the tour that its target is another. */
function found(selectors: readonly string[], known: readonly (Target | null)[]): (Target | null)[] {
  return selectors.map((selector, index) => {
    const element = document.querySelector<HTMLElement>(selector);
    const before = known[index] ?? null;
    if (element === null) return null;
    return before?.current === element ? before : { current: element };
  });
}

/** What each selector finds now; null while it finds nothing. `selectors` must keep its identity. */
export function useTargets(selectors: readonly string[]): readonly (Target | null)[] {
  const [targets, setTargets] = useState<readonly (Target | null)[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const look = (): void => {
      timer = null;
      setTargets((old) => {
        const now = found(selectors, old);
        return now.length === old.length && now.every((target, index) => target === old[index]) ? old : now;
      });
    };
    const observer = new MutationObserver(() => {
      timer ??= setTimeout(look, PERIOD_MS);
    });
    observer.observe(document.body, { childList: true, subtree: true });
    timer = setTimeout(look);
    return () => {
      observer.disconnect();
      if (timer !== null) clearTimeout(timer);
    };
  }, [selectors]);
  return targets;
}
