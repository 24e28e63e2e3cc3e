/**
 * The palette. Each value was measured on the four surfaces (app, panel, card, hover); canvas and
 * CSS read the same table, so the chart and the page never disagree about a colour.
 */
export type ColorScheme = "dark" | "light";
/** Colours of up and down: the default pair, or the one with the larger distance for dichromats. */
export type DirectionPair = "cyanRed" | "blueOrange";

export interface Tokens {
  app: string;
  panel: string;
  card: string;
  hover: string;
  /** Decoration only: too faint to carry meaning. */
  border: string;
  /** Outlines of controls. */
  control: string;
  text: string;
  dim: string;
  faint: string;
  /** Focus, selected, chosen; nothing else. */
  accent: string;
  up: string;
  down: string;
  ok: string;
  warn: string;
  bad: string;
  ema20: string;
  ema50: string;
  vwap: string;
  level: string;
  gold: string;
}

const DARK: Tokens = {
  app: "#0E1217",
  panel: "#141A21",
  card: "#1B222B",
  hover: "#242D38",
  border: "#2B3540",
  control: "#6E7B8A",
  text: "#E7ECF2",
  dim: "#AEB8C4",
  faint: "#8D98A6",
  accent: "#6CB2FF",
  up: "#45D9D6",
  down: "#FF6B57",
  ok: "#4CC38A",
  warn: "#F2B84B",
  bad: "#FF6B78",
  ema20: "#E9C46A",
  ema50: "#7C9DFF",
  vwap: "#F0F3F7",
  level: "#C7B8FF",
  gold: "#E8C65A",
};

const LIGHT: Tokens = {
  app: "#F3F5F8",
  panel: "#FFFFFF",
  card: "#F8FAFC",
  hover: "#E9EEF4",
  border: "#D5DCE4",
  control: "#7A8796",
  text: "#12181F",
  dim: "#465362",
  faint: "#5B6877",
  accent: "#0B62C4",
  up: "#00757A",
  down: "#B3200F",
  ok: "#1B7A45",
  warn: "#8A5A00",
  bad: "#B8243A",
  ema20: "#946000",
  ema50: "#2F55D4",
  vwap: "#12181F",
  level: "#5B3FBF",
  gold: "#7D6200",
};

const SECOND_PAIR: Record<ColorScheme, Pick<Tokens, "up" | "down">> = {
  dark: { up: "#5AA9FF", down: "#F59E4C" },
  light: { up: "#0A5FC0", down: "#A84A00" },
};

export function tokensFor(scheme: ColorScheme, pair: DirectionPair = "cyanRed"): Tokens {
  const base = scheme === "dark" ? DARK : LIGHT;
  return pair === "cyanRed" ? base : { ...base, ...SECOND_PAIR[scheme] };
}

/** `{ "--c-app": "#0E1217", … }` for one scheme. */
export function cssVariables(tokens: Tokens): Record<string, string> {
  return Object.fromEntries(Object.entries(tokens).map(([name, hex]) => [`--c-${name}`, hex as string]));
}

/** `#RRGGBB` with an alpha in [0, 1], as canvas wants it. */
export function withAlpha(hex: string, alpha: number): string {
  const byte = Math.round(Math.min(1, Math.max(0, alpha)) * 255);
  return `${hex}${byte.toString(16).padStart(2, "0")}`;
}
