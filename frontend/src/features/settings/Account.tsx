import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { ApiError } from "@/shared/api/http";
import { useMe } from "@/shared/api/queries";

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
      {logout.error && (
        <p role="alert" className={classes.problem}>
          {logout.error.message}
        </p>
      )}
      <h2 className={classes.heading}>Password</h2>
      <PasswordForm />
    </div>
  );
}

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
  const named = refused?.field("currentPassword") ?? refused?.field("newPassword");
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
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
        error={refused?.field("newPassword")}
      />
      {change.error && named === undefined && (
        <p role="alert" className={classes.problem}>
          {change.error.message}
        </p>
      )}
      <div className={classes.row}>
        <Button type="submit" variant="filled" loading={change.isPending}>
          Change the password
        </Button>
        {change.isSuccess && <span role="status">Changed. Other sessions have ended.</span>}
      </div>
    </form>
  );
}
