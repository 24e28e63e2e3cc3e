import type { JSX, ReactNode } from "react";

import { useSaveSettings, useSettings } from "@/shared/api/queries";
import type { SettingsSection, UserSettings } from "@/shared/api/settings";
import { Problem } from "@/shared/ui/Problem";
import { Loading, QueryView } from "@/shared/ui/states";

import classes from "./settings.module.css";

export interface SectionProps<K extends SettingsSection> {
  name: K;
  children: (value: UserSettings[K], change: (part: Partial<UserSettings[K]>) => void) => ReactNode;
}

/** One section of the settings: each change is shown at once and saved whole. */
export function Section<K extends SettingsSection>({ name, children }: SectionProps<K>): JSX.Element {
  const settings = useSettings();
  const save = useSaveSettings();
  return (
    <QueryView query={settings} loading={<Loading label="Loading the settings" rows={5} height={36} />}>
      {(all) => (
        <div className={classes.fields}>
          {children(all[name], (part) => save.mutate({ [name]: { ...all[name], ...part } }))}
          {save.error ? (
            <Problem what="Not saved" error={save.error} retry={save.retry} />
          ) : (
            <p role="status" className={classes.standing}>
              {save.saved && "Saved."}
            </p>
          )}
        </div>
      )}
    </QueryView>
  );
}
