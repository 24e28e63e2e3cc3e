"""What this room announces inside the process, after the commit."""

from django.dispatch import Signal

# A label was given, changed or undone. Sent with `feedback_id: UUID`.
feedback_saved = Signal()
