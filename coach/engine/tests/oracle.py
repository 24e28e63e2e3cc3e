"""A slow reading of the evaluator's definitions in plain Python: lists, loops, no state machines.

It shares no code with the engine but the bar and the numbers of the tables. Where the definitions
say "the highest high of the 20 bars before t", this takes a slice and its maximum.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from coach.engine.bars import Bar

NAN = math.nan
Params = dict[str, float]


def gt(a: float, b: float, scale: float) -> bool:
    """``a > b`` for computed values."""
    return a - b > 1e-9 * scale


def ema(values: Sequence[float], n: int) -> list[float]:
    """EMA(n), seeded with the SMA of the first n values; leading NaN values are skipped."""
    out = [NAN] * len(values)
    known = [i for i, value in enumerate(values) if not math.isnan(value)]
    if len(known) < n:
        return out
    first = known[n - 1]
    out[first] = sum(values[i] for i in known[:n]) / n
    for i in range(first + 1, len(values)):
        out[i] = out[i - 1] + 2 / (n + 1) * (values[i] - out[i - 1])
    return out


def wilder(values: Sequence[float], n: int) -> list[float]:
    """Wilder's average of values[1:], seeded with the mean of values 1..n."""
    out = [NAN] * len(values)
    if len(values) <= n:
        return out
    out[n] = sum(values[1 : n + 1]) / n
    for i in range(n + 1, len(values)):
        out[i] = (out[i - 1] * (n - 1) + values[i]) / n
    return out


def true_ranges(bars: Sequence[Bar]) -> list[float]:
    """True range from the previous close; NaN for the first bar."""
    out = [NAN]
    for before, bar in pairwise(bars):
        reach = (bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close))
        out.append(max(reach))
    return out


def rsi(closes: Sequence[float], n: int) -> list[float]:
    """Wilder's RSI; NaN while nothing has moved."""
    moves = [NAN, *(b - a for a, b in pairwise(closes))]
    gains = wilder([max(move, 0.0) for move in moves], n)
    losses = wilder([max(-move, 0.0) for move in moves], n)
    out = []
    for close, gain, loss in zip(closes, gains, losses, strict=True):
        out.append(100 * gain / (gain + loss) if gt(gain + loss, 0, close) else NAN)
    return out


@dataclass
class Series:
    """Bars and every shared indicator, index by index."""

    bars: list[Bar]
    ema20: list[float] = field(init=False)
    atr: list[float] = field(init=False)
    vwap: list[float] = field(init=False)
    er: list[float] = field(init=False)
    rvol: list[float] = field(init=False)
    session_bar: list[int] = field(init=False)
    regime: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        """Compute everything."""
        bars = self.bars
        closes = [bar.close for bar in bars]
        self.ema20 = ema(closes, 20)
        self.atr = wilder(true_ranges(bars), 14)
        self.session_bar = [
            sum(1 for other in bars[:i] if other.session_day == bar.session_day)
            if i < 2 or bars[i - 1].session_day != bar.session_day
            else -1
            for i, bar in enumerate(bars)
        ]
        for i, number in enumerate(self.session_bar):
            if number < 0:
                self.session_bar[i] = self.session_bar[i - 1] + 1
        self.vwap = [self._vwap(i) for i in range(len(bars))]
        self.er = [self._er(closes, i) for i in range(len(bars))]
        self.rvol = [self._rvol(i) for i in range(len(bars))]
        self.regime = list(zip(self._trends(), self._volatilities(), strict=True))

    def session(self, i: int) -> list[Bar]:
        """The bars of i's session up to i."""
        return self.bars[i - self.session_bar[i] : i + 1]

    def _vwap(self, i: int) -> float:
        value = volume = 0.0
        for bar in self.session(i):
            typical = (bar.high + bar.low + bar.close) / 3
            value += (typical if math.isnan(bar.vwap) else bar.vwap) * bar.volume
            volume += bar.volume
        return value / volume if volume > 0 else NAN

    @staticmethod
    def _er(closes: Sequence[float], i: int) -> float:
        if i < 20:
            return NAN
        path = math.fsum(abs(closes[k] - closes[k - 1]) for k in range(i - 19, i + 1))
        return abs(closes[i] - closes[i - 20]) / path if path > 0 else 0.0

    def _rvol(self, i: int) -> float:
        """RVOL; 0 if the volume or its mean is 0; NaN without 20 bars before."""
        if i < 20:
            return NAN
        mean = sum(bar.volume for bar in self.bars[i - 20 : i]) / 20
        return self.bars[i].volume / mean if mean > 0 else 0.0

    def _trends(self) -> list[str]:
        out: list[str] = []
        since = 0
        for i, er in enumerate(self.er):
            if math.isnan(er):
                out.append("unknown")
                continue
            now = out[-1] if out else "unknown"
            wanted = now
            if now == "unknown":
                wanted = "range" if gt(0.36, er, 1) else "trend"
            elif i - since + 1 >= 4:
                if now == "range" and not gt(0.36, er, 1):
                    wanted = "trend"
                if now == "trend" and gt(0.22, er, 1):
                    wanted = "range"
            if wanted != now:
                since = i
            out.append(wanted)
        return out

    def _volatilities(self) -> list[str]:
        shares = [atr / bar.close for atr, bar in zip(self.atr, self.bars, strict=True)]
        usual = ema(shares, 390)
        out: list[str] = []
        since = 0
        for i, (share, mean) in enumerate(zip(shares, usual, strict=True)):
            if not mean > 0:
                out.append("unknown")
                continue
            now = out[-1] if out else "unknown"
            wanted = now
            if now == "unknown":
                wanted = "normal"
            elif i - since + 1 >= 4:
                wanted = self._volatility(now, share / mean)
            if wanted != now:
                since = i
            out.append(wanted)
        return out

    @staticmethod
    def _volatility(now: str, v: float) -> str:
        may_leave = (
            now == "normal"
            or (now == "high" and gt(1.10, v, 1))
            or (now == "low" and gt(v, 0.90, 1))
        )
        if not may_leave:
            return now
        if not gt(1.25, v, 1):
            return "high"
        return "normal" if gt(v, 0.80, 1) else "low"


Fire = tuple[int, float]  # direction, level
RuleReading = Callable[[Series, Params], dict[int, Fire]]


def ltp_breakout(s: Series, p: Params) -> dict[int, Fire]:
    """close[t] > L[t] and not close[t-1] > L[t-1]."""
    n = int(p["lookback"])

    def level(t: int, side: int) -> float:
        if t - n < 0:
            return NAN
        window = s.bars[t - n : t]
        edge = max(b.high for b in window) if side > 0 else min(b.low for b in window)
        return edge + side * p["bufferAtr"] * s.atr[t - 1]

    fires: dict[int, Fire] = {}
    for t in range(1, len(s.bars)):
        close, before = s.bars[t].close, s.bars[t - 1].close
        for side in (1, -1):
            now, then = level(t, side), level(t - 1, side)
            if math.isnan(now) or math.isnan(then):
                continue
            if gt(side * close, side * now, close) and not gt(side * before, side * then, before):
                fires[t] = (side, now)
    return fires


def ema_cross(s: Series, p: Params) -> dict[int, Fire]:
    """d[t-1] <= 0 < d[t]."""
    closes = [bar.close for bar in s.bars]
    fast, slow = ema(closes, int(p["fast"])), ema(closes, int(p["slow"]))
    fires: dict[int, Fire] = {}
    for t in range(1, len(closes)):
        now, before = fast[t] - slow[t], fast[t - 1] - slow[t - 1]
        if math.isnan(before):
            continue
        for side in (1, -1):
            if gt(side * now, 0, closes[t]) and not gt(side * before, 0, closes[t - 1]):
                fires[t] = (side, slow[t])
    return fires


def vwap_reclaim(s: Series, p: Params) -> dict[int, Fire]:
    """A close beyond the band after a run on the other side, each side on its own."""
    fires: dict[int, Fire] = {}
    for side in (1, -1):
        run = 0
        for t, bar in enumerate(s.bars):
            if s.session_bar[t] == 0:
                run = 0
            if math.isnan(s.vwap[t]) or math.isnan(s.atr[t]):
                continue
            band = s.vwap[t] + side * p["bufferAtr"] * s.atr[t]
            if gt(side * bar.close, side * band, bar.close):
                if run >= p["minBars"] and s.session_bar[t] >= p["skipBars"]:
                    fires[t] = (side, s.vwap[t])
                run = 0
            elif gt(side * s.vwap[t], side * bar.close, bar.close):
                run += 1
    return fires


def ready(s: Series, t: int) -> bool:
    """Every input of the confidence is there and ATR14 > 0."""
    return t >= 24 and gt(s.atr[t], 0, s.bars[t].close)


def opening_range_breakout(s: Series, p: Params) -> dict[int, Fire]:
    """The first close of the session beyond its opening range, in each direction."""
    fires: dict[int, Fire] = {}
    fired: set[tuple[int, int]] = set()
    for t, bar in enumerate(s.bars):
        end = bar.session_open + p["rangeMinutes"] * 60_000
        formed = [b for b in s.session(t) if b.ts < end]
        if bar.ts < end or not formed or not ready(s, t):
            continue
        for side in (1, -1):
            edge = max(b.high for b in formed) if side > 0 else min(b.low for b in formed)
            beyond = gt(side * bar.close, side * edge + p["bufferAtr"] * s.atr[t], bar.close)
            if beyond and (bar.session_day, side) not in fired:
                fired.add((bar.session_day, side))
                fires[t] = (side, edge)
    return fires


def prior_day_break(s: Series, p: Params) -> dict[int, Fire]:
    """A close beyond the prior session's range, armed anew by a close back inside."""
    fires: dict[int, Fire] = {}
    days = sorted({bar.session_day for bar in s.bars})
    for day_before, day in pairwise(days):
        prior = [bar for bar in s.bars if bar.session_day == day_before]
        for side in (1, -1):
            edge = max(b.high for b in prior) if side > 0 else min(b.low for b in prior)
            armed = True
            for t, bar in enumerate(s.bars):
                if bar.session_day != day or not ready(s, t):
                    continue
                if gt(side * bar.close, side * edge + p["bufferAtr"] * s.atr[t], bar.close):
                    if armed:
                        fires[t] = (side, edge)
                    armed = False
                elif not gt(side * bar.close, side * edge, bar.close):
                    armed = True
    return fires


def rsi_reversal(s: Series, p: Params) -> dict[int, Fire]:
    """RSI[t-1] in the zone, RSI[t] out of it."""
    values = rsi([bar.close for bar in s.bars], int(p["period"]))
    fires: dict[int, Fire] = {}
    for side in (1, -1):
        bound = p["oversold"] if side > 0 else p["overbought"]
        stretch: list[Bar] = []
        for t, value in enumerate(values):
            if math.isnan(value):
                stretch = []
            elif not gt(side * value, side * bound, 100):
                stretch.append(s.bars[t])
            else:
                if stretch:
                    lived = [*stretch, s.bars[t]]
                    edge = min(b.low for b in lived) if side > 0 else max(b.high for b in lived)
                    fires[t] = (side, edge)
                stretch = []
    return fires


def volume_spike(s: Series, p: Params) -> dict[int, Fire]:
    """A heavy bar with a body, the bar before not being one."""
    n = int(p["lookback"])

    def spikes(t: int, side: int) -> bool | None:
        if t < n or math.isnan(s.atr[t - 1]):
            return None
        bar = s.bars[t]
        mean = sum(b.volume for b in s.bars[t - n : t]) / n
        heavy = gt(bar.volume, p["multiple"] * mean, bar.volume)
        return heavy and gt(side * (bar.close - bar.open), p["bodyAtr"] * s.atr[t - 1], bar.close)

    return {
        t: (side, s.bars[t].open)
        for t in range(1, len(s.bars))
        for side in (1, -1)
        if spikes(t, side) and spikes(t - 1, side) is False
    }


READINGS: dict[str, RuleReading] = {
    "ema_cross": ema_cross,
    "ltp_breakout": ltp_breakout,
    "opening_range_breakout": opening_range_breakout,
    "prior_day_break": prior_day_break,
    "rsi_reversal": rsi_reversal,
    "volume_spike": volume_spike,
    "vwap_reclaim": vwap_reclaim,
}


def features(s: Series, t: int, side: int, level: float) -> list[float]:
    """The six features of conf-v1."""

    def clip(value: float, low: float, high: float) -> float:
        return min(high, max(low, value))

    bar, atr = s.bars[t], s.atr[t]
    x = side * (bar.close - level) / atr
    slope = side * (s.ema20[t] - s.ema20[t - 5]) / (5 * atr) / 0.10
    return [
        clip(x, 0, 1),
        max(0.0, x - 1),
        clip(math.log2(s.rvol[t]), -2, 2) if s.rvol[t] > 0 else 0.0,
        clip(slope, -2, 2),
        s.er[t],
        0.0 if math.isnan(s.vwap[t]) else clip(side * (bar.close - s.vwap[t]) / atr, -2, 2),
    ]


def confidence(f: Sequence[float]) -> float:
    """logit(c) = logit(0.55) + sum of w (f - ref), rounded to 9 decimals."""
    weights, references = (1.2, -0.8, 0.45, 0.35, 1.5, 0.25), (0.25, 0, 0, 0, 0.22, 0)
    z = math.log(0.55 / 0.45)
    z += sum(w * (v - ref) for w, v, ref in zip(weights, f, references, strict=True))
    return round(1 / (1 + math.exp(-z)), 9)


@dataclass(frozen=True)
class Fired:
    """One trigger of the oracle."""

    seq: int
    rule_id: str
    direction: int
    confidence: float
    level: float
    trend: str
    volatility: str


def scan(bars: list[Bar], rules: dict[str, Params], timeframe_ms: int = 60_000) -> list[Fired]:
    """Every trigger of these bars, scanned from the first one; by bar, then by rule id."""
    s = Series(bars)
    fires = {rule_id: READINGS[rule_id](s, params) for rule_id, params in sorted(rules.items())}
    return [
        Fired(
            bars[t].ts // timeframe_ms,
            rule_id,
            fired[t][0],
            confidence(features(s, t, *fired[t])),
            fired[t][1],
            *s.regime[t],
        )
        for t in range(len(bars))
        for rule_id, fired in fires.items()
        if t in fired and ready(s, t)
    ]
