import "@mantine/core/styles/Slider.layer.css";

import { Button, SegmentedControl, Skeleton, Slider, Switch } from "@mantine/core";
import { useState, type JSX } from "react";
import { Link } from "react-router";

import { useRules, useRuleSettings, useSaveRuleSettings, useWatchlist } from "@/shared/api/queries";
import type { UserSettings } from "@/shared/api/settings";
import type { Rule } from "@/shared/api/types";
import { number } from "@/shared/lib/format";
import { Problem } from "@/shared/ui/Problem";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import classes from "./settings.module.css";
import { Section } from "./useSection";

type Mode = "on" | "silent" | "off";

const MODES: readonly { value: Mode; label: string }[] = [
  { value: "on", label: "Spoken" },
  { value: "silent", label: "Caption" },
  { value: "off", label: "Off" },
];

/** The spoken coach: how loud, how fast, about which symbols and rules. */
export function Voice(): JSX.Element {
  return (
    <>
      <h2 className={classes.heading}>Voice</h2>
      <Section name="voice">
        {(voice, change) => (
          <>
            <Switch label="Speak alerts" checked={voice.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
            <Switch
              label="Stop when I speak"
              description="Listens through the microphone; nothing is recorded or sent"
              disabled={!voice.enabled}
              checked={voice.bargeIn}
              onChange={(event) => change({ bargeIn: event.currentTarget.checked })}
            />
            <Range label="Voice volume" value={voice.volume * 100} min={0} max={100} step={1} write={number} save={(value) => change({ volume: value / 100 })} />
            <Range label="Speed" value={voice.rate} min={0.5} max={2} step={0.1} write={speed} save={(rate) => change({ rate })} />
            <Symbols symbols={voice.symbols} save={(symbols) => change({ symbols })} />
          </>
        )}
      </Section>
      <h3 className={classes.heading}>By rule</h3>
      <p className={classes.hint}>The same switch as on the Rules page: an off rule sends no alert at all.</p>
      <RuleModes />
    </>
  );
}

interface RangeProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  write: (value: number) => string;
  save: (value: number) => void;
}

const speed = (rate: number): string => `${number(rate, 1)}×`;

export function Range({ label, value, save, write, ...range }: RangeProps): JSX.Element {
  const [shown, setShown] = useState(value);
  return (
    <div>
      <span className={classes.row}>
        {label} <span>{write(shown)}</span>
      </span>
      <Slider thumbLabel={label} thumbValueText={write(shown)} {...range} value={shown} onChange={setShown} onChangeEnd={save} />
    </div>
  );
}

type SymbolModes = UserSettings["voice"]["symbols"];

function Symbols({ symbols, save }: { symbols: SymbolModes; save: (symbols: SymbolModes) => void }): JSX.Element {
  const watchlist = useWatchlist().data ?? [];
  return (
    <div role="group" aria-label="By symbol" className={classes.fields}>
      <h3 className={classes.heading}>By symbol</h3>
      {watchlist.length === 0 && <Empty reason="You watch no symbol." action={<Button component={Link} to="/">Add symbols on Live</Button>} />}
      {watchlist.map((symbol) => (
        <Choice
          key={symbol}
          name={symbol}
          value={symbols[symbol] ?? "on"}
          save={(mode) => {
            const others = Object.fromEntries(Object.entries(symbols).filter(([name]) => name !== symbol));
            save(mode === "on" ? others : { ...others, [symbol]: mode });
          }}
        />
      ))}
    </div>
  );
}

function RuleModes(): JSX.Element {
  const rules = useRules();
  return (
    <QueryView query={rules} loading={<Loading label="Loading the rules" rows={7} height={28} />}>
      {(list) => (
        <div role="group" aria-label="By rule" className={classes.fields}>
          {list.map((rule) => (
            <RuleMode key={rule.ruleId} rule={rule} />
          ))}
        </div>
      )}
    </QueryView>
  );
}

function RuleMode({ rule }: { rule: Rule }): JSX.Element {
  const settings = useRuleSettings(rule.ruleId);
  const save = useSaveRuleSettings(rule.ruleId);
  return (
    <QueryView query={settings} loading={<Skeleton height={28} radius="sm" />}>
      {({ mode, mutedUntil }) => (
        <>
          <Choice name={rule.title} value={mode} save={(next) => save.mutate({ mode: next, mutedUntil })} />
          {save.error && <Problem what={`${rule.title} not saved`} error={save.error} retry={() => save.mutate(save.variables)} />}
        </>
      )}
    </QueryView>
  );
}

function Choice({ name, value, save }: { name: string; value: Mode; save: (mode: Mode) => void }): JSX.Element {
  return (
    <div className={classes.choice}>
      <span>{name}</span>
      <SegmentedControl size="xs" aria-label={name} data={[...MODES]} value={value} onChange={(next) => save(next)} />
    </div>
  );
}
