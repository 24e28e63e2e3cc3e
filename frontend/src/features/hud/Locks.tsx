import { Button, Popover, UnstyledButton } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";

import { api } from "@/shared/api/endpoints";
import { keys, useRiskPreviews } from "@/shared/api/queries";
import type { RiskLock, RiskPreview } from "@/shared/api/types";
import { countdown, DASH } from "@/shared/lib/format";
import { reasonWords } from "@/shared/lib/reason";
import { useRealtime } from "@/shared/realtime/context";
import { LiveText } from "@/shared/ui/LiveText";

import classes from "./hud.module.css";

const LOCK_HOURS = [1, 4];

/** Locks that hold every rule back: the trader's own, the day's loss, a streak. */
export function wholeLocks(previews: readonly RiskPreview[]): RiskLock[] {
  const [first, ...others] = previews;
  return (first?.locks ?? []).filter((lock) =>
    others.every((preview) => preview.locks.some((other) => other.code === lock.code)),
  );
}

/** What stops alerts now, with countdowns on market time; and the trader's own stop. */
export function Locks(): JSX.Element {
  const { market } = useRealtime();
  const previews = useRiskPreviews();
  const locks = wholeLocks(previews.data ?? []);
  const left = (lock: RiskLock): string | null =>
    lock.until === null || market.marketNow === null ? null : countdown(Date.parse(lock.until) - market.marketNow);
  const first = locks[0];
  return (
    <Popover position="bottom-end" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.locks} data-locked={locks.length > 0 || undefined} data-testid="locks">
          {first ? <IconLock size={16} aria-hidden /> : <IconLockOpen size={16} aria-hidden />}
          {first ? <LiveText key={first.code} read={() => `Locked ${left(first) ?? ""}`} /> : "No lock"}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <LockPanel locks={locks} left={left} />
      </Popover.Dropdown>
    </Popover>
  );
}

function LockPanel({ locks, left }: { locks: RiskLock[]; left: (lock: RiskLock) => string | null }): JSX.Element {
  const client = useQueryClient();
  const { market } = useRealtime();
  const renew = (): Promise<void> => client.invalidateQueries({ queryKey: keys.riskPreviews });
  const lock = useMutation({
    mutationFn: (hours: number | null) => {
      const until = hours === null || market.marketNow === null ? null : market.marketNow + hours * 3_600_000;
      return api.lock({ reason: "by hand", ...(until === null ? {} : { until: new Date(until).toISOString() }) });
    },
    onSettled: renew,
  });
  const unlock = useMutation({ mutationFn: api.unlock, onSettled: renew });
  const problem = lock.error ?? unlock.error;
  return (
    <div className={classes.controls}>
      {locks.length === 0 && <span>No lock. Alerts pass if their gates let them.</span>}
      <ul className={classes.lockList}>
        {locks.map((item) => (
          <li key={item.code}>
            {reasonWords(item.reason)}
            {item.until !== null && <LiveText read={() => ` · ${left(item) ?? DASH}`} />}
          </li>
        ))}
      </ul>
      {LOCK_HOURS.map((hours) => (
        <Button key={hours} onClick={() => lock.mutate(hours)}>
          Lock for {hours} h
        </Button>
      ))}
      <Button onClick={() => lock.mutate(null)}>Lock until released</Button>
      {locks.some((item) => item.code === "manual_lock") && <Button onClick={() => unlock.mutate()}>Release my lock</Button>}
      {problem && (
        <p role="alert" className={classes.problem}>
          {problem.message}
        </p>
      )}
    </div>
  );
}
