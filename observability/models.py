"""What outlives Redis: the sketches of past minutes and hours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Sketch(models.Model):
    """Counts by bucket of one measure in one minute or hour.

    `run` names the Redis that counted: when one is emptied in the middle of a minute, the next
    begins at zero, and the minute is the sum of both rows.
    """

    measure = models.CharField(max_length=32)
    seconds = models.IntegerField(help_text="length of the period: 60 or 3600")
    start = models.BigIntegerField(help_text="epoch seconds UTC")
    run = models.CharField(max_length=32)
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(
        help_text="bucket to count, see observability.sketch"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["measure", "start", "seconds", "run"], name="sketch_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.start} {self.seconds} s"
