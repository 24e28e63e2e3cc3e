"""A quick start: importing makes hundreds of thousands of objects that stay, and no garbage.

Collecting meanwhile walks them again and again, a fifth of a start's time. What has been imported
is then left out of every later collection, so that those are short.
"""

from __future__ import annotations

import gc

from django.apps import apps


def begin() -> None:
    """No collections while the process starts; nothing in one that has long started."""
    if not apps.ready:
        gc.disable()


def done() -> None:
    """Collect from now on, among what is made from now on."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
