"""What this room announces inside the process, after the commit. Higher rooms subscribe."""

from django.dispatch import Signal

# A rule fired and the users' decisions are committed. Sent with `signal_ids: list[str]`.
signal_new = Signal()
# An outcome became known or matured. Sent with `signal_ids: list[str]`.
outcome_saved = Signal()
# Outbox rows are committed and wait for the relay. Sent without arguments.
outbox_committed = Signal()
