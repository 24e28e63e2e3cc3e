"""What this room announces inside the process. Higher rooms subscribe."""

from __future__ import annotations

from django.dispatch import Signal

# A session date is over, its figures are in the daily table and its calibration is stored. Sent
# with `day: date` and `as_of: datetime` (market time); what receivers do must bear repetition.
night_over = Signal()
