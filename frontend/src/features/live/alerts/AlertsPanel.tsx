import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { memo, useCallback, useDeferredValue, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type JSX, type Ref } from "react";
import { Link } from "react-router";

import { api } from "@/shared/api/endpoints";
import { useControlReplay, useReplay, useRules, useSymbols } from "@/shared/api/queries";
import type { Alert } from "@/shared/api/types";
import { plural } from "@/shared/lib/format";
import { useAlerts, useRealtime, useRealtimeListener } from "@/shared/realtime/context";
import { useKeys } from "@/shared/ui/keyboard";
import { Empty, ErrorState, Loading } from "@/shared/ui/states";

import { AlertCard, type CardSlots } from "./AlertCard";
import { AlertTabs } from "./AlertTabs";
import { ALERT_TABS, arranged, countsOf, holdsNothing, type AlertTab } from "./model";
import classes from "./panel.module.css";

export interface AlertsHandle {
  /** An alert chosen elsewhere: its card comes into view, in the tab that has it. The focus stays where it is. */
  seek: (alert: Alert) => void;
}

export interface AlertsPanelProps {
  handle: Ref<AlertsHandle>;
  /** Chosen by hand; null follows the newest. */
  selected: string | null;
  select: (alert: Alert | null) => void;
  /** Which card stands open now, chosen or followed. */
  onOpen: (signalId: string | null) => void;
  slots: CardSlots;
  watched: number;
}

const PAGE = 60;

/** The list keeps still while the pointer or the focus is in it. */
function useFrozen(numbers: () => number[]): {
  frozen: ReadonlySet<number> | null;
  renew: () => void;
  handlers: Pick<React.DOMAttributes<HTMLElement>, "onPointerEnter" | "onPointerLeave" | "onFocus" | "onBlur">;
} {
  const [frozen, setFrozen] = useState<ReadonlySet<number> | null>(null);
  const inside = useRef({ pointer: false, focus: false });
  const renew = useCallback(() => setFrozen(null), []);
  const settle = (change: Partial<typeof inside.current>): void => {
    inside.current = { ...inside.current, ...change };
    const reading = inside.current.pointer || inside.current.focus;
    setFrozen((old) => (reading ? (old ?? new Set(numbers())) : null));
  };
  useEffect(() => {
    // Renewed while somebody still reads: hold what is on screen now.
    if (frozen === null && (inside.current.pointer || inside.current.focus)) setFrozen(new Set(numbers()));
  }, [frozen, numbers]);
  return {
    frozen,
    renew,
    handlers: {
      onPointerEnter: () => settle({ pointer: true }),
      onPointerLeave: () => settle({ pointer: false }),
      onFocus: () => settle({ focus: true }),
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) settle({ focus: false });
      },
    },
  };
}

const FRESH_MS = 2_000;

/** Numbers that have just arrived: their cards are outlined for a moment. */
function useFresh(): ReadonlySet<number> {
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  useRealtimeListener("decision", (alert, isLate) => {
    if (isLate) return;
    setFresh((old) => new Set(old).add(alert.n));
    setTimeout(() => {
      setFresh((old) => new Set([...old].filter((n) => n !== alert.n)));
    }, FRESH_MS);
  });
  return fresh;
}

export const AlertsPanel = memo(function AlertsPanel({ handle, selected, select, onOpen, slots, watched }: AlertsPanelProps): JSX.Element {
  const { alerts, loaded, late, problem } = useDeferredValue(useAlerts());
  const client = useRealtime();
  const [tab, setTab] = useState<AlertTab>("open");
  const [shownCount, setShownCount] = useState(PAGE);
  const list = useRef<HTMLDivElement>(null);
  const shownNow = useRef<number[]>([]);
  const numbersNow = useCallback(() => shownNow.current, []);
  const { frozen, renew, handlers } = useFrozen(numbersNow);
  const { shown, waiting } = useMemo(() => arranged(alerts, tab, frozen), [alerts, tab, frozen]);
  // Before the effects: the list that is held still is the one that was just laid.
  useLayoutEffect(() => {
    shownNow.current = shown.map((alert) => alert.n);
  });
  const showsNone = holdsNothing(frozen, waiting);
  useEffect(() => {
    if (showsNone) renew();
  }, [showsNone, renew]);
  const rules = useRules().data;
  const symbols = useSymbols().data;
  const openId = selected ?? shown[0]?.signalId ?? null;
  const visible = shown.slice(0, shownCount);
  const fresh = useFresh();
  useEffect(() => onOpen(openId), [onOpen, openId]);

  const sought = useRef<string | null>(null);
  useImperativeHandle(handle, () => ({
    seek: (alert) => {
      const index = shown.findIndex((item) => item.signalId === alert.signalId);
      const holder: AlertTab = alert.delivered ? "all" : "held";
      sought.current = alert.signalId;
      if (index >= 0) {
        setShownCount((count) => Math.max(count, index + 1));
        return;
      }
      const place = arranged(alerts, holder, null).shown.indexOf(alert);
      renew();
      setTab(holder);
      setShownCount(Math.max(PAGE, place + 1));
    },
  }));
  useEffect(() => {
    if (sought.current === null) return;
    const card = list.current?.querySelector(`[data-signal="${CSS.escape(sought.current)}"]`);
    if (!card) return;
    sought.current = null;
    card.scrollIntoView({ block: "nearest" });
  });

  const move = (step: number): void => {
    // The focus moves at once, the open card a moment later: a second key goes on from the focus.
    const focused = list.current?.querySelector<HTMLElement>("article:focus-within")?.dataset["signal"];
    const index = visible.findIndex((alert) => alert.signalId === (focused ?? openId));
    const next = visible[Math.min(visible.length - 1, Math.max(0, focused === undefined ? index : index + step))];
    if (next) focusCard(list.current, next.signalId);
  };
  useKeys({ nextCard: () => move(1), previousCard: () => move(-1) });

  const choose = useCallback(
    (next: AlertTab): void => {
      renew();
      setTab(next);
      setShownCount(PAGE);
    },
    [renew],
  );
  const showNew = useCallback((): void => {
    renew();
    list.current?.scrollTo({ top: 0 });
    // The pill is gone: whoever came by keyboard goes on at the newest card.
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("article")?.focus());
  }, [renew]);
  const counts = useMemo(() => countsOf(alerts), [alerts]);

  return (
    <section className={classes.panel} aria-label="Alerts" {...handlers}>
      <AlertTabs tab={tab} choose={choose} {...(loaded ? counts : {})} waiting={waiting} showNew={showNew} />
      <div className={classes.frame}>
        <div ref={list} className={classes.list} aria-busy={!loaded}>
          {!loaded && problem && <ErrorState error={problem} retry={() => client.retry()} />}
          {!loaded && !problem && <Loading label="Loading alerts" rows={8} height={60} />}
          {loaded && shown.length === 0 && <NoAlerts tab={tab} rules={rules?.length ?? 0} watched={watched} />}
          {visible.length > 0 && (
            <div className={classes.feed} role="feed" aria-label={ALERT_TABS.find((item) => item.id === tab)?.title}>
              {visible.map((alert, index) => (
                <AlertCard
                  key={alert.n}
                  alert={alert}
                  open={alert.signalId === openId}
                  fresh={fresh.has(alert.n)}
                  late={late.has(alert.n)}
                  position={index + 1}
                  total={shown.length}
                  rule={rules?.find((rule) => rule.ruleId === alert.ruleId)}
                  instrument={symbols?.find((item) => item.symbol === alert.symbol)}
                  slots={slots}
                  select={() => {
                    if (selected !== alert.signalId) select(alert);
                  }}
                />
              ))}
            </div>
          )}
          {loaded && tab !== "open" && (
            <Older alerts={alerts} more={shown.length > visible.length} show={() => setShownCount((count) => count + PAGE)} />
          )}
        </div>
      </div>
    </section>
  );
});

function focusCard(list: HTMLElement | null, signalId: string): void {
  const card = list?.querySelector<HTMLElement>(`[data-signal="${CSS.escape(signalId)}"]`);
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
}

function NoAlerts({ tab, rules, watched }: { tab: AlertTab; rules: number; watched: number }): JSX.Element {
  const watching = `${plural(rules, "rule")} watch ${plural(watched, "symbol")}.`;
  const text: Record<AlertTab, string> = {
    open: `No open alerts. ${watching}`,
    all: `No alerts yet. ${watching}`,
    held: `No signal was held back. ${watching}`,
  };
  return <Empty reason={text[tab]} action={<ToTheNext />} />;
}

/** What to do where there is no alert: a market that is played need not be waited for, a live one is. */
function ToTheNext(): JSX.Element | null {
  const replay = useReplay().data;
  const control = useControlReplay();
  if (replay === undefined) return null;
  if (!replay.controllable) {
    return (
      <Button component={Link} to="/rules">
        See what the rules wait for
      </Button>
    );
  }
  return (
    <Button loading={control.isPending} onClick={() => control.mutate({ action: "nextAlert" })}>
      {control.error ? `${control.error.message} Retry` : "Run on to the next alert"}
    </Button>
  );
}

/** More of what is loaded, then older pages from the database. */
function Older({ alerts, more, show }: { alerts: readonly Alert[]; more: boolean; show: () => void }): JSX.Element | null {
  const client = useRealtime();
  const [end, setEnd] = useState(false);
  const load = useMutation({
    mutationFn: () => api.alerts({ before: Math.min(...alerts.map((alert) => alert.n)) }),
    onSuccess: (page) => {
      client.alerts.refresh(page.results);
      setEnd(page.results.length === 0);
      show();
    },
  });
  if (end || alerts.length === 0) return null;
  return (
    <Button className={classes.older ?? ""} loading={load.isPending} onClick={() => (more ? show() : load.mutate())}>
      {load.error ? `${load.error.message} Retry` : "Older"}
    </Button>
  );
}
