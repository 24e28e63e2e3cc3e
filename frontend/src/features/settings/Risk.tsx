import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { keys, useRiskPolicy } from "@/shared/api/queries";
import type { RiskPolicy } from "@/shared/api/types";
import { plural } from "@/shared/lib/format";
import { useStore } from "@/shared/lib/store";
import { Problem } from "@/shared/ui/Problem";
import { Loading, QueryView } from "@/shared/ui/states";

import type { Bound } from "./bounds";
import { CommittedNumber } from "./CommittedNumber";
import { changed, FIELD_NAMES, FIELDS, parsed, problemOf, shown, unsaved, type Field } from "./limits";
import classes from "./settings.module.css";
import { Section } from "./useSection";

const MONEY: Bound = { low: 0.01, high: 1_000_000_000, optional: true };

export function Risk(): JSX.Element {
  const policy = useRiskPolicy();
  return (
    <>
      <QueryView query={policy} loading={<Loading label="Loading the risk policy" rows={8} height={62} />}>
        {(saved) => <PolicyForm saved={saved} />}
      </QueryView>
      <h2 className={classes.heading}>Size on the cards</h2>
      <Section name="sizing">
        {(sizing, change) => (
          <CommittedNumber
            label="Money at risk a trade"
            description="From entry to stop, in the instrument's currency. Empty: cards name no size"
            bound={MONEY}
            value={sizing.riskPerTrade}
            save={(riskPerTrade) => change({ riskPerTrade })}
          />
        )}
      </Section>
    </>
  );
}

/** Asks before the browser leaves with something unsaved. */
function useAskBeforeLeaving(asks: boolean): void {
  useEffect(() => {
    if (!asks) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [asks]);
}

function PolicyForm({ saved }: { saved: RiskPolicy }): JSX.Element {
  const client = useQueryClient();
  const change = useStore(unsaved);
  const draft = { ...saved, ...change };
  const count = Object.keys(change).length;
  useAskBeforeLeaving(count > 0);
  const set = <K extends keyof RiskPolicy>(key: K, value: RiskPolicy[K]): void => unsaved.set((old) => changed(old, saved, key, value));
  const save = useMutation({
    mutationFn: () => api.saveRiskPolicy(draft),
    onSuccess: async (policy) => {
      client.setQueryData(keys.riskPolicy, policy);
      unsaved.set({});
      await client.invalidateQueries({ queryKey: keys.riskPreviews });
    },
  });
  const refused = save.error instanceof ApiError ? save.error : null;
  const wrong = FIELDS.some((field) => problemOf(draft, field) !== undefined);
  return (
    <form
      className={classes.fields}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) save.mutate();
      }}
    >
      {FIELDS.map((field) => (
        <Limit key={field.key} field={field} policy={draft} set={(value) => set(field.key, value)} refused={refused?.field(field.key)} />
      ))}
      <Select
        label="What counts as a loss"
        data={[
          { value: "trades", label: "Trades in my journal" },
          { value: "alerts", label: "Outcomes of delivered alerts" },
        ]}
        value={draft.lossSource}
        onChange={(value) => set("lossSource", value === "alerts" ? "alerts" : "trades")}
        error={refused?.field("lossSource")}
      />
      {save.error && <Problem what="Not saved" error={save.error} names={FIELD_NAMES} retry={() => save.mutate()} />}
      <div className={classes.buttons}>
        <Button type="submit" variant="filled" loading={save.isPending} disabled={count === 0 || wrong}>
          Save
        </Button>
        <Button disabled={count === 0} onClick={() => unsaved.set({})}>
          Discard
        </Button>
        <span role="status" className={classes.standing}>
          {count > 0 ? `${plural(count, "change")} not saved yet.` : save.isSuccess ? "Saved. In force from the next signal on." : ""}
        </span>
      </div>
    </form>
  );
}

interface LimitProps {
  field: Field;
  policy: RiskPolicy;
  set: (value: number | null) => void;
  refused: string | undefined;
}

function Limit({ field, policy, set, refused }: LimitProps): JSX.Element {
  const { low, high } = field.bound;
  return (
    <NumberInput
      label={field.label}
      description={`${field.hint}. ${low} to ${high}`}
      clampBehavior="none"
      decimalScale={field.decimals}
      value={shown(policy[field.key], field) ?? ""}
      onChange={(value) => set(parsed(value, field))}
      error={problemOf(policy, field) ?? refused}
    />
  );
}
