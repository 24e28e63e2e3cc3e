"""Candidates as promotion leaves them, made from a case of the corpus."""

from __future__ import annotations

from golden.fixture import CASES, MutationCount, read
from golden.models import Candidate
from golden.mutation import Report
from golden.services import report_json


def new_candidate(
    user_id: str, *, name: str = "proposed_case", case: str = "ltp_breakout_long"
) -> Candidate:
    """A candidate under review."""
    report = Report("ltp_breakout", 19, 26, ("line 21: a → b",), 50, 50)
    count = MutationCount(killed=report.killed, of=report.of)
    fixture = read(CASES / f"{case}.json")
    return Candidate.objects.create(
        user_id=user_id,
        name=name,
        run_id="01HV0000000000000000000000",
        run_key="0" * 32,
        rule_id=fixture.rule_id,
        text=fixture.model_copy(update={"name": name, "mutation": count}).text(),
        report=report_json(report),
    )
