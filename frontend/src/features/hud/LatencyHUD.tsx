import { Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { JSX } from "react";
import { useNavigate } from "react-router";

import { useReplay, useSlo } from "@/shared/api/queries";
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

/** What is due of the feed; its age means something while it is open. */
export type FeedState = "open" | "paused" | "closed";

export interface LatencyHUDProps {
  feed: FeedState;
  /** Only the worst chip, for a phone. */
  compact?: boolean;
  /** Where the service levels are; without it the chips are not a link. */
  sloPath?: string;
}

function feedDetail(feed: FeedState, age: number | null, sinceBar: number | null, trouble: string | null): string {
  if (feed === "closed") return "The session is closed";
  if (feed === "paused") return "The market is paused";
  const bar = sinceBar === null ? "no bar yet" : `last bar ${ago(sinceBar)} ago`;
  if (trouble !== null) return `The feed is in trouble: ${trouble}; ${bar}`;
  return age === null ? "Nothing heard of the feed" : `Since the feed last showed that it lives; ${bar}`;
}

function useChips(feed: FeedState): Chip[] {
  const client = useRealtime();
  const clock = useStore(client.clock);
  const slo = useSlo();
  const now = useNow(1000);
  const trouble = useReplay().data?.feed.trouble ?? null;
  const since = (at: number | null): number | null => (at === null ? null : Math.max(0, now - at));
  const feedAge = since(client.fedAt);
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
      value: feed === "open" ? ago(feedAge) : feed,
      health: feedHealth(feedAge, feed === "open"),
      detail: feedDetail(feed, feedAge, since(client.lastMarketAt), trouble),
    },
  ];
}

/** Polls `/slo` every five seconds; each chip says by shape, name and value how fresh this is. */
export function LatencyHUD({ feed, compact = false, sloPath }: LatencyHUDProps): JSX.Element {
  const chips = useChips(feed);
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
