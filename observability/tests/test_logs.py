"""No secret gets into a log line, and every line of a request names it."""

from __future__ import annotations

import logging

import pytest
import structlog

from observability.logs import mask_secrets, masked


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("redis://:hunter2@host:6379/0 is away", "redis://***@host:6379/0 is away"),
        ("postgres://coach:pa55@db/coach", "postgres://***@db/coach"),
        ("GET /v2/aggs?limit=5&apiKey=abc123&x=1", "GET /v2/aggs?limit=5&apiKey=***&x=1"),
        ("Authorization: Token 9944b09199c62bcf9418", "Authorization: Token ***"),
        ("token bucket is empty", "token bucket is empty"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_secrets_in_texts_are_masked(text: str, clean: str) -> None:
    assert masked(text) == clean


def test_secrets_under_telling_names_are_masked() -> None:
    event = {"event": "login", "user": "demo", "password": "demo", "sessionKey": "x", "n": 3}
    assert mask_secrets(None, "info", event) == {
        "event": "login",
        "user": "demo",
        "password": "***",
        "sessionKey": "***",
        "n": 3,
    }


def test_lines_of_the_house_and_of_libraries_are_masked_and_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = logging.getLogger().handlers
    formatter = next(
        h.formatter for h in handler if type(h.formatter).__name__ == "ProcessorFormatter"
    )
    stream = logging.StreamHandler()
    stream.setFormatter(formatter)
    foreign = logging.getLogger("somebody.else")
    foreign.addHandler(stream)
    with structlog.contextvars.bound_contextvars(request_id="R1"):
        error = ValueError("redis://:hunter2@host is away")
        foreign.error("failed with token=abc", exc_info=error)
        foreign.warning("plain %s", "line")
    foreign.removeHandler(stream)
    printed = capsys.readouterr().err
    assert "hunter2" not in printed
    assert "abc" not in printed
    assert "redis://***@host is away" in printed
    assert printed.count("request_id=R1") == 2
