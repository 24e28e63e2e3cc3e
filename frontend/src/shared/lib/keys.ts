/** Keyboard actions: what can be bound, what is bound, and when a key press counts (pure). */
export interface KeyAction {
  id: string;
  /** Default key, as the browser names it (KeyboardEvent.key). */
  key: string;
  title: string;
  group: "Card" | "Chart" | "Voice" | "General";
}

export const ACTIONS = [
  { id: "nextCard", key: "j", title: "Next card", group: "Card" },
  { id: "previousCard", key: "k", title: "Previous card", group: "Card" },
  { id: "labelGood", key: "1", title: "Good", group: "Card" },
  { id: "labelBad", key: "2", title: "Bad", group: "Card" },
  { id: "labelLate", key: "3", title: "Late", group: "Card" },
  { id: "labelMissed", key: "4", title: "Missed", group: "Card" },
  { id: "undo", key: "u", title: "Undo the last label", group: "Card" },
  { id: "tookIt", key: "t", title: "Took it, closed it", group: "Card" },
  { id: "note", key: "n", title: "Note", group: "Card" },
  { id: "why", key: "e", title: "Why", group: "Card" },
  { id: "muteRule", key: "m", title: "Mute the rule today", group: "Card" },
  { id: "skipReview", key: "0", title: "Next in Review", group: "Card" },
  { id: "focusChart", key: "Enter", title: "Focus the chart", group: "Chart" },
  { id: "previousSymbol", key: "[", title: "Previous symbol", group: "Chart" },
  { id: "nextSymbol", key: "]", title: "Next symbol", group: "Chart" },
  { id: "filter", key: "/", title: "Filter the watchlist", group: "Chart" },
  { id: "silenceVoice", key: " ", title: "Silence the voice", group: "Voice" },
  { id: "interruptVoice", key: "Escape", title: "Interrupt the voice", group: "Voice" },
  { id: "goTo", key: "g", title: "Go to a page, then its letter", group: "General" },
  { id: "help", key: "?", title: "Show the keys", group: "General" },
] as const satisfies readonly KeyAction[];

export type ActionId = (typeof ACTIONS)[number]["id"];

/** The letters that follow `goTo`. */
export const PAGES = [
  { id: "live", letter: "l", title: "Live" },
  { id: "rules", letter: "r", title: "Rules" },
  { id: "backtest", letter: "b", title: "Backtest" },
  { id: "journal", letter: "j", title: "Journal" },
  { id: "settings", letter: "s", title: "Settings" },
] as const;

export type PageId = (typeof PAGES)[number]["id"];

/** Action to key; an empty key switches the action's shortcut off. */
export type Bindings = Readonly<Record<ActionId, string>>;

export function bindingsWith(changed: Readonly<Record<string, string>>): Bindings {
  return Object.fromEntries(
    ACTIONS.map((action) => [action.id, changed[action.id] ?? action.key]),
  ) as unknown as Bindings;
}

/** The action that already has this key. */
export function ownerOf(bindings: Bindings, key: string, except: ActionId): ActionId | null {
  if (key === "") return null;
  return ACTIONS.find((action) => action.id !== except && bindings[action.id] === key)?.id ?? null;
}

/** As printed on a key cap. */
export function keyCap(key: string): string {
  if (key === "") return "off";
  if (key === " ") return "Space";
  if (key === "Escape") return "Esc";
  return key.length === 1 ? key.toUpperCase() : key;
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  /** What has the focus: typing in a field never triggers an action. */
  focus: "none" | "control" | "text";
}

const SEQUENCE_MS = 1_000;

export interface KeyState {
  /** When `goTo` was pressed; null if no page letter is awaited. */
  goingAt: number | null;
}

export const IDLE: KeyState = { goingAt: null };

export type KeyResult =
  | { kind: "none" }
  | { kind: "action"; action: ActionId }
  | { kind: "page"; page: PageId };

/** Space and Enter belong to a focused control. */
const CONTROL_KEYS = new Set([" ", "Enter"]);

function ignored(press: KeyPress): boolean {
  if (press.repeat || press.ctrlKey || press.metaKey || press.altKey) return true;
  return press.focus === "text" || (press.focus === "control" && CONTROL_KEYS.has(press.key));
}

export function resolve(
  state: KeyState,
  press: KeyPress,
  bindings: Bindings,
  now: number,
): { state: KeyState; result: KeyResult } {
  if (ignored(press)) return { state, result: { kind: "none" } };
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (state.goingAt !== null && now - state.goingAt <= SEQUENCE_MS) {
    const page = PAGES.find((item) => item.letter === key);
    if (page) return { state: IDLE, result: { kind: "page", page: page.id } };
  }
  const action = ACTIONS.find((item) => bindings[item.id] === key)?.id;
  if (action === undefined) return { state: IDLE, result: { kind: "none" } };
  if (action === "goTo") return { state: { goingAt: now }, result: { kind: "none" } };
  return { state: IDLE, result: { kind: "action", action } };
}
