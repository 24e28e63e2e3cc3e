import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { JSX } from "react";
import { Link } from "react-router";

import type { Candidate } from "@/shared/api/golden";
import { plural } from "@/shared/lib/format";
import { KillRate } from "@/shared/ui/KillRate";

import classes from "./promote.module.css";
import { Survivors } from "./Refusal";

/** The candidate is saved and its file downloaded: what it asserts and what it notices. */
export function Outcome({ candidate, again, close }: { candidate: Candidate; again: () => void; close: () => void }): JSX.Element {
  const { report } = candidate;
  return (
    <div className={classes.form}>
      <p className={classes.lead} role="status">
        <b>{candidate.name}</b> is downloaded and waits for review.
      </p>
      <dl className={classes.facts}>
        <div>
          <dt>Asserts</dt>
          <dd>
            {plural(candidate.triggers, "trigger")}, {plural(candidate.silent, "silent bar")}
          </dd>
        </div>
        <div>
          <dt>Bars</dt>
          <dd>{candidate.bars} with warm-up</dd>
        </div>
        <div>
          <dt>Faults in the code noticed</dt>
          <dd>
            <KillRate killed={report.killed} of={report.of} required={report.requiredRate} />
          </dd>
        </div>
        <div>
          <dt>Faults in the bars noticed</dt>
          <dd>
            {report.barsKilled} of {report.barsOf}
          </dd>
        </div>
      </dl>
      <Survivors survivors={[...report.survivors, ...report.barSurvivors]} />
      <div className={classes.actions}>
        <Button leftSection={<IconDownload size={16} aria-hidden />} onClick={again}>
          Download again
        </Button>
        <Button component={Link} to={`/golden?case=${encodeURIComponent(candidate.name)}`}>
          Show it among the cases
        </Button>
        <Button variant="filled" onClick={close} data-autofocus>
          Done
        </Button>
      </div>
    </div>
  );
}
