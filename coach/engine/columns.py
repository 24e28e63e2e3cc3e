"""Reading bars inside compiled code."""

from coach.engine.bars import COLUMNS, Bar, Columns
from coach.engine.jit import inner, named_columns

BARS = named_columns(Columns, COLUMNS.values())
"""The type of ``Columns`` in the signature of an entry."""


@inner
def bar_at(bars: Columns, i: int) -> Bar:
    """Row i as a bar."""
    return Bar(
        bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i],
        bars.vwap[i], bars.session_day[i], bars.session_open[i], bars.session_close[i],
    )  # fmt: skip
