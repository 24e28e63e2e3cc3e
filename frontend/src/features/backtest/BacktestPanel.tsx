import { Button, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState, type JSX } from "react";
import { useSearchParams } from "react-router";

import type { AnyRun, Preset } from "@/shared/api/backtest";
import { useRules, useSettings, useSymbols } from "@/shared/api/queries";
import { DEFAULT_SETTINGS } from "@/shared/api/settings";
import { useTourSteps } from "@/shared/api/tour";
import type { Instrument, Rule } from "@/shared/api/types";
import { PageHead } from "@/shared/ui/PageHead";
import { Loading, QueryView } from "@/shared/ui/states";

import classes from "./backtest.module.css";
import { formOf, formOfSweep, initialForm, runRequest, sweepRequest, type FormState } from "./form/model";
import { PresetBar } from "./form/PresetBar";
import { RunForm, type Mode } from "./form/RunForm";
import { useAsk, useRun } from "./queries";
import { Presets } from "./run/Presets";
import { RunPane } from "./run/RunPane";
import { Runs } from "./run/Runs";

const PHONE = "(max-width: 720px)";
const TITLE = "Backtest";

/** The Backtest screen: what to run on the left, what came of it on the right. */
export function BacktestPanel(): JSX.Element {
  const symbols = useSymbols();
  const rules = useRules();
  return (
    <>
      {(rules.data === undefined || symbols.data === undefined) && <PageHead title={TITLE} />}
      <QueryView query={rules} loading={<Loading label="Loading the rules" rows={10} height={40} />}>
        {(known) => (
          <QueryView query={symbols} loading={<Loading label="Loading the symbols" rows={10} height={40} />}>
            {(instruments) => <Panel instruments={instruments} rules={known} />}
          </QueryView>
        )}
      </QueryView>
    </>
  );
}

type Side = Mode | "runs";

interface Address {
  run: string | null;
  other: string | null;
  open: (id: string) => void;
  compare: (id: string | null) => void;
}

/** The open run and the one laid over it live in the address, so that a link shows the same. */
function useAddress(): Address {
  const [params, setParams] = useSearchParams();
  const change = (name: string, value: string | null, drop: readonly string[] = []): void =>
    setParams((old) => {
      for (const other of drop) old.delete(other);
      if (value === null) old.delete(name);
      else old.set(name, value);
      return old;
    });
  return {
    run: params.get("run"),
    other: params.get("with"),
    open: (id) => change("run", id, ["with"]),
    compare: (id) => change("with", id),
  };
}

function Panel({ instruments, rules }: { instruments: readonly Instrument[]; rules: readonly Rule[] }): JSX.Element {
  const phone = useMediaQuery(PHONE);
  const address = useAddress();
  const [side, setSide] = useState<Side>("run");
  const [form, setForm] = useState<FormState>(() => initialForm(instruments, rules));
  const [setup, setSetup] = useState(address.run === null);
  /** The run of a link that was followed here: the form shows what it asked, once it is known. */
  const [linked, setLinked] = useState(address.run);
  const display = (useSettings().data ?? DEFAULT_SETTINGS).display;
  const took = useTourSteps();
  const run = useRun(address.run);
  const other = useRun(address.other);
  const ask = useAsk((taken) => {
    address.open(taken.id);
    setSetup(false);
  });

  const calendarOf = (symbol: string): Instrument["calendar"] =>
    instruments.find((item) => item.symbol === symbol)?.calendar ?? "XNYS";
  const askFor = (next: FormState, mode: Mode): void =>
    ask.mutate(mode === "run" ? { kind: "run", body: runRequest(next) } : { kind: "sweep", body: sweepRequest(next) });
  const fill = (next: FormState, mode: Mode): void => {
    setForm(next);
    setSide(mode);
    setSetup(true);
    ask.reset();
  };
  const fromPreset = (preset: Preset): FormState => formOf(preset.request, rules, calendarOf(preset.request.symbol));
  const fromRun = (earlier: AnyRun): [FormState, Mode] => {
    const calendar = calendarOf(earlier.request.symbol);
    return earlier.kind === "run"
      ? [formOf(earlier.request, rules, calendar), "run"]
      : [formOfSweep(earlier.request, rules, calendar), "sweep"];
  };
  if (linked !== null && run.data?.id === linked) {
    const [next, mode] = fromRun(run.data);
    setLinked(null);
    setForm(next);
    setSide(mode);
  }
  const asked = ask.variables?.kind;

  return (
    <div className={classes.page}>
      {phone && (
        <PageHead
          title={TITLE}
          tools={
            <Button aria-expanded={setup} onClick={() => setSetup(!setup)}>
              {setup ? (address.run === null ? "Show the presets" : "Show the result") : "Change the set-up"}
            </Button>
          }
        />
      )}
      {(!phone || setup) && (
        <aside className={classes.side} aria-label="Set-up">
          {!phone && <PageHead title={TITLE} />}
          <div className={classes.tabs}>
            <SegmentedControl
              fullWidth
              aria-label="Set up a run or a sweep, or look at earlier ones"
              value={side}
              onChange={(value) => setSide(value)}
              data={[
                { value: "run", label: "Run" },
                { value: "sweep", label: "Sweep" },
                { value: "runs", label: "History" },
              ]}
            />
            {side === "run" && <PresetBar form={form} take={(preset) => fill(fromPreset(preset), "run")} />}
          </div>
          {side === "runs" ? (
            <Runs
              instruments={instruments}
              chosen={address.run}
              compared={address.other}
              open={(id) => {
                address.open(id);
                if (phone) setSetup(false);
              }}
              compare={address.compare}
              setUp={() => setSide("run")}
            />
          ) : (
            <RunForm
              mode={side}
              form={form}
              change={setForm}
              instruments={instruments}
              rules={rules}
              submit={() => askFor(form, side)}
              busy={ask.isPending}
              error={asked === side ? ask.error : null}
            />
          )}
        </aside>
      )}
      {(!phone || !setup) && (
        <section className={classes.main} aria-label="Result">
          {address.run === null ? (
            <Presets
              busy={ask.isPending}
              edit={(preset) => fill(fromPreset(preset), "run")}
              run={(preset) => {
                const next = fromPreset(preset);
                setForm(next);
                setSide("run");
                ask.mutate({ kind: "run", body: runRequest(next) }, { onSuccess: () => took("preset") });
              }}
            />
          ) : (
            <RunPane
              key={address.run}
              query={run}
              other={other.data?.kind === "run" ? other.data : null}
              instruments={instruments}
              rules={rules}
              colourPair={display.colourPair}
              compare={address.compare}
              again={(earlier) => fill(...fromRun(earlier))}
              runVariant={(next) => {
                setForm(next);
                setSide("run");
                ask.mutate({ kind: "run", body: runRequest(next) }, { onSuccess: () => took("preset") });
              }}
            />
          )}
        </section>
      )}
    </div>
  );
}
