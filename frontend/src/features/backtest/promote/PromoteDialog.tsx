import { Button, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type JSX } from "react";

import type { BacktestRun, RunResult } from "@/shared/api/backtest";
import { golden, goldenKeys, type Candidate } from "@/shared/api/golden";
import { ApiError } from "@/shared/api/http";
import { useTourSteps } from "@/shared/api/tour";
import type { Instrument, Rule } from "@/shared/api/types";
import { clock, plural } from "@/shared/lib/format";

import { useWallClock } from "../useWallClock";
import { NAME, runRange, stretchOf, suggestedName, suggestedRange, type DateRange } from "./model";
import { Outcome } from "./Outcome";
import classes from "./promote.module.css";
import { Refusal } from "./Refusal";

export interface PromoteDialogProps {
  run: BacktestRun;
  result: RunResult;
  rules: readonly Rule[];
  instrument: Instrument | undefined;
  /** What the timeline is zoomed to. */
  zoomed: DateRange | null;
  close: () => void;
}

/** Freezes a stretch of the run as a golden case: the file for oneself, the candidate for review. */
export function PromoteDialog(props: PromoteDialogProps): JSX.Element {
  const { close } = props;
  const client = useQueryClient();
  const took = useTourSteps();
  const promote = useMutation({
    mutationFn: golden.promote,
    onSuccess: (candidate) => {
      void client.invalidateQueries({ queryKey: goldenKeys.overview });
      download(candidate);
      took("promote");
    },
  });
  return (
    <Modal opened onClose={close} title="Promote as Golden" size={560}>
      {promote.data ? (
        <Outcome candidate={promote.data} again={() => download(promote.data)} close={close} />
      ) : (
        <PromoteForm {...props} promote={promote.mutate} pending={promote.isPending} since={promote.submittedAt} error={promote.error} />
      )}
    </Modal>
  );
}

/** The fixture as a file of the browser's; the server answers with a disposition that names it. */
function download(candidate: Candidate): void {
  const link = document.createElement("a");
  link.href = golden.filePath(candidate.name);
  link.download = `${candidate.name}.json`;
  document.body.append(link);
  link.click();
  link.remove();
}

interface FormProps extends PromoteDialogProps {
  promote: (body: Parameters<typeof golden.promote>[0]) => void;
  pending: boolean;
  since: number;
  error: Error | null;
}

function PromoteForm({ run, result, rules, instrument, zoomed, close, promote, pending, since, error }: FormProps): JSX.Element {
  const calendar = instrument?.calendar ?? "XNYS";
  const whole = runRange(run.request, calendar);
  const fired = Object.entries(result.metrics.perRule).sort(([, a], [, b]) => b.triggers - a.triggers);
  const [ruleId, setRuleId] = useState(fired[0]?.[0] ?? "");
  const [range, setRange] = useState<[string | null, string | null]>(() => {
    const { from, to } = zoomed ?? suggestedRange(result, ruleId, calendar, whole);
    return [from, to];
  });
  const [typedName, setTypedName] = useState<string | null>(null);
  const [notes, setNotes] = useState("");
  const box = useRef<HTMLFormElement>(null);
  const [from, to] = [range[0], range[1] ?? range[0]];
  const name = typedName ?? suggestedName(run.request.symbol, ruleId, to ?? whole.to);
  const field = (attr: string): string | undefined => (error instanceof ApiError ? error.field(attr) : undefined);
  const stretch = from && to ? stretchOf(result, ruleId, calendar, { from, to }) : null;
  const wrongName = NAME.test(name) ? undefined : "3 to 80 small letters, digits and underscores, not beginning with one";
  return (
    <form
      ref={box}
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (from && to) promote({ runId: run.id, ruleId, name, notes, from, to });
      }}
    >
      <p className={classes.lead}>
        A golden case holds bars and what must come of them. Coach plants faults in the rule&apos;s code and in the bars; a case that
        notices fewer than 60 % of the faults in the code is refused.
      </p>
      <div className={classes.pair}>
        <Select
          label="Rule"
          data={fired.map(([id, cell]) => ({
            value: id,
            label: `${rules.find((rule) => rule.ruleId === id)?.title ?? id} (${cell.triggers})`,
            disabled: cell.triggers === 0,
          }))}
          value={ruleId}
          onChange={(next) => {
            if (next === null) return;
            setRuleId(next);
            if (zoomed === null) {
              const around = suggestedRange(result, next, calendar, whole);
              setRange([around.from, around.to]);
            }
          }}
          error={field("ruleId")}
        />
        <DatePickerInput
          type="range"
          label="Sessions"
          size="xs"
          allowSingleDateInRange
          valueFormat="MMM DD, YYYY"
          firstDayOfWeek={1}
          minDate={whole.from}
          maxDate={whole.to}
          value={range}
          onChange={setRange}
          error={field("from") ?? field("to")}
        />
      </div>
      <p className={classes.stretch} aria-live="polite">
        {stretch === null
          ? "Choose the sessions."
          : `Asserts ${plural(stretch.long, "long")}, ${plural(stretch.short, "short")} and silence on the bars beside them.`}
        {stretch !== null && (stretch.long === 0 || stretch.short === 0) && " Both directions notice more faults."}
      </p>
      <TextInput
        label="Name"
        description="Its file: golden/cases/NAME.json"
        value={name}
        onChange={(event) => setTypedName(event.currentTarget.value)}
        error={field("name") ?? wrongName}
      />
      <Textarea
        label="Notes"
        size="xs"
        rows={3}
        maxLength={500}
        placeholder="Why these bars matter"
        value={notes}
        onChange={(event) => setNotes(event.currentTarget.value)}
        error={field("notes")}
      />
      {error && <Refusal error={error} retry={() => box.current?.requestSubmit()} />}
      <div className={classes.actions}>
        {pending && <Planting since={since} />}
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" variant="filled" loading={pending} disabled={stretch === null || wrongName !== undefined || ruleId === ""}>
          Plant faults and promote
        </Button>
      </div>
    </form>
  );
}

function Planting({ since }: { since: number }): JSX.Element {
  const now = useWallClock();
  return (
    <span className={classes.planting} role="status">
      Planting faults … {clock(now - since)}
    </span>
  );
}
