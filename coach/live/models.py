"""Who evaluates a shard of the symbols, how far it has come, and which symbols stay unsaid."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Lease(models.Model):
    """The right to write for a shard. `token` grows with each holder: a write under an older one
    is refused inside its own transaction, however long its process slept."""

    shard = models.CharField(primary_key=True, max_length=20)
    holder = models.CharField(max_length=120)
    token = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(help_text="by the database's clock")

    def __str__(self) -> str:
        return f"shard {self.shard} held by {self.holder} (token {self.token})"


class Cursor(models.Model):
    """The last moment of a source that a shard has committed.

    A moment of very many symbols is committed in several transactions, in order of symbol;
    `through` is the last symbol of it that is done, empty when all are.
    """

    shard = models.CharField(max_length=20)
    source = models.CharField(max_length=12)
    market_ms = models.BigIntegerField(help_text="close of the moment's bars, epoch ms UTC")
    through = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shard", "source"], name="cursor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.shard} at {self.market_ms}"


class VoiceMute(models.Model):
    """A symbol that a user's coach does not speak about until a moment of the wall clock."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    symbol = models.CharField(max_length=20)
    until = models.DateTimeField(help_text="wall clock")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "symbol"], name="voicemute_once"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} muted for {self.user_id} until {self.until}"
