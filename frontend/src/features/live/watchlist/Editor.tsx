import "@/shared/ui/mantineMore";

import { ActionIcon, Button, Popover, Select } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import type { JSX } from "react";

import { useSaveWatchlist } from "@/shared/api/queries";
import type { Instrument } from "@/shared/api/types";

import classes from "./watchlist.module.css";

/** Add, remove and order; each change is saved at once. */
export default function Editor({ symbols, known }: { symbols: readonly string[]; known: readonly Instrument[] }): JSX.Element {
  const save = useSaveWatchlist();
  const put = (next: string[]): void => save.mutate(next);
  const swap = (index: number, by: number): void => {
    const next = [...symbols];
    const [moved] = next.splice(index, 1);
    if (moved !== undefined) next.splice(index + by, 0, moved);
    put(next);
  };
  const missing = known.map((item) => item.symbol).filter((symbol) => !symbols.includes(symbol));
  return (
    <div className={classes.editor}>
      {symbols.map((symbol, index) => (
        <div key={symbol} className={classes.editRow}>
          <span className={classes.symbol}>{symbol}</span>
          <ActionIcon size={24} aria-label={`Move ${symbol} up`} disabled={index === 0} onClick={() => swap(index, -1)}>
            <IconArrowUp size={14} />
          </ActionIcon>
          <ActionIcon size={24} aria-label={`Move ${symbol} down`} disabled={index === symbols.length - 1} onClick={() => swap(index, 1)}>
            <IconArrowDown size={14} />
          </ActionIcon>
          <ActionIcon size={24} aria-label={`Remove ${symbol}`} onClick={() => put(symbols.filter((item) => item !== symbol))}>
            <IconTrash size={14} />
          </ActionIcon>
        </div>
      ))}
      <Popover width={200} position="bottom-start" withinPortal trapFocus>
        <Popover.Target>
          <Button leftSection={<IconPlus size={14} />} disabled={missing.length === 0}>
            Add a symbol
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Select
            aria-label="Symbol to add"
            placeholder="Symbol"
            searchable
            data={missing}
            value={null}
            comboboxProps={{ withinPortal: false }}
            onChange={(symbol) => {
              if (symbol !== null) put([...symbols, symbol]);
            }}
          />
        </Popover.Dropdown>
      </Popover>
      {save.error && (
        <p role="alert" className={classes.problem}>
          {save.error.message}
        </p>
      )}
    </div>
  );
}

