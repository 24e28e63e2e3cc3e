import { Button, Kbd, Popover } from "@mantine/core";
import { IconNote } from "@tabler/icons-react";
import { lazy, Suspense, useRef, useState, type JSX } from "react";

import type { Alert } from "@/shared/api/types";
import { keyCap } from "@/shared/lib/keys";
import { useBindings, useCardKeys } from "@/shared/ui/keyboard";
import { Loading } from "@/shared/ui/states";

import { useFeedback } from "./FeedbackProvider";

const NoteForm = lazy(() => import("./NoteForm"));

/** A note belongs to a label: it is saved with it. */
export function NoteButton({ alert }: { alert: Alert }): JSX.Element {
  const sender = useFeedback();
  const bindings = useBindings();
  const root = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const show = (): void => setOpened(true);
  useCardKeys(root, { note: show });
  const label = alert.label?.label;
  return (
    <Popover opened={opened} onChange={setOpened} width={300} trapFocus returnFocus position="bottom-end" withinPortal>
      <Popover.Target>
        <Button
          ref={root}
          size="compact-xs"
          leftSection={<IconNote size={14} aria-hidden />}
          rightSection={<Kbd size="xs">{keyCap(bindings.note)}</Kbd>}
          onClick={show}
        >
          {alert.label?.notes ? "Edit note" : "Note"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Loading label="Loading the form" rows={2} />}>
          <NoteForm
            before={alert.label?.notes ?? ""}
            labelled={label !== undefined}
            save={(text) => {
              if (label !== undefined) sender.label(alert, label, text);
              setOpened(false);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
