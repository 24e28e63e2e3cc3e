"""How to reach the vendor Polygon (now Massive). The settings make one of these."""

from __future__ import annotations

from dataclasses import dataclass, field

NO_KEY = (
    "there is no key for Polygon/Massive: set POLYGON_API_KEY, or do without the vendor: import "
    "bars of your own with `manage.py import_bars FILE`, or run SOURCE=synthetic or SOURCE=replay"
)


class VendorError(RuntimeError):
    """The vendor gave no whole answer for a range; the message names the range and the reason."""


class VendorRefusedError(VendorError):
    """The vendor understood and refused (key, plan, ticker): asking again would not help."""


class NoKeyError(VendorError):
    """There is no key to ask with."""

    def __init__(self) -> None:
        super().__init__(NO_KEY)


@dataclass(frozen=True, slots=True)
class Access:
    """Key, addresses, and whether prices are adjusted for splits. The key is in no repr."""

    key: str = field(repr=False)
    rest_url: str
    stream_url: str
    adjusted: bool = True

    def checked_key(self) -> str:
        """The key.

        Raises:
            NoKeyError: there is none; says what does without.
        """
        if not self.key:
            raise NoKeyError
        return self.key
