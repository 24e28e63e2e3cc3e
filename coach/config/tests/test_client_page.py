"""The client's page: one file for every route of the client, with this answer's nonce."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

PAGE = '<!doctype html><meta name="csp-nonce" content="{{ CSP_NONCE }}"><title>Coach</title>'


@pytest.fixture
def dist(tmp_path: Path, settings: Settings) -> Path:
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/login", "/backtest/runs/01ABC", "/journal?tab=trades"])
def test_every_route_of_the_client_is_the_page(dist: Path, path: str) -> None:
    (dist / "index.html").write_text(PAGE)
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    assert "no-store" in answer["Cache-Control"]
    assert "csrftoken" in answer.cookies


def test_the_nonce_of_the_page_is_the_nonce_of_the_header(dist: Path) -> None:
    (dist / "index.html").write_text(PAGE)
    seen = set()
    for _ in range(2):
        answer = Client().get("/")
        found = re.search(r'content="([^"{]+)"', answer.content.decode())
        assert found
        policy = answer["Content-Security-Policy"]
        assert f"'nonce-{found[1]}'" in policy
        seen.add(found[1])
    assert len(seen) == 2


def test_the_policy_lets_no_inline_script_run(dist: Path) -> None:
    (dist / "index.html").write_text(PAGE)
    policy = Client().get("/")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["script-src"] == "'self'"
    assert directives["object-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_a_new_build_is_served_without_a_restart(dist: Path) -> None:
    page = dist / "index.html"
    page.write_text(PAGE)
    Client().get("/")
    page.write_text(PAGE.replace("Coach", "Coach 2"))
    assert b"Coach 2" in Client().get("/").content


def test_a_client_that_is_not_built_says_how(dist: Path) -> None:
    answer = Client().get("/rules")
    assert answer.status_code == 503
    assert b"npm run build" in answer.content


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api/rules/"])
def test_an_unknown_api_route_is_not_the_page(dist: Path, path: str) -> None:
    (dist / "index.html").write_text(PAGE)
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/static/nothing.js", "/ws/nothing"])
def test_an_unknown_file_is_not_the_page(dist: Path, path: str) -> None:
    (dist / "index.html").write_text(PAGE)
    assert Client().get(path).status_code == 404


def test_the_page_takes_no_writes(dist: Path) -> None:
    (dist / "index.html").write_text(PAGE)
    assert Client().post("/rules").status_code == 405


@pytest.mark.django_db
def test_admin_without_its_slash_is_the_admin() -> None:
    answer = Client().get("/admin")
    assert answer.status_code == 301
    assert answer["Location"] == "/admin/"


def test_hashed_files_are_kept_for_ever_and_others_are_not(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-BXh3k2Zd.js").write_text("1" * 500)
    (tmp_path / "assets" / "index-BXh3k2Zd.js.gz").write_bytes(b"\x1f\x8b" + b"0" * 20)
    (tmp_path / "color-scheme.js").write_text("2")
    settings.STATICFILES_DIRS = [tmp_path]
    hashed = Client().get("/static/assets/index-BXh3k2Zd.js", headers={"Accept-Encoding": "gzip"})
    plain = Client().get("/static/color-scheme.js")
    assert "immutable" in hashed["Cache-Control"]
    assert hashed["Content-Encoding"] == "gzip"
    assert "immutable" not in plain["Cache-Control"]
    assert plain["Cache-Control"].startswith("max-age=60")
