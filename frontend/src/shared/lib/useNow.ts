import { useEffect, useState } from "react";

import { every } from "./ticker";

/** `performance.now()`, renewed every `periodMs` while the component lives. */
export function useNow(periodMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => every(periodMs, () => setNow(performance.now())), [periodMs]);
  return now;
}
