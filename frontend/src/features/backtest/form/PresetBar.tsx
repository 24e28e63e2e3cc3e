import { ActionIcon, Button, Popover, Select, TextInput } from "@mantine/core";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { backtests, type Preset } from "@/shared/api/backtest";
import { ApiError } from "@/shared/api/http";
import { Problem } from "@/shared/ui/Problem";

import { backtestKeys, usePresets } from "../queries";
import { missing, runRequest, type FormState } from "./model";
import classes from "./form.module.css";

/** Takes a preset into the form, and keeps the form as one's own. */
export function PresetBar({ form, take }: { form: FormState; take: (preset: Preset) => void }): JSX.Element {
  const presets = usePresets().data ?? [];
  const group = (shipped: boolean): { value: string; label: string }[] =>
    presets.filter((item) => item.shipped === shipped).map((item) => ({ value: item.id, label: item.name }));
  return (
    <div className={classes.presets}>
      <Select
        aria-label="Preset"
        placeholder="Take a preset"
        value={null}
        data={[
          { group: "Yours", items: group(false) },
          { group: "Shipped", items: group(true) },
        ].filter((item) => item.items.length > 0)}
        onChange={(id) => {
          const preset = presets.find((item) => item.id === id);
          if (preset) take(preset);
        }}
      />
      <SavePreset form={form} />
    </div>
  );
}

function SavePreset({ form }: { form: FormState }): JSX.Element {
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const save = useMutation({
    mutationFn: () => backtests.savePreset({ name: name.trim(), description: "", request: runRequest(form) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: backtestKeys.presets });
      setOpened(false);
      setName("");
    },
  });
  const named = save.error instanceof ApiError ? save.error.field("name") : undefined;
  return (
    <Popover opened={opened} onChange={setOpened} width={260} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          variant="default"
          aria-label="Save as a preset"
          title="Save as a preset"
          disabled={missing(form, false) !== null}
          onClick={() => setOpened(!opened)}
        >
          <IconDeviceFloppy size={16} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={classes.save}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <TextInput
            label="Name of the preset"
            value={name}
            maxLength={80}
            onChange={(event) => setName(event.currentTarget.value)}
            error={named}
            data-autofocus
          />
          {save.error && named === undefined && <Problem error={save.error} retry={() => save.mutate()} />}
          <Button type="submit" variant="filled" loading={save.isPending} disabled={name.trim() === ""}>
            Save preset
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
