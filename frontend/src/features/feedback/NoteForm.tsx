import "@/shared/ui/mantineMore";

import { Button, Textarea } from "@mantine/core";
import { useState, type JSX } from "react";

import { useFocusOnMount } from "@/shared/ui/useFocusOnMount";

import classes from "./feedback.module.css";

export interface NoteFormProps {
  before: string;
  labelled: boolean;
  save: (text: string) => void;
}

export default function NoteForm({ before, labelled, save }: NoteFormProps): JSX.Element {
  const [text, setText] = useState(before);
  const field = useFocusOnMount<HTMLTextAreaElement>();
  return (
    <form
      className={classes.noteForm}
      onSubmit={(event) => {
        event.preventDefault();
        save(text.trim());
      }}
    >
      <Textarea
        ref={field}
        label="Note"
        description={labelled ? undefined : "A note is saved with a label: choose one first."}
        autosize
        minRows={3}
        maxRows={8}
        maxLength={2000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
      <Button type="submit" variant="filled" disabled={!labelled}>
        Save
      </Button>
    </form>
  );
}
