import { createContext, useContext, useEffect, useLayoutEffect, useMemo, useRef, type JSX, type ReactNode, type RefObject } from "react";

import { bindingsWith, IDLE, resolve, type ActionId, type Bindings, type KeyPress, type PageId } from "@/shared/lib/keys";

/** Each is told when its key went down (performance.now). */
type Handlers = Partial<Record<ActionId, (at: number) => void>>;

interface Keyboard {
  bindings: Bindings;
  enabled: boolean;
  register: (handlers: { current: Handlers }) => () => void;
}

const KeyboardContext = createContext<Keyboard | null>(null);

const TEXT = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable="true"]';
const CONTROL = 'button, a[href], summary, [role="tab"], [role="menuitem"], [role="option"], [role="slider"], input';

function focusKind(element: Element | null): KeyPress["focus"] {
  if (element?.closest(TEXT)) return "text";
  return element?.closest(CONTROL) ? "control" : "none";
}

export interface KeyboardProviderProps {
  /** Single keys can be switched off (WCAG 2.1.4). */
  enabled: boolean;
  changed: Readonly<Record<string, string>>;
  goTo: (page: PageId) => void;
  children: ReactNode;
}

/** One listener for the whole page; what was registered last answers first. */
export function KeyboardProvider({ enabled, changed, goTo, children }: KeyboardProviderProps): JSX.Element {
  const stack = useRef<{ current: Handlers }[]>([]);
  const bindings = useMemo(() => bindingsWith(changed), [changed]);

  useEffect(() => {
    let state = IDLE;
    const onKey = (event: KeyboardEvent): void => {
      if (!enabled || event.defaultPrevented) return;
      const { key, ctrlKey, metaKey, altKey, repeat } = event;
      const press = { key, ctrlKey, metaKey, altKey, repeat, focus: focusKind(document.activeElement) };
      const resolved = resolve(state, press, bindings, event.timeStamp);
      state = resolved.state;
      const { result } = resolved;
      if (result.kind === "none") return;
      if (result.kind === "page") {
        goTo(result.page);
        return;
      }
      const { action } = result;
      const handler = stack.current.findLast((item) => item.current[action])?.current[action];
      if (!handler) return;
      event.preventDefault();
      handler(event.timeStamp);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [bindings, enabled, goTo]);

  const value = useMemo<Keyboard>(
    () => ({
      bindings,
      enabled,
      register: (handlers) => {
        stack.current.push(handlers);
        return () => {
          stack.current = stack.current.filter((item) => item !== handlers);
        };
      },
    }),
    [bindings, enabled],
  );
  return <KeyboardContext value={value}>{children}</KeyboardContext>;
}

function useKeyboard(): Keyboard {
  const keyboard = useContext(KeyboardContext);
  if (keyboard === null) throw new Error("useKeys needs a KeyboardProvider around it");
  return keyboard;
}

/** Answers keyboard actions while the component lives; from what is on the screen, the moment it is there. */
export function useKeys(handlers: Handlers): void {
  const { register } = useKeyboard();
  const latest = useRef<Handlers>(handlers);
  useLayoutEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => register(latest), [register]);
}

/** Keys of a card: they count only while the focus is in the article around `root`. */
export function useCardKeys(root: RefObject<HTMLElement | null>, handlers: Handlers): void {
  const { register } = useKeyboard();
  const latest = useRef<Handlers>({});
  useLayoutEffect(() => {
    const guarded = Object.entries(handlers).map(([action, handler]) => [
      action,
      (at: number) => {
        if (root.current?.closest("article")?.contains(document.activeElement)) handler(at);
      },
    ]);
    latest.current = Object.fromEntries(guarded) as Handlers;
  });
  useEffect(() => register(latest), [register]);
}

export function useBindings(): Bindings {
  return useKeyboard().bindings;
}
