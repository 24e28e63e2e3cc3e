"""Two web processes behind nginx, set up as docs/operations.md says: streams come at once, and a
client whose process died goes on at the other one."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client

from coach.config.env import BASE_DIR
from coach.signals.selectors import decisions_of
from coach.signals.services import record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader
from tests.processes import wait_until
from tests.running import answers, free_port
from tests.screen import Screen
from tests.webserver import WebServer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
SCREENS, ALERTS = 10, 40
PREFIXES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def documented(ports: list[int], port: int) -> str:
    """The server block of the documentation, without TLS, on these ports."""
    page = (BASE_DIR / "docs" / "operations.md").read_text()
    block = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)[0]
    block = re.sub(r" *ssl_certificate.*\n", "", block)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    block = block.replace("127.0.0.1:8001", f"127.0.0.1:{ports[0]}")
    return str(block.replace("127.0.0.1:8002", f"127.0.0.1:{ports[1]}"))


@pytest.fixture
def web(tmp_path: Path) -> Iterator[list[WebServer]]:
    servers = [WebServer(tmp_path, redis_url=settings.REDIS_URL) for _ in range(2)]
    for server in servers:
        server.start()
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture
def proxy(web: list[WebServer], tmp_path: Path) -> Iterator[str]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    port = free_port()
    folders = " ".join(f"{name}_temp_path {tmp_path / name};" for name in PREFIXES)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path / 'nginx.pid'}; error_log {tmp_path / 'nginx.log'};\n"
        "worker_processes 1; events { worker_connections 1024; }\n"
        f"http {{ access_log off; {folders}\n"
        f"{documented([server.port for server in web], port)} }}\n"
    )
    process = subprocess.Popen([program, "-c", str(config)])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/healthz"), what="nginx passes requests on")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def record(user_id: str, minute: int) -> None:
    fired = fired_signal(minute=minute)
    with transaction.atomic():
        decision = new_decision(user_id, fired.key, delivered=minute % 3 != 0)
        record_moment(fired=[fired], decisions=[decision])


async def test_screens_follow_through_nginx_while_one_of_two_processes_dies(
    web: list[WebServer], proxy: str
) -> None:
    user = await sync_to_async(trader)()
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    screens = [Screen(proxy, cookie) for _ in range(SCREENS)]
    async with asyncio.TaskGroup() as following:
        for screen in screens:
            following.create_task(screen.follow(ALERTS))
        for screen in screens:
            await screen.joined.wait()
        for minute in range(ALERTS):
            await sync_to_async(record)(user.pk, minute)
            if minute == ALERTS // 2:
                web[0].signal(signal.SIGKILL)
                await asyncio.to_thread(web[0].wait)
    truth = {n: pk async for n, pk in decisions_of(user.pk).values_list("n", "pk")}
    assert sorted(truth) == list(range(1, ALERTS + 1))
    for screen in screens:
        assert screen.alerts == truth
        assert screen.twice == []
