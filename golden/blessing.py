"""Accepting a changed behaviour: the case as the evaluator sees its bars now."""

from __future__ import annotations

from coach.engine.run import run
from coach.engine.version import engine_version
from golden.building import expected_of
from golden.drivers import fired
from golden.fixture import Expected, ExpectedRefusal, Fixture, FixtureError


def reblessed(fixture: Fixture, *, reason: str) -> Fixture:
    """The same bars with what comes of them now; the reason joins the description.

    Raises:
        FixtureError: no reason.
    """
    if not reason.strip():
        raise FixtureError("reason: must say why the behaviour changed")
    return fixture.model_copy(
        update={
            "expected": _now(fixture),
            "engine_version": engine_version(),
            "description": f"{fixture.description} Reblessed: {reason.strip()}",
            "mutation": None,
        }
    )


def _now(fixture: Fixture) -> Expected:
    if not fixture.expected.passes:
        refusals = tuple(
            ExpectedRefusal(row=each.row, field=each.field, reason=each.reason)
            for each in fixture.check().refusals
        )
        return Expected.model_validate({"pass": False, "refusals": refusals})
    bars, ruleset = fixture.to_bars(), fixture.ruleset()
    triggers = [t for t in fired(run(bars, ruleset)) if t.seq >= fixture.assert_from]
    seqs = [seq for seq in (bars.ts // ruleset.timeframe_ms).tolist() if seq >= fixture.assert_from]
    return expected_of(triggers, seqs)
