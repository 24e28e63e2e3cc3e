import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useMemo, type JSX, type MouseEvent } from "react";

import type { Metrics, Trigger } from "@/shared/api/backtest";
import { r, rAgainst } from "@/shared/lib/format";
import { tokensFor, type DirectionPair } from "@/shared/ui/tokens";

import { endings } from "../words";
import { dotsOf, drawAxes, drawDots, frameOf, HEIGHT, nearest } from "./drawExcursions";
import classes from "./results.module.css";
import { useCanvas } from "./useCanvas";

export interface ExcursionsProps {
  triggers: readonly Trigger[];
  metrics: Metrics;
  colourPair: DirectionPair;
  select: (index: number) => void;
}

/** How far each trade went against and for its trader, before cost. */
export function Excursions({ triggers, metrics, colourPair, select }: ExcursionsProps): JSX.Element {
  const scheme = useComputedColorScheme("dark");
  const dots = useMemo(() => dotsOf(triggers), [triggers]);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const tokens = tokensFor(scheme, colourPair);
      const frame = frameOf(dots, width);
      drawAxes(context, frame, tokens);
      drawDots(context, dots, frame, tokens);
    },
    [dots, scheme, colourPair],
  );
  const { ref, width } = useCanvas(HEIGHT, paint);
  const click = (event: MouseEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const dot = nearest(dots, frameOf(dots, width), event.clientX - box.left, event.clientY - box.top);
    if (dot) select(dot.index);
  };
  return (
    <section className={classes.block} aria-label="Excursions">
      <header className={classes.blockHead}>
        <h2>Excursions</h2>
        <span className={classes.dim}>filled win, hollow loss; spread about stop and target</span>
      </header>
      <div className={classes.scatter} role="img" aria-label={spreads(metrics)}>
        <canvas ref={ref} style={{ height: HEIGHT }} onClick={click} />
      </div>
      <p className={classes.caption}>
        {spreads(metrics)} Ended: {endings(metrics.outcomes)}.
      </p>
    </section>
  );
}

function spreads({ mfe, mae }: Metrics): string {
  return `For: median ${r(mfe.median)}, p90 ${r(mfe.p90)}. Against: median ${rAgainst(mae.median)}, p90 ${rAgainst(mae.p90)}.`;
}
