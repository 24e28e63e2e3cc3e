import { Button, NumberInput } from "@mantine/core";
import { useState, type JSX } from "react";

import classes from "./card.module.css";

export interface TakeFormProps {
  size: number | null;
  busy: boolean;
  problem: string | undefined;
  save: (quantity: number) => void;
}

const USUAL = 100;

export default function TakeForm({ size, busy, problem, save }: TakeFormProps): JSX.Element {
  const [quantity, setQuantity] = useState<number | string>(size ?? USUAL);
  return (
    <form
      className={classes.takeForm}
      onSubmit={(event) => {
        event.preventDefault();
        save(Number(quantity));
      }}
    >
      <NumberInput
        label="Quantity, at the last price"
        min={0}
        value={quantity}
        onChange={setQuantity}
        error={problem}
        data-autofocus
      />
      <Button type="submit" variant="filled" loading={busy}>
        Save to the journal
      </Button>
    </form>
  );
}
