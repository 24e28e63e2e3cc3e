import { useEffect, useRef } from "react";

import { wholeLocks } from "@/features/hud/Locks";
import { useRiskPreviews } from "@/shared/api/queries";
import type { UserSettings } from "@/shared/api/settings";
import type { Alert } from "@/shared/api/types";
import { confidence, TIMEFRAME_MS } from "@/shared/lib/format";
import { OncePerClose, play, unlockAtGesture } from "@/shared/lib/sound";
import { useRealtime, useRealtimeListener } from "@/shared/realtime/context";

export type NoticeSettings = Pick<UserSettings, "sounds" | "delivery">;

/** Tones and desktop notifications: from the leading tab alone, and never for what arrived late. */
export function Notices({ sounds, delivery }: NoticeSettings): null {
  const client = useRealtime();
  const once = useRef(new OncePerClose());
  useRealtimeListener("decision", (alert, late) => {
    const wanted = alert.delivered && alert.mode === "on" && !late && client.status.get().leader;
    if (!wanted) return;
    if (delivery.desktop && alert.confidence >= delivery.minConfidence) notify(alert);
    if (!sounds.enabled || !sounds[alert.direction]) return;
    if (once.current.allow(alert.ts + TIMEFRAME_MS[alert.timeframe])) play(alert.direction, sounds.volume);
  });
  useLockTone(sounds);
  // A session that was resumed had no login click: the first gesture unlocks the sound.
  useEffect(() => unlockAtGesture(window), []);
  return null;
}

function notify(alert: Alert): void {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  new Notification(`${alert.direction === "long" ? "LONG" : "SHORT"} ${alert.symbol}`, {
    body: `${alert.why}. Confidence ${confidence(alert.confidence)}`,
    tag: alert.signalId,
  });
}

/** Sounds once when a lock begins to hold everything back; not for one that was there before. */
function useLockTone(sounds: UserSettings["sounds"]): void {
  const previews = useRiskPreviews().data;
  const before = useRef<number | null>(null);
  const locks = previews === undefined ? null : wholeLocks(previews).length;
  useEffect(() => {
    if (locks === null) return;
    const began = before.current === 0 && locks > 0;
    before.current = locks;
    if (began && sounds.enabled && sounds.lock) play("lock", sounds.volume);
  }, [locks, sounds]);
}
