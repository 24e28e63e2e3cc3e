import "@mantine/core/styles/Switch.layer.css";

import { Popover, Tooltip, UnstyledButton } from "@mantine/core";
import { IconMicrophone, IconPlayerStopFilled, IconVolume, IconVolumeOff } from "@tabler/icons-react";
import { useEffect, useState, type JSX } from "react";

import { useSaveSettings, useSettings } from "@/shared/api/queries";
import { DEFAULT_SETTINGS, type UserSettings } from "@/shared/api/settings";
import { useTourSteps } from "@/shared/api/tour";
import { createStore, useStore } from "@/shared/lib/store";
import { useRealtime, useRealtimeListener, useStreamStatus } from "@/shared/realtime/context";
import { useKeys } from "@/shared/ui/keyboard";

import { useVoiceCoach } from "./useVoiceCoach";
import classes from "./voice.module.css";
import { SILENT_STATE, type Caption, type VoiceCoach, type VoiceState } from "./VoiceCoach";
import { VoicePanel } from "./VoicePanel";

const NOBODY = createStore<VoiceState>(SILENT_STATE);

/** From tab to tab: what a key asked for, and what the speaking tab says. */
type Told = { what: "interrupt" | "quiet" } | { what: "caption"; caption: Caption };

/** The header's voice: what is being said, a button to cut in, and everything else behind one click. */
export default function VoiceControl({ phone }: { phone: boolean }): JSX.Element {
  const voice = (useSettings().data ?? DEFAULT_SETTINGS).voice;
  const save = useSaveSettings();
  const coach = useVoiceCoach(voice);
  const state = useStore(coach?.state ?? NOBODY);
  const act = useActs(coach, state, voice.enabled);
  const change = (part: Partial<UserSettings["voice"]>): void => save.mutate({ voice: { ...voice, ...part } });
  const caption = useCaption(coach, state, voice.enabled);
  const name = nameOf(voice.enabled, coach !== null, state);
  return (
    <div className={classes.control} data-phone={phone || undefined}>
      {caption && (
        <span className={classes.caption} data-state={caption.state} data-testid="voice-caption" title={caption.text}>
          {caption.text}
        </span>
      )}
      {state.sounding !== null && (
        <Tooltip label="Interrupt (Esc)">
          <UnstyledButton className={classes.stop} aria-label="Interrupt the voice" onClick={(event) => act.interrupt(event.timeStamp)}>
            <IconPlayerStopFilled size={14} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      )}
      <Popover position="bottom-end" withinPortal width={320} trapFocus returnFocus>
        <Popover.Target>
          <UnstyledButton className={classes.button} data-on={voice.enabled || undefined} data-testid="voice" aria-label={`Voice: ${name}`}>
            {voice.enabled && !state.quiet ? <IconVolume size={16} aria-hidden /> : <IconVolumeOff size={16} aria-hidden />}
            {!phone && <span>{name}</span>}
            {state.microphone === "on" && <IconMicrophone size={14} aria-label="The microphone is on" />}
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <VoicePanel voice={voice} change={change} coach={coach} state={state} act={act} />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function nameOf(enabled: boolean, here: boolean, state: VoiceState): string {
  if (!enabled) return "Voice off";
  if (!here) return "Other tab";
  if (state.phase !== "open") return state.phase === "closed" ? "Signed out" : "Connecting";
  if (state.quiet) return "Silent";
  if (!state.unlocked) return "Click to hear";
  return state.sounding === null ? "Voice on" : "Speaking";
}

/** The last caption, in the tab that speaks and in the others. */
function useCaption(coach: VoiceCoach | null, state: VoiceState, enabled: boolean): Caption | undefined {
  const client = useRealtime();
  const [elsewhere, setElsewhere] = useState<Caption>();
  const here = state.captions[0];
  useEffect(() => {
    if (here) client.tell("voice", { what: "caption", caption: here } satisfies Told);
  }, [client, here]);
  useRealtimeListener("note", (topic, body) => {
    const told = body as Told;
    if (topic === "voice" && told.what === "caption") setElsewhere(told.caption);
  });
  if (!enabled) return undefined;
  return coach ? here : elsewhere;
}

export interface Acts {
  interrupt: (at: number) => void;
  toggleQuiet: (at: number) => void;
}

/** Keys and buttons work in every tab; the one that speaks does what they ask. */
function useActs(coach: VoiceCoach | null, state: VoiceState, enabled: boolean): Acts {
  const client = useRealtime();
  const { leader } = useStreamStatus();
  const took = useTourSteps();
  const cutIn = (speaker: VoiceCoach, at: number): void => {
    if (state.sounding !== null) took("interrupt");
    speaker.interrupt(at);
  };
  const acts: Acts = {
    interrupt: (at) => {
      if (coach) cutIn(coach, at);
      else if (!leader) client.tell("voice", { what: "interrupt" } satisfies Told);
    },
    toggleQuiet: (at) => {
      if (coach) coach.setQuiet(!state.quiet, at);
      else if (!leader) client.tell("voice", { what: "quiet" } satisfies Told);
    },
  };
  useRealtimeListener("note", (topic, body) => {
    if (topic !== "voice" || coach === null) return;
    const { what } = body as Told;
    const now = performance.now();
    if (what === "interrupt") cutIn(coach, now);
    else if (what === "quiet") coach.setQuiet(!state.quiet, now);
  });
  useKeys(enabled ? { silenceVoice: acts.toggleQuiet, interruptVoice: acts.interrupt } : {});
  return acts;
}
