"""A toggle in one process is seen by another that had already asked."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from coach.flags.names import NAMES

PROGRAM = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from coach.flags.models import Flag
from coach.flags.services import is_active
for line in sys.stdin:
    verb, name, user_id = line.split()
    if verb == "add":
        Flag.objects.get(name=name).users.add(user_id)
    if verb == "percent":
        flag = Flag.objects.get(name=name)
        flag.percent = user_id
        flag.save()
    print(is_active(name, user_id=user_id), flush=True)
"""


class Process:
    """A Python process with this project's settings on the test's database."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(connection.settings_dict["NAME"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            text=True,
        )

    def tell(self, line: str) -> str:
        """Send a line, return the answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer: str = self.process.stdout.readline().strip()
        return answer


@pytest.fixture
def pair() -> Iterator[tuple[Process, Process]]:
    processes = Process(), Process()
    yield processes
    for one in processes:
        one.process.kill()
        one.process.communicate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_two_processes_see_a_toggle_and_the_same_percentage(pair: tuple[Process, Process]) -> None:
    one, two = pair
    name = NAMES[0]
    trader = get_user_model().objects.create_user("trader").pk
    others = [f"user-{i}" for i in range(12)]
    assert [p.tell(f"ask {name} {trader}") for p in pair] == ["False", "False"]
    assert one.tell(f"add {name} {trader}") == "True"
    assert two.tell(f"ask {name} {trader}") == "True"
    one.tell(f"percent {name} 50")
    seen = [[p.tell(f"ask {name} {user}") for user in others] for p in pair]
    assert seen[0] == seen[1]
    assert set(seen[0]) == {"True", "False"}
