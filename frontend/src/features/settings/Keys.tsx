import { Button, Kbd, Switch, VisuallyHidden } from "@mantine/core";
import { useState, type JSX, type KeyboardEvent } from "react";

import { ACTIONS, bindingsWith, keyCap, ownerOf, type ActionId } from "@/shared/lib/keys";

import classes from "./settings.module.css";
import { Section } from "./useSection";

/** Why a key cannot be an action's. */
interface Clash {
  of: ActionId;
  text: string;
}

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Tab"]);

export function Keys(): JSX.Element {
  return (
    <Section name="keys">
      {(keys, change) => (
        <>
          <Switch
            label="Single keys"
            description="Off: every action is reached by pointer or Tab"
            checked={keys.singleKeys}
            onChange={(event) => change({ singleKeys: event.currentTarget.checked })}
          />
          <Bindings changed={keys.bindings} save={(bindings) => change({ bindings })} />
        </>
      )}
    </Section>
  );
}

function Bindings({ changed, save }: { changed: Record<string, string>; save: (bindings: Record<string, string>) => void }): JSX.Element {
  const bindings = bindingsWith(changed);
  const [waiting, setWaiting] = useState<ActionId | null>(null);
  const [clash, setClash] = useState<Clash | null>(null);

  const bind = (id: ActionId, key: string): void => {
    const owner = ownerOf(bindings, key, id);
    if (owner !== null) {
      setClash({ of: id, text: `${keyCap(key)} is already “${ACTIONS.find((action) => action.id === owner)?.title ?? owner}”.` });
      return;
    }
    setClash(null);
    setWaiting(null);
    save({ ...bindings, [id]: key });
  };
  const onKey = (id: ActionId) => (event: KeyboardEvent) => {
    if (waiting !== id || MODIFIERS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    bind(id, event.key.length === 1 ? event.key.toLowerCase() : event.key);
  };
  return (
    <>
      <table className={classes.keys}>
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col">Key</th>
            <th scope="col"><VisuallyHidden>Change</VisuallyHidden></th>
          </tr>
        </thead>
        <tbody>
          {ACTIONS.map((action) => (
            <tr key={action.id}>
              <th scope="row">{action.title}</th>
              <td>
                <Kbd>{keyCap(bindings[action.id])}</Kbd>
              </td>
              <td className={classes.changes}>
                <span className={classes.buttons}>
                  <Button
                    size="compact-xs"
                    aria-label={`Change the key of ${action.title}`}
                    onClick={() => setWaiting(action.id)}
                    onKeyDown={onKey(action.id)}
                    onBlur={() => setWaiting(null)}
                  >
                    {waiting === action.id ? "Press a key" : "Change"}
                  </Button>
                  <Button size="compact-xs" aria-label={`Switch the key of ${action.title} off`} disabled={bindings[action.id] === ""} onClick={() => bind(action.id, "")}>
                    Off
                  </Button>
                </span>
                {clash?.of === action.id && (
                  <p role="alert" className={classes.problem}>
                    {clash.text}
                  </p>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.buttons}>
        <Button onClick={() => save({})}>Default keys</Button>
      </div>
    </>
  );
}
