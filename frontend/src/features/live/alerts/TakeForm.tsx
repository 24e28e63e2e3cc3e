import { Button, NumberInput } from "@mantine/core";
import { useState, type JSX } from "react";

import { useFocusOnMount } from "@/shared/ui/useFocusOnMount";

import classes from "./card.module.css";

export interface TakeFormProps {
  size: number | null;
  entry: string;
  busy: boolean;
  problem: string | undefined;
  save: (quantity: number) => void;
}

const USUAL = 100;

export default function TakeForm({ size, entry, busy, problem, save }: TakeFormProps): JSX.Element {
  const [quantity, setQuantity] = useState<number | string>(size ?? USUAL);
  const field = useFocusOnMount<HTMLInputElement>();
  return (
    <form
      className={classes.takeForm}
      onSubmit={(event) => {
        event.preventDefault();
        save(Number(quantity));
      }}
    >
      <NumberInput
        ref={field}
        label={`Quantity, at ${entry}`}
        description="The stop is the alert's."
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
