import { useEffect, useRef, useState, type JSX, type ReactNode, type RefObject } from "react";

/** Whether the element holds more than it shows, now and whenever it or what lies in it changes its size. */
function useOverflow(element: RefObject<HTMLElement | null>): boolean {
  const [overflows, setOverflows] = useState(false);
  useEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const sizes = new ResizeObserver(() => {
      setOverflows(box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth);
    });
    const watch = (): void => {
      sizes.disconnect();
      for (const one of [box, ...box.children]) sizes.observe(one);
    };
    const changes = new MutationObserver(watch);
    changes.observe(box, { childList: true });
    watch();
    return () => {
      sizes.disconnect();
      changes.disconnect();
    };
  }, [element]);
  return overflows;
}

export interface ScrollProps {
  label: string;
  className: string | undefined;
  children: ReactNode;
}

/** What may scroll and holds nothing that takes the focus: while it does, Tab reaches it, and the arrow keys scroll. */
export function Scroll({ label, className, children }: ScrollProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const overflows = useOverflow(box);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} className={className} role="group" aria-label={label} tabIndex={overflows ? 0 : undefined}>
      {children}
    </div>
  );
}
