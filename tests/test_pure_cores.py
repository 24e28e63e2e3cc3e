"""What decides must run without Django, so that live, replay and backtest can share it."""

import subprocess
import sys

import pytest

PURE = [
    "learning.evidence",
    "learning.score",
    "learning.calibration",
    "learning.killswitch",
    "risk.policy",
    "risk.price",
    "risk.governor",
]


@pytest.mark.parametrize("module", PURE)
def test_importing_it_does_not_load_django(module: str) -> None:
    code = f"import sys, {module}; sys.exit('django' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=False)
    assert found.returncode == 0
