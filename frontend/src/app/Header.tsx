import { lazy, Suspense, type JSX } from "react";

import { DayRisk } from "@/features/hud/DayRisk";
import { LatencyHUD } from "@/features/hud/LatencyHUD";
import { Locks } from "@/features/hud/Locks";
import { MarketClock } from "@/features/hud/MarketClock";
import { SourceBadge } from "@/features/hud/SourceBadge";
import { useReplay, useSymbols, useWatchlist } from "@/shared/api/queries";
import { useCharted } from "@/shared/ui/charted";

import classes from "./Header.module.css";
import { SLO_PATH } from "./pages";

// Not on the first load: who never turns the voice on gets a button alone, and that a moment later.
const VoiceControl = lazy(() => import("@/features/voice/VoiceControl"));

export function Header({ phone }: { phone: boolean }): JSX.Element {
  const replay = useReplay();
  const symbols = useSymbols();
  const charted = useCharted();
  const calendar = symbols.data?.find((item) => item.symbol === charted.symbol)?.calendar ?? "XNYS";
  const session = replay.data?.sessions[calendar];
  // Bars are due while any watched market is open, whichever chart one looks at.
  const watched = useWatchlist().data ?? [];
  const calendars = symbols.data?.filter((item) => watched.includes(item.symbol)).map((item) => item.calendar) ?? [];
  const inSession = [calendar, ...calendars].some((each) => replay.data?.sessions[each]?.open);
  const feed = !inSession ? "closed" : replay.data?.paused ? "paused" : "open";
  const slo = SLO_PATH === undefined ? {} : { sloPath: SLO_PATH };
  if (phone) {
    return (
      <div className={classes.header}>
        <SourceBadge />
        <span className={classes.space} />
        <LatencyHUD feed={feed} compact {...slo} />
        <Suspense fallback={null}>
          <VoiceControl phone />
        </Suspense>
      </div>
    );
  }
  return (
    <div className={classes.header}>
      <SourceBadge />
      <MarketClock calendar={calendar} session={session} marketTime={replay.data?.marketTime ?? null} />
      <span className={classes.rule} />
      <DayRisk />
      <Locks />
      <span className={classes.space} />
      <LatencyHUD feed={feed} {...slo} />
      <Suspense fallback={null}>
        <VoiceControl phone={false} />
      </Suspense>
    </div>
  );
}
