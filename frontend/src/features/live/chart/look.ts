/** How the chart's series look. */
import type { LineSeriesPartialOptions, LineStyle } from "lightweight-charts";

import type { Calendar } from "@/shared/api/types";
import type { Timeframe } from "@/shared/lib/format";
import type { Indicator } from "@/shared/ui/chartSeries";
import type { Tokens } from "@/shared/ui/tokens";

export interface ChartSetup {
  tokens: Tokens;
  calendar: Calendar;
  tickSize: number;
  timeframe: Timeframe;
  indicators: readonly Indicator[];
  volume: boolean;
}

export function lineOptions(setup: ChartSetup, name: Indicator, lineWidth: 1 | 2, lineStyle: LineStyle): LineSeriesPartialOptions {
  return {
    color: setup.tokens[name],
    lineWidth,
    lineStyle,
    visible: setup.indicators.includes(name),
    priceLineVisible: false,
    lastValueVisible: false,
    crosshairMarkerVisible: false,
    autoscaleInfoProvider: () => null, // the candles alone set the price range
  };
}
