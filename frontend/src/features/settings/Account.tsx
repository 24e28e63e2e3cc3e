import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { useMe } from "@/shared/api/queries";
import { Problem } from "@/shared/ui/Problem";

import classes from "./settings.module.css";

export function Account(): JSX.Element {
  const me = useMe().data;
  const logout = useMutation({
    mutationFn: api.logout,
    onSuccess: () => window.location.assign("/"),
  });
  return (
    <div className={classes.fields}>
      <div className={classes.row}>
        <span>
          Logged in as <b>{me?.username}</b>
        </span>
        <Button onClick={() => logout.mutate()} loading={logout.isPending}>
          Log out
        </Button>
      </div>
      {logout.error && <Problem what="Not logged out" error={logout.error} retry={() => logout.mutate()} />}
      <h2 className={classes.heading}>Password</h2>
      <PasswordForm />
    </div>
  );
}

const FIELD_NAMES = { currentPassword: "Current password", newPassword: "New password" } as const;

function PasswordForm(): JSX.Element {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api.changePassword(current, next),
    onSuccess: () => {
      setCurrent("");
      setNext("");
    },
  });
  const refused = change.error instanceof ApiError ? change.error : null;
  return (
    <form
      className={classes.fields}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <PasswordInput
        label="Current password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={refused?.field("currentPassword")}
      />
      <PasswordInput
        label="New password"
        description="8 characters or more, not digits alone, not a common one and not like your name"
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
        error={refused?.field("newPassword")}
      />
      {change.error && <Problem what="Not changed" error={change.error} names={FIELD_NAMES} retry={() => change.mutate()} />}
      <div className={classes.buttons}>
        <Button type="submit" variant="filled" loading={change.isPending}>
          Change the password
        </Button>
        {change.isSuccess && <span role="status" className={classes.standing}>Changed. Other sessions have ended.</span>}
      </div>
    </form>
  );
}
