/** What a user chose on the Settings screen, and what the page starts with until the server answers. */
import type { components } from "./schema.gen";

type S = components["schemas"];
type Whole<K extends keyof S> = { [F in keyof S[K]]-?: Exclude<S[K][F], undefined> };

export interface UserSettings {
  display: Whole<"Display">;
  sounds: Whole<"Sounds">;
  /** Action to key, over the default ones; an empty key switches the shortcut off. */
  keys: { singleKeys: boolean; bindings: Record<string, string> };
  voice: Whole<"Voice">;
  delivery: Whole<"Delivery">;
  /** Money at risk from entry to stop, in the instrument's currency; null: cards name no size. */
  sizing: Whole<"Sizing">;
  /** The first steps: done ones, and whether the list was put away. */
  tour: Whole<"Tour">;
}

export type SettingsSection = keyof UserSettings;

export const DEFAULT_SETTINGS: UserSettings = {
  display: {
    theme: "system",
    colourPair: "cyanRed",
    clock: "exchange",
    motion: "system",
    indicators: ["ema20", "ema50", "vwap"],
    volume: true,
    heldBack: true,
    extendedHours: false,
  },
  sounds: { enabled: true, volume: 1, long: true, short: true, lock: true },
  keys: { singleKeys: true, bindings: {} },
  voice: { enabled: false, volume: 0.8, rate: 1, bargeIn: false, symbols: {} },
  delivery: { desktop: false, minConfidence: 0 },
  sizing: { riskPerTrade: null },
  tour: { done: [], dismissed: false },
};
