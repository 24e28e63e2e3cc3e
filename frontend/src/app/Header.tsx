import type { JSX } from "react";

import { LatencyHUD } from "@/features/hud/LatencyHUD";
import { Locks } from "@/features/hud/Locks";
import { MarketClock } from "@/features/hud/MarketClock";
import { SourceBadge } from "@/features/hud/SourceBadge";
import { useReplay, useSymbols } from "@/shared/api/queries";
import { useCharted } from "@/shared/ui/charted";

import classes from "./Header.module.css";
import { SLO_PATH } from "./pages";

export function Header({ phone }: { phone: boolean }): JSX.Element {
  const replay = useReplay();
  const symbols = useSymbols();
  const charted = useCharted();
  const calendar = symbols.data?.find((item) => item.symbol === charted.symbol)?.calendar ?? "XNYS";
  const session = replay.data?.sessions[calendar];
  const inSession = session?.open ?? false;
  const slo = SLO_PATH === undefined ? {} : { sloPath: SLO_PATH };
  if (phone) {
    return (
      <div className={classes.header}>
        <SourceBadge />
        <span className={classes.space} />
        <LatencyHUD inSession={inSession} compact {...slo} />
      </div>
    );
  }
  return (
    <div className={classes.header}>
      <SourceBadge />
      <MarketClock calendar={calendar} session={session} marketTime={replay.data?.marketTime ?? null} />
      <span className={classes.rule} />
      <Locks />
      <span className={classes.space} />
      <LatencyHUD inSession={inSession} {...slo} />
    </div>
  );
}
