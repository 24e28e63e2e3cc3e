"""The yardstick: three core rules, confidence and regime fused by hand into one loop.

What somebody would write who had these three rules only, these periods only, and no live session to
serve: locals instead of state, no warm start, no other rule. The evaluator is measured against it,
and both must fire the same triggers.
"""

# One loop on purpose: taking it apart would measure something else.
# ruff: noqa: C901, PLR0912, PLR0915

import math

import numpy as np
from numpy.typing import NDArray

from coach.engine.jit import column, entry
from coach.engine.layout import Volatility

F8 = NDArray[np.float64]
_C = column("f8")
LOGIT = math.log(0.55 / 0.45)
T = 1e-9
LOW, NORMAL, HIGH = int(Volatility.LOW), int(Volatility.NORMAL), int(Volatility.HIGH)


@entry(_C, _C, _C, _C, column("i4"), column("f8", 2, writable=True))
def scan_by_hand(high: F8, low: F8, close: F8, volume: F8, day: NDArray[np.int32], out: F8) -> int:
    """Fill rows (bar, rule, direction, confidence, trend, volatility); returns their number."""
    n = 0
    s20 = s50 = tr_sum = share_sum = 0.0
    e20 = e50 = atr = share_ema = math.nan
    value = traded = path = 0.0
    closes, moves, volumes = np.zeros(32), np.zeros(32), np.zeros(32)
    e20s, highs, lows = np.zeros(8), np.zeros(20), np.zeros(20)
    top = bottom = 0.0
    position = session_bar = below = above = 0
    trend, stay, vol, vol_stay = 0, 0, 0, 0
    b_long = b_short = c_long = c_short = False
    prev = close[0]
    for i in range(close.shape[0]):
        h, l, c, v = high[i], low[i], close[i], volume[i]  # noqa: E741 - the field's letters
        tol = T * c
        if i == 0 or day[i] != day[i - 1]:
            value = traded = 0.0
            session_bar = below = above = 0
        else:
            session_bar += 1
        value += (h + l + c) / 3.0 * v
        traded += v
        vwap = value / traded if traded > 0.0 else math.nan
        slot = i & 31
        if i > 0:
            move = abs(c - prev)
            moves[slot] = move
            path += move
            if i > 20:
                path -= moves[(i - 20) & 31]
            if slot == 31:
                path = 0.0
                for k in range(20):
                    path += moves[(i - k) & 31]
            tr = max(h - l, abs(h - prev), abs(l - prev))
            if i > 14:
                atr = (atr * 13.0 + tr) / 14.0
            else:
                tr_sum += tr
                if i == 14:
                    atr = tr_sum / 14.0
        prev = c
        er = math.nan
        if i >= 20:
            er = abs(c - closes[(i - 20) & 31]) / path if path > tol else 0.0
        e20_old = e20s[(i - 5) & 7]
        if i >= 20:
            e20 += 2.0 / 21.0 * (c - e20)
        else:
            s20 += c
            if i == 19:
                e20 = s20 / 20.0
        if i >= 50:
            e50 += 2.0 / 51.0 * (c - e50)
        else:
            s50 += c
            if i == 49:
                e50 = s50 / 50.0
        closes[slot], volumes[slot], e20s[i & 7] = c, v, e20
        if i >= 20:
            stay += 1
            if trend == 0:
                trend, stay = (2 if 0.36 - er <= T else 1), 1
            elif stay >= 4:
                if trend == 1 and 0.36 - er <= T:
                    trend, stay = 2, 1
                elif trend == 2 and 0.22 - er > T:
                    trend, stay = 1, 1
        if i >= 14:
            share = atr / c
            if i >= 404:
                share_ema += 2.0 / 391.0 * (share - share_ema)
            else:
                share_sum += share
                if i == 403:
                    share_ema = share_sum / 390.0
            if i >= 403:
                ratio = share / share_ema
                vol_stay += 1
                if vol == 0:
                    vol, vol_stay = NORMAL, 1
                elif vol_stay >= 4:
                    if vol == HIGH and 1.10 - ratio <= T:
                        want = HIGH
                    elif vol == LOW and ratio - 0.90 <= T:
                        want = LOW
                    elif 1.25 - ratio <= T:
                        want = HIGH
                    elif ratio - 0.80 <= T:
                        want = LOW
                    else:
                        want = NORMAL
                    if want != vol:
                        vol, vol_stay = want, 1
        ready = i >= 24 and atr > tol
        # EMA cross
        d = e20 - e50
        d_up, d_down = d > tol, -d > tol
        cross = 0
        if d_up and c_long:
            cross = 1
        elif d_down and c_short:
            cross = -1
        if i >= 49:
            c_long, c_short = not d_up, not d_down
        # LTP breakout
        broke, level = 0, 0.0
        if i >= 20:
            upper = highs[position] if position == 0 else max(highs[position], top)
            lower = lows[position] if position == 0 else min(lows[position], bottom)
            is_up, is_down = c - upper > tol, lower - c > tol
            if is_up and b_long:
                broke, level = 1, upper
            elif is_down and b_short:
                broke, level = -1, lower
            b_long, b_short = not is_up, not is_down
        if position == 0:
            top, bottom = h, l
        else:
            top, bottom = max(top, h), min(bottom, l)
        highs[position], lows[position] = h, l
        position += 1
        if position == 20:
            for k in range(18, -1, -1):
                highs[k] = max(highs[k], highs[k + 1])
                lows[k] = min(lows[k], lows[k + 1])
            position = 0
        # VWAP reclaim
        took = 0
        if vwap + atr > 0.0:
            band = 0.05 * atr
            if c - (vwap + band) > tol:
                if session_bar >= 5 and below >= 3:
                    took = 1
                below = 0
            elif (vwap - band) - c > tol:
                if session_bar >= 5 and above >= 3:
                    took = -1
                above = 0
            if vwap - c > tol:
                below += 1
            elif c - vwap > tol:
                above += 1
        if not ready or (cross == 0 and broke == 0 and took == 0):
            continue
        usual = 0.0
        for k in range(20, 0, -1):
            usual += volumes[(i - k) & 31]
        usual /= 20.0
        heavy = 0.0
        if v > 0.0 and usual > 0.0:
            heavy = min(2.0, max(-2.0, math.log2(v / usual)))
        for rule in range(3):
            side = cross if rule == 0 else (broke if rule == 1 else took)
            if side == 0:
                continue
            line = e50 if rule == 0 else (level if rule == 1 else vwap)
            reach = side * (c - line) / atr
            z = LOGIT + 1.2 * (min(1.0, max(0.0, reach)) - 0.25) - 0.8 * max(0.0, reach - 1.0)
            z += 0.45 * heavy
            z += 0.35 * min(2.0, max(-2.0, side * (e20 - e20_old) / (5.0 * atr) / 0.10))
            z += 1.5 * (er - 0.22)
            if traded > 0.0:
                z += 0.25 * min(2.0, max(-2.0, side * (c - vwap) / atr))
            out[n, 0], out[n, 1], out[n, 2] = i, rule, side
            out[n, 3] = math.floor(1.0 / (1.0 + math.exp(-z)) * 1e9 + 0.5) / 1e9
            out[n, 4], out[n, 5] = trend, vol
            n += 1
    return n
