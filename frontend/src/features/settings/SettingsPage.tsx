import { Tabs, VisuallyHidden } from "@mantine/core";
import type { ComponentType, JSX } from "react";
import { useSearchParams } from "react-router";

import { useStore } from "@/shared/lib/store";
import { PageHead } from "@/shared/ui/PageHead";

import { Account } from "./Account";
import { Alerts } from "./Alerts";
import { Delivery } from "./Delivery";
import { Display } from "./Display";
import { Keys } from "./Keys";
import { unsaved } from "./limits";
import { Risk } from "./Risk";
import { SECTIONS, type SectionId } from "./sections";
import classes from "./settings.module.css";
import { Sound } from "./Sound";

const CONTENT: Readonly<Record<SectionId, ComponentType>> = {
  risk: Risk,
  alerts: Alerts,
  delivery: Delivery,
  sound: Sound,
  keys: Keys,
  display: Display,
  account: Account,
};

export function SettingsPage(): JSX.Element {
  const [params, setParams] = useSearchParams();
  const asked = params.get("section");
  const hasUnsaved = Object.keys(useStore(unsaved)).length > 0;
  const chosen = SECTIONS.find((section) => section.id === asked) ?? SECTIONS[0];
  return (
    <Tabs
      value={chosen.id}
      onChange={(id) => setParams(id === null ? {} : { section: id }, { replace: true })}
      keepMounted={false}
      className={classes.page ?? ""}
    >
      <PageHead
        title="Settings"
        tabs={
          <Tabs.List>
            {SECTIONS.map(({ id, title }) => (
              <Tabs.Tab key={id} value={id} className={classes.tab ?? ""}>
                {title}
                {id === "risk" && hasUnsaved && (
                  <span className={classes.unsaved}>
                    <VisuallyHidden>, not saved</VisuallyHidden>
                  </span>
                )}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        }
      />
      {SECTIONS.map(({ id }) => {
        const Section = CONTENT[id];
        return (
          <Tabs.Panel key={id} value={id} className={classes.panel ?? ""}>
            <div className={classes.column}>
              <Section />
            </div>
          </Tabs.Panel>
        );
      })}
    </Tabs>
  );
}
