import "@/shared/ui/mantineMore";

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { keys } from "@/shared/api/queries";
import { unlockSound } from "@/shared/lib/sound";
import { clock } from "@/shared/lib/format";

import classes from "./LoginPage.module.css";

function explain(error: Error): string {
  if (error instanceof ApiError && error.status === 429) {
    const wait = error.retryAfterMs === null ? "a while" : clock(error.retryAfterMs);
    return `Too many failed logins. Try again in ${wait}.`;
  }
  return error.message;
}

export default function LoginPage(): JSX.Element {
  const client = useQueryClient();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const login = useMutation({
    mutationFn: async () => {
      await api.flags(); // sets the CSRF cookie that the login needs
      return api.login(username, password);
    },
    onSuccess: async (me) => {
      client.setQueryData(keys.me, me);
      await client.invalidateQueries();
    },
  });
  return (
    <main className={classes.page}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          void unlockSound(); // browsers allow sound only after a gesture, and this is one
          login.mutate();
        }}
      >
        <h1 className={classes.title}>Coach</h1>
        <p className={classes.lead}>It watches the bars, you judge its alerts, it learns whom to trust.</p>
        <TextInput
          label="Name"
          name="username"
          autoComplete="username"
          required
          size="md"
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          size="md"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {login.error && (
          <p className={classes.error} role="alert">
            {explain(login.error)}
          </p>
        )}
        <Button type="submit" size="md" variant="filled" loading={login.isPending}>
          Log in
        </Button>
        {window.location.hostname === "127.0.0.1" || window.location.hostname === "localhost" ? (
          <p className={classes.hint}>On this machine there is a demo user: demo, password demo.</p>
        ) : null}
      </form>
    </main>
  );
}
