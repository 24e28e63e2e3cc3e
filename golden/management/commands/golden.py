"""`manage.py golden`: run the cases, plant faults, accept a changed behaviour."""

from __future__ import annotations

import os
import subprocess
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coach.engine.registry import RULES
from golden import mutation
from golden.blessing import reblessed
from golden.fixture import CASES, read, read_all
from golden.runner import check


class Command(BaseCommand):
    """Golden cases on the command line."""

    help = "Run the golden cases, measure how many mutants they kill, or rebless one by hand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        test = actions.add_parser("test", help="run every case, or the named ones")
        test.add_argument("names", nargs="*")
        mutate = actions.add_parser("mutate", help="kill rate of the corpus, by rule")
        mutate.add_argument("rules", nargs="*")
        rebless = actions.add_parser("rebless", help="take what the evaluator says now as expected")
        rebless.add_argument("name")
        rebless.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Do one of them."""
        action: str = options["action"]
        if action == "test":
            self._test(options["names"])
        elif action == "mutate":
            self._mutate(options["rules"])
        else:
            self._rebless(options["name"], options["reason"])

    def _test(self, names: list[str]) -> None:
        cases = [read(CASES / f"{name}.json") for name in names] if names else read_all()
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
        for rule_id in rules or RULES:
            cases = [c for c in read_all() if c.rule_id == rule_id and c.expected.passes]
            if cases:
                self.stdout.write(str(mutation.measure(rule_id, cases)))

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
