import { useEffect, useRef, type RefObject } from "react";

/** Gives a field the focus as soon as it is there: its code may come after its popover has looked for what to focus. */
export function useFocusOnMount<T extends HTMLElement>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  return field;
}
