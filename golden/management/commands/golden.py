"""`manage.py golden`: run cases, plant faults, promote a candidate, accept changed behaviour."""

from __future__ import annotations

import os
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coach.engine.registry import RULES
from golden import mutation, services
from golden.blessing import reblessed
from golden.fixture import CASES, read, read_all
from golden.runner import check


class Command(BaseCommand):
    """Golden cases on the command line."""

    help = "Run the golden cases, measure how many mutants they kill, or rebless one by hand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Four actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        test = actions.add_parser("test", help="run every case, or the named ones")
        test.add_argument("names", nargs="*")
        mutate = actions.add_parser("mutate", help="kill rate of the corpus, by rule")
        mutate.add_argument("rules", nargs="*")
        promote = actions.add_parser("promote", help="write an accepted candidate into the corpus")
        promote.add_argument("name")
        for action in (test, promote):
            action.add_argument("--folder", type=Path, default=CASES, help="cases elsewhere")
        rebless = actions.add_parser("rebless", help="take what the evaluator says now as expected")
        rebless.add_argument("name")
        rebless.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Do one of them."""
        action: str = options["action"]
        if action == "test":
            self._test(options["names"], options["folder"])
        elif action == "mutate":
            self._mutate(options["rules"])
        elif action == "promote":
            self._promote(options["name"], options["folder"])
        else:
            self._rebless(options["name"], options["reason"])

    def _test(self, names: list[str], folder: Path) -> None:
        cases = [read(folder / f"{name}.json") for name in names] if names else read_all(folder)
        failed = 0
        for case in cases:
            differences = check(case)
            failed += bool(differences)
            self.stdout.write(f"{'FAIL' if differences else 'ok  '} {case.name}")
            for difference in differences:
                self.stdout.write(str(difference))
        if failed:
            raise CommandError(f"{failed} of {len(cases)} cases fail")

    def _mutate(self, rules: list[str]) -> None:
        unknown = sorted(set(rules) - set(RULES))
        if unknown:
            raise CommandError(f"unknown rule {unknown[0]!r}; there are {', '.join(RULES)}")
        reports = [mutation.measure_corpus(rule_id) for rule_id in rules or RULES]
        for report in reports:
            self.stdout.write(str(report))
        killed, of = sum(each.killed for each in reports), sum(each.of for each in reports)
        self.stdout.write(f"together: {killed} of {of} code mutants killed ({killed / of:.1%})")

    def _promote(self, name: str, folder: Path) -> None:
        if os.environ.get("CI"):
            raise CommandError("a case is promoted by hand, never in CI")
        try:
            path = services.promote(name=name, as_of=timezone.now(), folder=folder)
        except services.ReviewError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"wrote {_told(path)}; commit it")

    def _rebless(self, name: str, reason: str) -> None:
        path = CASES / f"{name}.json"
        if not path.exists():
            raise CommandError(f"no case named {name!r}")
        if os.environ.get("CI"):
            raise CommandError("a case is reblessed by hand, never in CI")
        status = ["git", "status", "--porcelain"]
        if subprocess.run(status, capture_output=True, text=True, check=True).stdout:  # noqa: S603
            raise CommandError("the work tree has changes; commit or stash them first")
        fixture = reblessed(read(path), reason=reason)
        path.write_text(fixture.text())
        self.stdout.write(f"reblessed {name}: {reason}")


def _told(path: Path) -> Path:
    """A path as one names it from the project's folder, if it is in there."""
    root = CASES.parents[1]
    return path.relative_to(root) if path.is_relative_to(root) else path
