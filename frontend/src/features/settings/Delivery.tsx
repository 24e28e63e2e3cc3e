import { Button, MultiSelect, NumberInput, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useRef, useState, type JSX, type RefObject } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { keys, useRules } from "@/shared/api/queries";
import type { CreatedDestination, Destination, DestinationChange, NewDestination } from "@/shared/api/types";
import { confidence, count, plural } from "@/shared/lib/format";
import { Problem } from "@/shared/ui/Problem";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { boundProblem, CONFIDENCE } from "./bounds";
import classes from "./settings.module.css";

type RuleId = NonNullable<NewDestination["rules"]>[number];

const FIELD_NAMES = { name: "Name", url: "Address", rules: "Rules", minConfidence: "Confidence from", kind: "Kind" } as const;
const EXAMPLES = { apprise: "tgram://bot-token/chat-id", webhook: "https://example.com/coach" } as const;

/** Where alerts go besides the page. */
export function Delivery(): JSX.Element {
  const first = useRef<HTMLInputElement>(null);
  const destinations = useQuery({ queryKey: keys.destinations, queryFn: api.destinations, refetchInterval: 30_000 });
  return (
    <>
      <h2 className={classes.heading}>Outside this page</h2>
      <QueryView query={destinations} loading={<Loading label="Loading the destinations" rows={2} height={64} />}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              reason="Alerts go nowhere else. Telegram, Slack, e-mail or a webhook can have them."
              action={<Button onClick={() => first.current?.focus()}>Add a destination</Button>}
            />
          ) : (
            <ul className={classes.destinations}>
              {list.map((destination) => (
                <li key={destination.id}>
                  <Row destination={destination} />
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
      <h2 className={classes.heading}>Add a destination</h2>
      <NewForm first={first} />
    </>
  );
}

function useChange<V, R>(change: (value: V) => Promise<R>): UseMutationResult<R, Error, V> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: keys.destinations }),
  });
}

function standing({ sent, waiting, failed }: Destination): string {
  return [`${count(sent)} sent`, waiting > 0 && `${count(waiting)} waiting`, failed > 0 && `${count(failed)} failed`].filter(Boolean).join(", ");
}

function which({ rules, minConfidence }: Destination): string {
  const what = rules === undefined || rules.length === 0 ? "every rule" : plural(rules.length, "rule");
  return minConfidence > 0 ? `${what}, confidence from ${confidence(minConfidence)}` : what;
}

function Row({ destination }: { destination: Destination }): JSX.Element {
  const { id, name } = destination;
  const change = useChange((body: DestinationChange) => api.changeDestination(id, body));
  const remove = useChange(() => api.deleteDestination(id));
  const test = useChange(() => api.testDestination(id));
  const problem = change.error ?? remove.error ?? test.error;
  return (
    <div className={classes.destination}>
      <div className={classes.row}>
        <Switch
          label={name}
          checked={destination.enabled}
          onChange={(event) => change.mutate({ enabled: event.currentTarget.checked })}
        />
        <span className={classes.buttons}>
          <Button size="compact-xs" loading={test.isPending} onClick={() => test.mutate(undefined)}>
            Send a test
          </Button>
          <Button size="compact-xs" loading={remove.isPending} onClick={() => remove.mutate(undefined)} aria-label={`Remove ${name}`}>
            Remove
          </Button>
        </span>
      </div>
      <p className={classes.about}>
        {destination.target} · {which(destination)} · {standing(destination)}
      </p>
      {destination.lastError !== "" && <p className={classes.problem}>Last failure: {destination.lastError}</p>}
      <p role="status" className={test.data?.delivered === false ? classes.problem : classes.about}>
        {test.data && (test.data.delivered ? "The test was taken." : `The test was not taken: ${test.data.detail}`)}
      </p>
      {problem && <Problem error={problem} />}
    </div>
  );
}

function NewForm({ first }: { first: RefObject<HTMLInputElement | null> }): JSX.Element {
  const rules = useRules();
  const [kind, setKind] = useState<NewDestination["kind"]>("apprise");
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [least, setLeast] = useState<number | string>(0);
  const add = useChange(api.createDestination);
  const known = (id: string): id is RuleId => rules.data?.some((rule) => rule.ruleId === id) ?? false;
  const refused = add.error instanceof ApiError ? add.error : null;
  const wrong = boundProblem(least === "" ? null : Number(least), CONFIDENCE);
  const submit = (): void => {
    const body = { kind, name, url, rules: chosen.filter(known), minConfidence: Number(least) / 100 };
    add.mutate(body, {
      onSuccess: () => {
        setName("");
        setUrl("");
      },
    });
  };
  return (
    <form
      className={classes.fields}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SegmentedControl
        aria-label="Kind of destination"
        value={kind}
        onChange={(value) => setKind(value)}
        data={[
          { value: "apprise", label: "Telegram, Slack, e-mail…" },
          { value: "webhook", label: "Signed webhook" },
        ]}
      />
      <TextInput ref={first} label="Name" required maxLength={60} value={name} onChange={(event) => setName(event.currentTarget.value)} error={refused?.field("name")} />
      <TextInput
        label="Address"
        description={kind === "apprise" ? "An Apprise address: tgram, slack, discord, mailtos, ntfys, pover, …" : "Where each alert is posted, signed (Standard Webhooks)"}
        placeholder={EXAMPLES[kind]}
        required
        autoComplete="off"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={refused?.field("url")}
      />
      <MultiSelect
        label="Rules"
        placeholder={chosen.length === 0 ? "Every rule" : ""}
        data={(rules.data ?? []).map((rule) => ({ value: rule.ruleId, label: rule.title }))}
        value={chosen}
        onChange={setChosen}
        clearable
      />
      <NumberInput label="Confidence from" description="Of 100" clampBehavior="none" value={least} onChange={setLeast} error={wrong ?? refused?.field("minConfidence")} />
      {add.error && <Problem what="Not added" error={add.error} names={FIELD_NAMES} retry={submit} />}
      <div className={classes.buttons}>
        <Button type="submit" variant="filled" loading={add.isPending} disabled={wrong !== undefined}>
          Add
        </Button>
      </div>
      {add.data && <Secret made={add.data} />}
    </form>
  );
}

/** Shown this once: the receiver needs it to check the signature. */
function Secret({ made }: { made: CreatedDestination }): JSX.Element | null {
  if (made.secret === null) return null;
  return (
    <p role="status" className={classes.about}>
      Signing secret of {made.name}, shown only now: <code>{made.secret}</code>
    </p>
  );
}
