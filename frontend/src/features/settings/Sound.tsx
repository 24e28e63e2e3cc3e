import { Button, Switch } from "@mantine/core";
import type { JSX } from "react";

import { number } from "@/shared/lib/format";
import { play, unlockSound, type Tone } from "@/shared/lib/sound";

import classes from "./settings.module.css";
import { Section } from "./useSection";
import { Range, Voice } from "./Voice";

const TONES: readonly { tone: Tone; label: string }[] = [
  { tone: "long", label: "Long alerts (rising)" },
  { tone: "short", label: "Short alerts (falling)" },
  { tone: "lock", label: "Locks (low)" },
];

export function Sound(): JSX.Element {
  return (
    <>
      <Tones />
      <Voice />
    </>
  );
}

function Tones(): JSX.Element {
  return (
    <Section name="sounds">
      {(sounds, change) => (
        <>
          <Switch label="Tones" checked={sounds.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
          {TONES.map(({ tone, label }) => (
            <div key={tone} className={classes.row}>
              <Switch
                label={label}
                disabled={!sounds.enabled}
                checked={sounds[tone]}
                onChange={(event) => change({ [tone]: event.currentTarget.checked })}
              />
              <Button
                size="compact-xs"
                onClick={() => void unlockSound().then(() => play(tone, sounds.volume))}
              >
                Try
              </Button>
            </div>
          ))}
          <Range label="Volume" value={sounds.volume * 100} min={0} max={100} step={1} write={number} save={(value) => change({ volume: value / 100 })} />
        </>
      )}
    </Section>
  );
}
