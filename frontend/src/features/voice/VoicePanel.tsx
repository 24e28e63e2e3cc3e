import { ActionIcon, Button, Switch, TextInput } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import { useState, type JSX } from "react";
import { Link } from "react-router";

import type { UserSettings } from "@/shared/api/settings";
import { localTime, otherZones } from "@/shared/lib/marketTime";

import { recognise, recognitionAvailable } from "./recognition";
import type { Acts } from "./VoiceControl";
import classes from "./voice.module.css";
import type { Caption, VoiceCoach, VoiceState } from "./VoiceCoach";

const MAKERS: Readonly<Record<string, string>> = {
  espeak: "eSpeak NG, on this server",
  remote: "a speech server",
};
const STATES: Readonly<Record<Caption["state"], string>> = {
  saying: "speaking",
  said: "said",
  cut: "interrupted",
  shown: "shown only",
};

export interface VoicePanelProps {
  voice: UserSettings["voice"];
  change: (part: Partial<UserSettings["voice"]>) => void;
  coach: VoiceCoach | null;
  state: VoiceState;
  act: Acts;
}

export function VoicePanel({ voice, change, coach, state, act }: VoicePanelProps): JSX.Element {
  return (
    <div className={classes.panel}>
      <Switch label="Speak alerts" checked={voice.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
      {voice.enabled && coach === null && <p className={classes.note}>The coach speaks in another tab of this browser.</p>}
      {coach && <Conversation coach={coach} state={state} act={act} />}
      {voice.enabled && (
        <Switch
          label="Stop when I speak"
          description={microphoneText(state.microphone)}
          classNames={{ description: classes.description ?? "" }}
          checked={voice.bargeIn}
          onChange={(event) => change({ bargeIn: event.currentTarget.checked })}
        />
      )}
      <Link to="/settings?section=sound" className={classes.link ?? ""}>
        Rules, symbols, speed
      </Link>
    </div>
  );
}

function microphoneText(microphone: VoiceState["microphone"]): string {
  if (microphone === "refused") return "The browser gives no microphone. Allow it in the address bar.";
  if (microphone === "asking") return "The browser asks for the microphone.";
  return "Listens through the microphone; nothing is recorded or sent.";
}

function Conversation({ coach, state, act }: { coach: VoiceCoach; state: VoiceState; act: Acts }): JSX.Element {
  const maker = state.synthesizer === null ? "the browser's own voice" : (MAKERS[state.synthesizer] ?? state.synthesizer);
  return (
    <>
      <p className={classes.note}>Spoken by {maker}.</p>
      <div className={classes.row}>
        <Button size="compact-sm" onClick={(event) => act.toggleQuiet(event.timeStamp)}>
          {state.quiet ? "Speak again" : "Silence"}
        </Button>
        <Button size="compact-sm" disabled={state.sounding === null} onClick={(event) => act.interrupt(event.timeStamp)}>
          Interrupt
        </Button>
        <Button size="compact-sm" disabled={state.quiet} onClick={() => coach.sample()}>
          Hear a sample
        </Button>
      </div>
      <CommandLine coach={coach} problem={state.problem} />
      <Captions coach={coach} captions={state.captions} />
      {state.muted.map(({ symbol, until }) => (
        <div key={symbol} className={classes.muted}>
          <span>
            {symbol} muted until <span title={otherZones(Date.parse(until))}>{localTime(Date.parse(until))} local time</span>
          </span>
          <Button size="compact-xs" onClick={() => coach.unmute(symbol)}>
            Unmute
          </Button>
        </div>
      ))}
    </>
  );
}

function CommandLine({ coach, problem }: { coach: VoiceCoach; problem: string | null }): JSX.Element {
  const [text, setText] = useState("");
  const [listening, setListening] = useState(false);
  const [unheard, setUnheard] = useState<string | null>(null);
  const listen = (): void => {
    setListening(true);
    setUnheard(null);
    recognise({
      heard: (heard) => coach.command(heard),
      problem: (error) => setUnheard(`Not heard: ${error}.`),
      done: () => setListening(false),
    });
  };
  return (
    <form
      className={classes.command}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "") return;
        coach.command(text.trim());
        setText("");
      }}
    >
      <TextInput
        label="Tell the coach"
        placeholder="good, bad, late, why, mute SPY 10 minutes"
        value={text}
        maxLength={200}
        error={unheard ?? problem}
        onChange={(event) => setText(event.currentTarget.value)}
        rightSection={
          recognitionAvailable() ? (
            <ActionIcon
              aria-label={listening ? "Listening" : "Say a command (your browser may recognise it on its maker's servers)"}
              title="Say a command. Your browser may recognise it on its maker's servers."
              loading={listening}
              onClick={listen}
            >
              <IconMicrophone size={14} aria-hidden />
            </ActionIcon>
          ) : null
        }
      />
    </form>
  );
}

function Captions({ coach, captions }: { coach: VoiceCoach; captions: readonly Caption[] }): JSX.Element {
  if (captions.length === 0) return <p className={classes.note}>Nothing said yet.</p>;
  return (
    <ol className={classes.captions} aria-label="What was said">
      {captions.map(({ key, kind, text, state, signalId }) => (
        <li key={key} data-state={state}>
          <span className={classes.said}>{text}</span>
          <span className={classes.state}>
            {kind !== "answer" && STATES[state]}
            {kind === "alert" && signalId !== null && (
              <button type="button" className={classes.why} onClick={() => coach.explain(signalId)}>
                Why?
              </button>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
