import { useEffect, useRef, type JSX } from "react";

import { every } from "@/shared/lib/ticker";

const PERIOD_MS = 250;

export interface LiveTextProps {
  /** Read four times a second; the page changes only when the text does. */
  read: () => string;
  className?: string | undefined;
  /** Puts a value into `data-tone`, for colour by sign. */
  tone?: () => string;
  testId?: string;
}

/** Text that changes with the market, written past React: prices, R now, ages. */
export function LiveText({ read, className, tone, testId }: LiveTextProps): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  const latest = useRef({ read, tone });
  useEffect(() => {
    latest.current = { read, tone };
  });
  useEffect(() => {
    const write = (): void => {
      const span = element.current;
      if (span === null) return;
      const text = latest.current.read();
      if (span.textContent !== text) span.textContent = text;
      const value = latest.current.tone?.();
      if (value !== undefined && span.dataset["tone"] !== value) span.dataset["tone"] = value;
    };
    write();
    return every(PERIOD_MS, write);
  }, []);
  return <span ref={element} className={className} data-testid={testId} />;
}
