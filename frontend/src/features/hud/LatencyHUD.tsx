import { Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";
import { useNavigate } from "react-router";

import { useSlo } from "@/shared/api/queries";
import { ago, latency } from "@/shared/lib/format";
import { useStore } from "@/shared/lib/store";
import { useNow } from "@/shared/lib/useNow";
import { useRealtime } from "@/shared/realtime/context";
import { HEALTH_WORD, HealthShape, type Health } from "@/shared/ui/shapes";

import { feedHealth, latencyHealth, reconnectHealth, worst } from "./health";
import classes from "./hud.module.css";

interface Chip {
  name: string;
  value: string;
  health: Health;
  detail: string;
}

export interface LatencyHUDProps {
  inSession: boolean;
  /** Only the worst chip, for a phone. */
  compact?: boolean;
  /** Where the service levels are; without it the chips are not a link. */
  sloPath?: string;
}

function useChips(inSession: boolean): Chip[] {
  const client = useRealtime();
  const clock = useStore(client.clock);
  const slo = useSlo();
  const now = useNow(1000);
  const feedAge = client.lastMarketAt === null ? null : Math.max(0, now - client.lastMarketAt);
  const wick = slo.error ? undefined : slo.data?.metrics.tickToWickMs;
  const lastHour = slo.error ? undefined : slo.data?.sseReconnects.lastHour;
  return [
    {
      name: "RTT",
      value: latency(clock?.rttNow),
      health: latencyHealth(clock?.rttNow),
      detail: "Round trip of this tab, median of five",
    },
    {
      name: "Wick p95",
      value: latency(wick?.p95),
      health: latencyHealth(wick?.p95),
      detail: `Server send to painted candle, one hour, n ${wick?.count ?? 0}`,
    },
    {
      name: "Reconnects",
      value: lastHour === undefined ? "–" : `${lastHour}/h`,
      health: reconnectHealth(lastHour),
      detail: "Lost stream connections in the last hour",
    },
    {
      name: "Feed",
      value: inSession ? ago(feedAge) : "closed",
      health: feedHealth(feedAge, inSession),
      detail: inSession ? "Since the last bar or microbar" : "The session is closed",
    },
  ];
}

/** Polls `/slo` every five seconds; each chip says by shape, name and value how fresh this is. */
export function LatencyHUD({ inSession, compact = false, sloPath }: LatencyHUDProps): JSX.Element {
  const chips = useChips(inSession);
  const navigate = useNavigate();
  const bad = worst(chips);
  const shown = compact ? (bad ? [bad] : []) : chips;
  return (
    <div role="group" aria-label="Freshness" className={classes.chips} data-testid="latency-hud">
      {shown.map((chip) => (
        <Tooltip key={chip.name} label={chip.detail}>
          <UnstyledButton
            className={classes.chip}
            data-health={chip.health}
            {...(sloPath === undefined ? { component: "div" as const } : { onClick: () => void navigate(sloPath) })}
          >
            <HealthShape health={chip.health} />
            <span className={classes.chipName}>{chip.name}</span>{" "}
            <span className={classes.chipValue}>{chip.value}</span>
            <VisuallyHidden>, {HEALTH_WORD[chip.health]}</VisuallyHidden>
          </UnstyledButton>
        </Tooltip>
      ))}
    </div>
  );
}
