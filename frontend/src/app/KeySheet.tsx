import "@/shared/ui/mantineMore";

import { Kbd, Modal } from "@mantine/core";
import type { JSX } from "react";

import { ACTIONS, keyCap, PAGES } from "@/shared/lib/keys";
import { useBindings } from "@/shared/ui/keyboard";

import classes from "./KeySheet.module.css";
import { PAGE_ROUTES } from "./pages";

/** Toasts lie at 400. Nobody undoes while he reads what the keys are. */
const ABOVE_TOASTS = 450;
const GROUPS = ["Card", "Chart", "Voice", "General"] as const;

export default function KeySheet({ close }: { close: () => void }): JSX.Element {
  const bindings = useBindings();
  return (
    <Modal opened onClose={close} title="Keys" size="lg" centered zIndex={ABOVE_TOASTS}>
      <p className={classes.note}>Card keys need a focused card. Change keys or switch them off in Settings.</p>
      <div className={classes.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className={classes.list}>
              {ACTIONS.filter((action) => action.group === group).map((action) => (
                <div key={action.id} className={classes.row}>
                  <dt>{action.title}</dt>
                  <dd>
                    <Kbd>{keyCap(bindings[action.id])}</Kbd>
                  </dd>
                </div>
              ))}
              {group === "General" &&
                PAGES.filter((page) => PAGE_ROUTES.some((route) => route.page === page.id)).map((page) => (
                  <div key={page.id} className={classes.row}>
                    <dt>{page.title}</dt>
                    <dd>
                      <Kbd>{keyCap(bindings.goTo)}</Kbd> <Kbd>{keyCap(page.letter)}</Kbd>
                    </dd>
                  </div>
                ))}
              {group === "General" && (
                <div className={classes.row}>
                  <dt>Palette</dt>
                  <dd>
                    <Kbd>Ctrl</Kbd> <Kbd>K</Kbd>
                  </dd>
                </div>
              )}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
