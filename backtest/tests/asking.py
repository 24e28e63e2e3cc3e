"""Asking for backtests over HTTP, for tests."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

BODY: dict[str, Any] = {
    "symbol": "TEST",
    "timeframe": "1m",
    "start": "2024-03-18",
    "end": "2024-03-22",
    "rules": ["ema_cross", {"ruleId": "ltp_breakout", "params": {"lookback": 30}}],
}


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def refused(answer: Any) -> dict[str, str]:
    """Field to reason of a refusal."""
    assert answer.status_code == 400, answer.content
    return {each["attr"]: each["detail"] for each in answer.json()["errors"]}
