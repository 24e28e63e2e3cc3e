import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { keys, useRiskPolicy } from "@/shared/api/queries";
import type { RiskPolicy } from "@/shared/api/types";
import { Loading, QueryView } from "@/shared/ui/states";

import classes from "./settings.module.css";
import { Section } from "./useSection";

type NumberKey = Exclude<keyof RiskPolicy, "lossSource">;

interface Field {
  key: NumberKey;
  label: string;
  hint: string;
  /** Shown × scale: confidences as 0–100, cooldowns in minutes. */
  scale: number;
  optional: boolean;
  decimals: number;
}

const FIELDS: readonly Field[] = [
  { key: "baseConfidence", label: "Base confidence", hint: "The gate at score 0, of 100", scale: 100, optional: false, decimals: 1 },
  { key: "cooldownSeconds", label: "Cooldown, minutes", hint: "Between alerts of one rule, symbol and direction, at score 0", scale: 1 / 60, optional: false, decimals: 2 },
  { key: "dailyLossR", label: "Daily loss, R", hint: "Locks to the session's end. Empty: no limit", scale: 1, optional: true, decimals: 2 },
  { key: "lossStreak", label: "Losses in a row", hint: "Locks to the session's end. Empty: no limit", scale: 1, optional: true, decimals: 0 },
  { key: "alertsPerHour", label: "Alerts an hour", hint: "In the trailing 60 minutes. Empty: no limit", scale: 1, optional: true, decimals: 0 },
  { key: "dailyAlertBudget", label: "Alerts a session", hint: "Budget of the second governor. Empty: none", scale: 1, optional: true, decimals: 0 },
  { key: "staleAfterBars", label: "Stale after, bars", hint: "Older data hold alerts back", scale: 1, optional: false, decimals: 1 },
];

export function Risk(): JSX.Element {
  const policy = useRiskPolicy();
  return (
    <>
      <QueryView query={policy} loading={<Loading label="Loading the risk policy" rows={8} height={36} />}>
        {(saved) => <PolicyForm saved={saved} />}
      </QueryView>
      <h2 className={classes.heading}>Size on the cards</h2>
      <Section name="sizing">
        {(sizing, change) => <RiskPerTrade value={sizing.riskPerTrade} save={(riskPerTrade) => change({ riskPerTrade })} />}
      </Section>
    </>
  );
}

function RiskPerTrade({ value, save }: { value: number | null; save: (value: number | null) => void }): JSX.Element {
  const [text, setText] = useState<number | string>(value ?? "");
  return (
    <NumberInput
      label="Money at risk a trade"
      description="From entry to stop, in the instrument's currency. Empty: cards name no size"
      min={0}
      value={text}
      onChange={setText}
      onBlur={() => {
        const next = text === "" ? null : Number(text);
        if (next !== value) save(next);
      }}
    />
  );
}

function PolicyForm({ saved }: { saved: RiskPolicy }): JSX.Element {
  const client = useQueryClient();
  const [draft, setDraft] = useState(saved);
  const save = useMutation({
    mutationFn: () => api.saveRiskPolicy(draft),
    onSuccess: async (policy) => {
      client.setQueryData(keys.riskPolicy, policy);
      setDraft(policy);
      await client.invalidateQueries({ queryKey: keys.riskPreviews });
    },
  });
  const refused = save.error instanceof ApiError ? save.error : null;
  const named = FIELDS.some((field) => refused?.field(field.key) !== undefined);
  return (
    <form
      className={classes.fields}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {FIELDS.map((field) => (
        <NumberInput
          key={field.key}
          label={field.label}
          description={field.hint}
          required={!field.optional}
          withAsterisk={false}
          decimalScale={field.decimals}
          value={shown(draft[field.key], field)}
          onChange={(value) => setDraft((old) => ({ ...old, [field.key]: parsed(value, field) }))}
          error={refused?.field(field.key)}
        />
      ))}
      <Select
        label="What counts as a loss"
        data={[
          { value: "trades", label: "Trades in my journal" },
          { value: "alerts", label: "Outcomes of delivered alerts" },
        ]}
        value={draft.lossSource}
        onChange={(value) => setDraft((old) => ({ ...old, lossSource: value === "alerts" ? "alerts" : "trades" }))}
        error={refused?.field("lossSource")}
      />
      {save.error && !named && (
        <p role="alert" className={classes.problem}>
          Not saved: {save.error.message}
        </p>
      )}
      <div className={classes.row}>
        <Button type="submit" variant="filled" loading={save.isPending}>
          Save
        </Button>
        {save.isSuccess && <span role="status">Saved. In force from the next signal on.</span>}
      </div>
    </form>
  );
}

function shown(value: number | null, field: Field): number | string {
  return value === null ? "" : Number((value * field.scale).toFixed(field.decimals + 2));
}

function parsed(value: number | string, field: Field): number | null {
  if (value === "") return null;
  const own = Number(value) / field.scale;
  return field.key === "cooldownSeconds" ? Math.round(own) : Number(own.toFixed(6));
}
