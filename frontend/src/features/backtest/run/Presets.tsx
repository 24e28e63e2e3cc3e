import { ActionIcon, Button } from "@mantine/core";
import { IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import { Link } from "react-router";

import { backtests, type Preset } from "@/shared/api/backtest";
import { Problem } from "@/shared/ui/Problem";
import { Empty, Loading, QueryView } from "@/shared/ui/states";

import { backtestKeys, usePresets } from "../queries";
import classes from "./run.module.css";

export interface PresetsProps {
  run: (preset: Preset) => void;
  edit: (preset: Preset) => void;
  busy: boolean;
}

/** What a page without a run offers: questions that one click answers. */
export function Presets({ run, edit, busy }: PresetsProps): JSX.Element {
  const presets = usePresets();
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: (id: string) => backtests.deletePreset(id),
    onSuccess: () => client.invalidateQueries({ queryKey: backtestKeys.presets }),
  });
  return (
    <div className={classes.presets}>
      <h2>Would it have worked?</h2>
      <p>Every rule runs here on the evaluator that runs live. Start with a preset, or set up your own on the left.</p>
      {forget.error && <Problem error={forget.error} />}
      <QueryView query={presets} loading={<Loading label="Loading the presets" rows={6} height={52} />}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              reason="No symbol has bars yet. They come in with the feed, a session at a time, or with manage.py import_bars."
              action={<Button component={Link} to="/">Go to Live</Button>}
            />
          ) : (
            <ul className={classes.presetList}>
              {list.map((preset) => (
                <li key={preset.id} className={classes.preset}>
                  <div className={classes.presetMain}>
                    <b>{preset.name}</b>{" "}
                    <span className={classes.dim}>
                      {preset.request.symbol} {preset.request.timeframe}
                      {preset.shipped ? "" : ", yours"}
                    </span>
                    {preset.description !== "" && <p>{preset.description}</p>}
                  </div>
                  {!preset.shipped && (
                    <ActionIcon aria-label={`Forget ${preset.name}`} onClick={() => forget.mutate(preset.id)}>
                      <IconTrash size={16} aria-hidden />
                    </ActionIcon>
                  )}
                  <Button aria-label={`Edit ${preset.name}`} onClick={() => edit(preset)}>
                    Edit
                  </Button>
                  <Button
                    variant="filled"
                    aria-label={`Run ${preset.name}`}
                    disabled={busy}
                    leftSection={<IconPlayerPlay size={14} aria-hidden />}
                    onClick={() => run(preset)}
                  >
                    Run
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </div>
  );
}
