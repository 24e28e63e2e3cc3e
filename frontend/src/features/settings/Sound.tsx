import "@mantine/core/styles/Slider.layer.css";

import { Button, Slider, Switch } from "@mantine/core";
import { useState, type JSX } from "react";

import { play, unlockSound, type Tone } from "@/shared/lib/sound";

import classes from "./settings.module.css";
import { Section } from "./useSection";
import { Voice } from "./Voice";

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
                onClick={() => {
                  unlockSound();
                  play(tone, sounds.volume);
                }}
              >
                Try
              </Button>
            </div>
          ))}
          <Volume value={sounds.volume} save={(volume) => change({ volume })} />
        </>
      )}
    </Section>
  );
}

function Volume({ value, save }: { value: number; save: (value: number) => void }): JSX.Element {
  const [shown, setShown] = useState(value * 100);
  return (
    <div>
      <span id="volume-label">Volume</span>
      <Slider thumbProps={{ "aria-labelledby": "volume-label" }} value={shown} onChange={setShown} onChangeEnd={(end) => save(end / 100)} />
    </div>
  );
}
