import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { keys } from "@/shared/api/queries";
import type { UserSettings } from "@/shared/api/settings";
import { useRealtime, useStreamStatus } from "@/shared/realtime/context";

import { Microphone } from "./audio/microphone";
import { Player } from "./audio/player";
import { BrowserSpeech } from "./browserSpeech";
import { VoiceSocket } from "./socket";
import { VoiceCoach } from "./VoiceCoach";

function socketUrl(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws/coach`;
}

/** The coach of this browser: it speaks in the leading tab alone; null elsewhere and when it is off. */
export function useVoiceCoach(voice: UserSettings["voice"]): VoiceCoach | null {
  const client = useRealtime();
  const queries = useQueryClient();
  const { leader } = useStreamStatus();
  const [coach, setCoach] = useState<VoiceCoach | null>(null);
  const wanted = voice.enabled && leader;

  useEffect(() => {
    if (!wanted) return undefined;
    const made = new VoiceCoach({
      player: (events) => new Player(events),
      browserVoice: (done) => (BrowserSpeech.available ? new BrowserSpeech(done) : null),
      socket: (events) => new VoiceSocket(socketUrl(), events),
      microphone: (heard) => new Microphone(heard),
      labelled: (signalId, label) => {
        client.alerts.setLabel(signalId, label);
        client.tell("label", { signalId, label });
        void queries.invalidateQueries({ queryKey: keys.ruleMetrics });
        void queries.invalidateQueries({ queryKey: keys.riskPreviews });
      },
    });
    made.start();
    // It opens connections, so an effect makes and closes it; nothing else can give the value.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setCoach(made);
    const unlock = (): void => void made.unlock();
    window.addEventListener("pointerdown", unlock);
    window.addEventListener("keydown", unlock);
    return () => {
      window.removeEventListener("pointerdown", unlock);
      window.removeEventListener("keydown", unlock);
      made.close();
      setCoach(null);
    };
  }, [wanted, client, queries]);

  useEffect(() => coach?.setVolume(voice.volume), [coach, voice.volume]);
  useEffect(() => {
    if (coach === null || !voice.bargeIn) return undefined;
    void coach.listen(true);
    return () => void coach.listen(false);
  }, [coach, voice.bargeIn]);
  return coach;
}
