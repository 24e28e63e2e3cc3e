import { describe, expect, it } from "vitest";

import { cssVariables, tokensFor, withAlpha, type ColorScheme, type Tokens } from "./tokens";

function luminance(hex: string): number {
  const channel = (index: number): number => {
    const value = Number.parseInt(hex.slice(index, index + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const SURFACES = ["app", "panel", "card", "hover"] as const;
const SCHEMES: ColorScheme[] = ["dark", "light"];

function lowest(tokens: Tokens, name: keyof Tokens): number {
  return Math.min(...SURFACES.map((surface) => contrast(tokens[name], tokens[surface])));
}

describe("tokens", () => {
  it.each(SCHEMES)("text reaches 4.5 : 1 on every surface (%s)", (scheme) => {
    const tokens = tokensFor(scheme);
    const words = ["text", "dim", "faint", "accent", "up", "down", "ok", "warn", "bad", "gold"] as const;
    for (const name of words) expect(lowest(tokens, name), name).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SCHEMES)("the second pair is as readable as the first (%s)", (scheme) => {
    const tokens = tokensFor(scheme, "blueOrange");
    expect(lowest(tokens, "up")).toBeGreaterThanOrEqual(4.5);
    expect(lowest(tokens, "down")).toBeGreaterThanOrEqual(4.5);
    expect(tokens.app).toBe(tokensFor(scheme).app);
  });

  it.each(SCHEMES)("control outlines reach 3 : 1 (%s)", (scheme) => {
    expect(lowest(tokensFor(scheme), "control")).toBeGreaterThanOrEqual(3);
  });

  it("prints CSS variables and alpha", () => {
    expect(cssVariables(tokensFor("dark"))["--c-up"]).toBe("#45D9D6");
    expect(withAlpha("#000000", 0.5)).toBe("#00000080");
    expect(withAlpha("#000000", 2)).toBe("#000000ff");
  });
});
