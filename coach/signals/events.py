"""What this room announces inside the process, after the commit. Higher rooms subscribe."""

from django.dispatch import Signal

# A rule fired and the users' decisions are committed. Sent with `signal_ids: list[str]`.
signal_new = Signal()
# Outcomes are about to mature: sent with `signal_ids: list[str]` inside their transaction, after
# their rows are written, for what must be marked before anybody can see them.
outcome_maturing = Signal()
# Outcomes have matured: before that nobody learns from them. Sent with `signal_ids: list[str]`;
# again for those that a receiver failed at or that the process did not live to tell, so receivers
# must bear repetition.
outcome_saved = Signal()
# Outbox rows are committed and wait for the relay. Sent without arguments.
outbox_committed = Signal()
