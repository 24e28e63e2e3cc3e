"""Sessions in the database, as Django keeps them; read on every request, so without its detours."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from coach.prepared import Prepared

_stored = Prepared(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date")
)


class SessionStore(db.SessionStore):
    """Named by `SESSION_ENGINE`."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        for data, expires in _stored(key):
            if expires > timezone.now():
                return Session(session_key=key, session_data=data, expire_date=expires)
        self._session_key = None
        return None
