"""Mutants that change a rule's text and nothing that it does; each with the reason.

They count neither as killed nor as survived. A mutant is named by its line's text and the change
(`after`: and the line before, where the text alone occurs in several places), so that an edit of
the rule cannot carry an excuse over to other code.
"""

from __future__ import annotations

from dataclasses import dataclass

from golden.mutants import CodeMutant

LEVEL_OF_NOTHING = "The dispatch reads the level of a rule only where it fires."
NOT_READY = "Nothing is emitted while the core is not ready, and no state changes on this path."
FIRST_SESSION = "The first session never asks: step returns first, and the second sets it anew."
ZERO_RANGE = (
    "In the first session the prior range is [0, 0], its long side disarmed: every price is above "
    "it, so that nothing fires; the second session sets all of it anew."
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A change of one line of a rule that no bars can show."""

    rule_id: str
    code: str
    change: str
    reason: str
    after: str | None = None

    def covers(self, rule_id: str, mutant: CodeMutant) -> bool:
        """Whether this is the mutant that is meant."""
        return (self.rule_id, self.code, self.change) == (
            rule_id,
            mutant.code,
            mutant.change,
        ) and self.after in {None, mutant.after}


EQUIVALENTS = (
    Equivalent(
        "ltp_breakout",
        "return direction, upper if direction > 0 else lower",
        "direction > 0 → direction >= 0",
        LEVEL_OF_NOTHING,
    ),
    Equivalent("vwap_reclaim", "return 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
    Equivalent(
        "vwap_reclaim",
        "if not x.vwap + x.atr > 0.0:",
        "x.vwap + x.atr > 0.0 → x.vwap + x.atr >= 0.0",
        "Prices are above 0, so VWAP is; the sum is above 0 or not a number.",
    ),
    Equivalent("opening_range_breakout", "return 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
    Equivalent(
        "opening_range_breakout",
        "return 0, 0.0",
        "0 → 1",
        NOT_READY,
        after="if not is_ready(x):",
    ),
    Equivalent("prior_day_break", "return 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
    Equivalent("prior_day_break", "direction, level = 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
    *(
        Equivalent("prior_day_break", "s.armed_long = 1 if s.sessions > 1 else 0", change, reason)
        for change, reason in (
            ("0 → 1", FIRST_SESSION),
            ("if s.sessions > 1 → if True", FIRST_SESSION),
            ("s.sessions > 1 → s.sessions >= 1", FIRST_SESSION),
        )
    ),
    Equivalent(
        "prior_day_break",
        "if s.sessions < 2 or not is_ready(x):",
        "dropped: s.sessions < 2",
        ZERO_RANGE,
    ),
    Equivalent(
        "rsi_reversal",
        "if s.gains.count < p.period:",
        "if s.gains.count < p.period → if False",
        "Before its seed the average is not a number, and so is the RSI that follows from it.",
    ),
    Equivalent("rsi_reversal", "return 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
    Equivalent("rsi_reversal", "direction, level = 0, 0.0", "0.0 → 1.0", LEVEL_OF_NOTHING),
)


def is_equivalent(rule_id: str, mutant: CodeMutant) -> bool:
    """Whether no bars can tell this mutant from the rule."""
    return any(each.covers(rule_id, mutant) for each in EQUIVALENTS)
