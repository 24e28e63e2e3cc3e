import { Tabs } from "@mantine/core";
import type { JSX, ReactNode } from "react";
import { useSearchParams } from "react-router";

import type { Alert, Label } from "@/shared/api/types";
import { PageHead } from "@/shared/ui/PageHead";

import { Breakdown } from "./Breakdown";
import { Calendar } from "./Calendar";
import classes from "./journal.module.css";
import { Review } from "./Review";
import { TABS } from "./tabs";
import { Trades } from "./Trades";

/** What other features put into the page. */
export interface JournalSlots {
  feedback: (alert: Alert, onLabel: (label: Label) => void) => ReactNode;
}

/** What the trader did: alerts still to be judged, trades, and what they came to. */
export function JournalPage({ slots }: { slots: JournalSlots }): JSX.Element {
  const [params, setParams] = useSearchParams();
  const asked = params.get("tab");
  const chosen = TABS.find((tab) => tab.id === asked)?.id ?? "review";
  return (
    <div className={classes.page}>
      <Tabs
        value={chosen}
        onChange={(id) => setParams(id === null ? {} : { tab: id }, { replace: true })}
        keepMounted={false}
        className={classes.tabs ?? ""}
      >
        <PageHead
          title="Journal"
          tabs={
            <Tabs.List>
              {TABS.map(({ id, title }) => (
                <Tabs.Tab key={id} value={id}>
                  {title}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          }
        />
        <Tabs.Panel value="review" className={classes.panel ?? ""}>
          <Review slots={slots} />
        </Tabs.Panel>
        <Tabs.Panel value="trades" className={classes.panel ?? ""}>
          <Trades />
        </Tabs.Panel>
        <Tabs.Panel value="calendar" className={classes.panel ?? ""}>
          <Calendar />
        </Tabs.Panel>
        <Tabs.Panel value="breakdown" className={classes.panel ?? ""}>
          <Breakdown />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
