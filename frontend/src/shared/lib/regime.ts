/** A regime in words (pure). */
interface Regime {
  trend: string;
  volatility: string;
}

const TREND: Record<string, string> = { trend: "Trend", range: "Range", unknown: "Regime unknown" };

export function trendWords(trend: string): string {
  return TREND[trend] ?? trend;
}

/** `Trend, high vol.` */
export function regimeWords({ trend, volatility }: Regime): string {
  return `${trendWords(trend)}, ${volatility === "unknown" ? "vol. unknown" : `${volatility} vol.`}`;
}

/** Of `trend/high`, as a backtest writes it. */
export function regimeKeyWords(key: string): string {
  const [trend = "", volatility = ""] = key.split("/");
  return regimeWords({ trend, volatility });
}
