import { Tabs } from "@mantine/core";
import { memo, type JSX } from "react";

import { DASH } from "@/shared/lib/format";

import { ALERT_TABS, type AlertTab, type TabCounts } from "./model";
import classes from "./panel.module.css";

export interface AlertTabsProps extends Partial<TabCounts> {
  tab: AlertTab;
  choose: (tab: AlertTab) => void;
  /** Alerts that came while the list is held still. */
  waiting: number;
  showNew: () => void;
}

/** The list's tabs with their counts once they are known, and the pill of what waits. Drawn again when one of these changes. */
export const AlertTabs = memo(function AlertTabs({ tab, choose, waiting, showNew, ...counts }: AlertTabsProps): JSX.Element {
  return (
    <Tabs value={tab} onChange={(value) => choose((value ?? "open") as AlertTab)} variant="default">
      <div className={classes.tabs}>
        <Tabs.List>
          {ALERT_TABS.map(({ id, title }) => (
            <Tabs.Tab key={id} value={id}>
              {title} <span className={classes.count}>{counts[id] ?? DASH}</span>
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {waiting > 0 && (
          <button type="button" className={classes.pill} data-testid="new-pill" onClick={showNew}>
            {waiting} new
          </button>
        )}
      </div>
    </Tabs>
  );
});
