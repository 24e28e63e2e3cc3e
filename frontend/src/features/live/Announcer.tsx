import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState, type JSX } from "react";

import { plural } from "@/shared/lib/format";
import { useRealtimeListener } from "@/shared/realtime/context";

const PERIOD_MS = 5_000;

/** Tells screen readers of new alerts, politely and at most every five seconds. */
export function Announcer(): JSX.Element {
  const waiting = useRef<string[]>([]);
  const [text, setText] = useState("");
  useRealtimeListener("decision", (alert, late) => {
    if (alert.delivered && !late) waiting.current.push(`${alert.symbol} ${alert.direction}`);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      const news = waiting.current.splice(0);
      if (news.length > 0) setText(`${plural(news.length, "new alert")}: ${news.join(", ")}`);
    }, PERIOD_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <VisuallyHidden component="div" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
}
