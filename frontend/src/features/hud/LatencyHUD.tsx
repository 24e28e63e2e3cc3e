import { Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { memo, useCallback, useMemo, type JSX, type ReactNode } from "react";
import { useNavigate } from "react-router";

import { useReplay, useSlo } from "@/shared/api/queries";
import { ago, cases, latency } from "@/shared/lib/format";
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
  /** Told by the tooltip; the same node as long as it says the same. */
  detail: ReactNode;
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

/** Milliseconds since a moment of this clock. */
function since(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, now - at);
}

/** What the feed's chip says; its ages run on while somebody reads them. */
function FeedDetail({ feed, trouble }: { feed: FeedState; trouble: string | null }): JSX.Element {
  const client = useRealtime();
  const now = useNow(1000);
  if (feed === "closed") return <>The session is closed</>;
  if (feed === "paused") return <>The market is paused</>;
  const sinceBar = since(client.lastMarketAt, now);
  const bar = sinceBar === null ? "no bar yet" : `last bar ${ago(sinceBar)} ago`;
  if (trouble !== null) return <>{`The feed is in trouble: ${trouble}; ${bar}`}</>;
  return <>{client.fedAt === null ? "Nothing heard of the feed" : `Since the feed last showed that it lives; ${bar}`}</>;
}

function useChips(feed: FeedState): Chip[] {
  const client = useRealtime();
  const clock = useStore(client.clock);
  const lost = useStore(client.status).lostAt !== null;
  const slo = useSlo();
  const now = useNow(1000);
  const trouble = useReplay().data?.feed.trouble ?? null;
  const feedAge = since(client.fedAt, now);
  const detail = useMemo(() => <FeedDetail feed={feed} trouble={trouble} />, [feed, trouble]);
  const wick = slo.error ? undefined : slo.data?.metrics.tickToWickMs;
  const roundTrip = lost ? null : clock?.rttNow; // the last one says nothing of a line that is down
  const lastHour = slo.error ? undefined : slo.data?.sseReconnects.lastHour;
  return [
    {
      name: "RTT",
      value: latency(roundTrip),
      health: latencyHealth(roundTrip),
      detail: "Round trip of this tab, median of five",
    },
    {
      name: "Wick p95",
      value: latency(wick?.p95),
      health: latencyHealth(wick?.p95),
      detail: `Server send to painted candle, one hour, ${cases(wick?.count ?? 0)}`,
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
      detail,
    },
  ];
}

/** Polls `/slo` every five seconds; each chip says by shape, name and value how fresh this is. */
export function LatencyHUD({ feed, compact = false, sloPath }: LatencyHUDProps): JSX.Element {
  const chips = useChips(feed);
  const navigate = useNavigate();
  const go = useCallback(() => (sloPath === undefined ? undefined : void navigate(sloPath)), [navigate, sloPath]);
  const bad = worst(chips);
  const shown = compact ? (bad ? [bad] : []) : chips;
  return (
    <div role="group" aria-label="Freshness" className={classes.chips} data-testid="latency-hud">
      {shown.map((chip) => (
        <ChipButton key={chip.name} {...chip} go={sloPath === undefined ? null : go} />
      ))}
    </div>
  );
}

/** Looked at every second, drawn anew when it says something else: a tooltip costs more than all the rest. */
const ChipButton = memo(function ChipButton({ name, value, health, detail, go }: Chip & { go: (() => void) | null }): JSX.Element {
  return (
    <Tooltip label={detail}>
      <UnstyledButton className={classes.chip} data-health={health} {...(go === null ? { component: "div" as const } : { onClick: go })}>
        <HealthShape health={health} />
        <span className={classes.chipName}>{name}</span> <span className={classes.chipValue}>{value}</span>
        <VisuallyHidden>, {HEALTH_WORD[health]}</VisuallyHidden>
      </UnstyledButton>
    </Tooltip>
  );
});
