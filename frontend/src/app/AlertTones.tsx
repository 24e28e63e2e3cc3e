import { useEffect, useRef } from "react";

import type { UserSettings } from "@/shared/api/settings";
import { TIMEFRAME_MS } from "@/shared/lib/format";
import { OncePerClose, play, unlockSound } from "@/shared/lib/sound";
import { useRealtime, useRealtimeListener } from "@/shared/realtime/context";

/** Sounds alerts of the rules that are on; only the leading tab, and never what arrived late. */
export function AlertTones({ sounds }: { sounds: UserSettings["sounds"] }): null {
  const client = useRealtime();
  const once = useRef(new OncePerClose());
  useRealtimeListener("decision", (alert, late) => {
    const audible = alert.delivered && alert.mode === "on" && !late && client.status.get().leader;
    if (!audible || !sounds.enabled || !sounds[alert.direction]) return;
    if (once.current.allow(alert.ts + TIMEFRAME_MS[alert.timeframe])) play(alert.direction, sounds.volume);
  });
  useEffect(() => {
    // A session that was resumed had no login click: the first gesture unlocks the sound.
    window.addEventListener("pointerdown", unlockSound, { once: true });
    window.addEventListener("keydown", unlockSound, { once: true });
    return () => {
      window.removeEventListener("pointerdown", unlockSound);
      window.removeEventListener("keydown", unlockSound);
    };
  }, []);
  return null;
}
