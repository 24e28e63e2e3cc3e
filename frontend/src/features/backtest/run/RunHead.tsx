import { Button, Menu } from "@mantine/core";
import { IconArrowsDiff, IconCertificate, IconDownload, IconX } from "@tabler/icons-react";
import type { JSX } from "react";

import { backtests, type AnyRun, type BacktestRun } from "@/shared/api/backtest";
import { useRuleName } from "@/shared/api/ruleNames";
import type { Instrument } from "@/shared/api/types";
import { dateRange } from "@/shared/lib/marketTime";

import { useRuns } from "../queries";
import { ProofBadge } from "../results/ProofBadge";
import { ruleWords, runTitle } from "../words";
import classes from "./run.module.css";

export interface RunHeadProps {
  run: AnyRun;
  other: BacktestRun | null;
  instruments: readonly Instrument[];
  compare: (id: string | null) => void;
  promote: () => void;
}

/** What was run, what it is compared with, and what can be done with it. */
export function RunHead({ run, other, instruments, compare, promote }: RunHeadProps): JSX.Element {
  const calendar = instruments.find((item) => item.symbol === run.request.symbol)?.calendar ?? "XNYS";
  const { symbol, timeframe, start, end } = run.request;
  const nameOf = useRuleName();
  const result = run.kind === "run" ? run.result : null;
  return (
    <header className={classes.head}>
      <div className={classes.title}>
        <h2>
          {symbol} {timeframe}
        </h2>
        <span className={classes.dim}>{dateRange(start, end, calendar)}</span>
      </div>
      <div className={classes.chips}>
        {run.kind === "run" ? (
          run.request.rules.map((rule) => (
            <span key={rule.ruleId} className={classes.chip}>
              {ruleWords(rule, nameOf)}
            </span>
          ))
        ) : (
          <span className={classes.chip}>sweep of {nameOf(run.request.ruleId)}</span>
        )}
        {other && (
          <span className={classes.chip} data-second>
            B {runTitle(other, nameOf)}, {dateRange(other.request.start, other.request.end, calendar)}
          </span>
        )}
      </div>
      {result && (
        <div className={classes.actions}>
          <ProofBadge proof={result.proof} />
          {other ? (
            <Button leftSection={<IconX size={14} aria-hidden />} onClick={() => compare(null)}>
              Stop comparing
            </Button>
          ) : (
            <Compare run={run} instruments={instruments} compare={compare} />
          )}
          <Export id={run.id} />
          <Button data-tour="promote" variant="filled" leftSection={<IconCertificate size={16} aria-hidden />} onClick={promote}>
            Promote as Golden
          </Button>
        </div>
      )}
    </header>
  );
}

function Compare({ run, instruments, compare }: Pick<RunHeadProps, "run" | "instruments" | "compare">): JSX.Element {
  const nameOf = useRuleName();
  const runs = (useRuns().data?.results ?? []).filter((item) => item.kind === "run" && item.status === "done" && item.id !== run.id);
  return (
    <Menu position="bottom-end" width={340}>
      <Menu.Target>
        <Button leftSection={<IconArrowsDiff size={16} aria-hidden />} disabled={runs.length === 0} title={runs.length === 0 ? "Needs a second run" : undefined}>
          Compare
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Label>Lay another run over this one</Menu.Label>
        {runs.map((item) => (
          <Menu.Item key={item.id} onClick={() => compare(item.id)}>
            {runTitle(item, nameOf)}
            <span className={classes.itemText}>
              {dateRange(item.request.start, item.request.end, instruments.find((one) => one.symbol === item.request.symbol)?.calendar ?? "XNYS")}
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Export({ id }: { id: string }): JSX.Element {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button leftSection={<IconDownload size={16} aria-hidden />}>Export</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={backtests.exportPath(id, "csv")} download>
          Triggers as CSV
        </Menu.Item>
        <Menu.Item component="a" href={backtests.exportPath(id, "json")} download>
          Whole result as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
