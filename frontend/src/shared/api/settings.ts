/** What a user chose on the Settings screen, with the defaults of what is absent. */
import type { DirectionPair } from "@/shared/ui/tokens";

export interface UserSettings {
  display: {
    theme: "system" | "dark" | "light";
    colourPair: DirectionPair;
    clock: "exchange" | "local" | "utc";
    motion: "system" | "reduced";
    indicators: ("ema20" | "ema50" | "vwap")[];
    volume: boolean;
    heldBack: boolean;
    extendedHours: boolean;
  };
  sounds: { enabled: boolean; volume: number; long: boolean; short: boolean; lock: boolean };
  /** Action to key, over the default ones; an empty key switches the shortcut off. */
  keys: { singleKeys: boolean; bindings: Record<string, string> };
  voice: { enabled: boolean; volume: number; rate: number; bargeIn: boolean };
  delivery: { desktop: boolean; minConfidence: number };
  /** Money at risk from entry to stop, in the instrument's currency; null: cards name no size. */
  sizing: { riskPerTrade: number | null };
}

export type SettingsSection = keyof UserSettings;

/** What the page starts with until the server has answered. */
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
  voice: { enabled: false, volume: 0.8, rate: 1, bargeIn: true },
  delivery: { desktop: false, minConfidence: 0 },
  sizing: { riskPerTrade: null },
};
