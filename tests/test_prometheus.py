"""Prometheus itself reads what we write: rules, exposition, and a server that scrapes it."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from coach.config.env import BASE_DIR
from tests.processes import wait_until
from tests.running import answers, free_port
from tests.webserver import WebServer

RULES = BASE_DIR / "docs" / "observability" / "prometheus-rules.yaml"


def program(name: str) -> str:
    """The program, or a skip that says what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt install prometheus)")
    return found


def promtool(*arguments: str, text: bytes = b"") -> None:
    done = subprocess.run(
        [program("promtool"), *arguments], input=text, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_promtool_accepts_the_generated_rules() -> None:
    promtool("check", "rules", str(RULES))


@pytest.mark.django_db
def test_promtool_accepts_the_exposition(client: Client) -> None:
    client.get("/slo")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    syntax = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=answer.content,
        capture_output=True,
        check=False,
    )
    # Status 3 is style (a name that the field calls differently); anything else is unreadable.
    assert syntax.returncode in {0, 3}, syntax.stderr.decode()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(tmp_path, redis_url=settings.REDIS_URL)
    server.start()
    yield server
    server.kill()


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_prometheus_server_scrapes_the_running_web_process(
    web: WebServer, tmp_path: Path
) -> None:
    address = f"127.0.0.1:{free_port()}"
    scrape: dict[str, Any] = {
        "job_name": "coach",
        "scrape_interval": "1s",
        "static_configs": [{"targets": [f"127.0.0.1:{web.port}"]}],
    }
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "scrape_configs": [scrape]}))
    with (tmp_path / "prometheus.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(program("prometheus"), f"--config.file={config}"),
                *(f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address={address}"),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: answers(f"http://{address}/-/ready"), what="Prometheus is ready")

        def value(query: str) -> list[Any]:
            url = f"http://{address}/api/v1/query?query={query}"
            with urllib.request.urlopen(url, timeout=5) as response:
                found: list[Any] = json.load(response)["data"]["result"]
                return found

        wait_until(
            lambda: any(row["value"][1] == "1" for row in value("up")), what="the scrape succeeds"
        )
        wait_until(lambda: bool(value("tick_to_wick_ms_bucket")), what="our histogram is there")
        bounds = {row["metric"]["le"] for row in value("tick_to_wick_ms_bucket")}
        assert {"120.0", "180.0"} <= bounds
    finally:
        server.terminate()
        server.wait(20)
