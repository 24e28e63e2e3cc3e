"""The flags there are. A name that is not here is refused everywhere."""

from __future__ import annotations

from typing import Literal, get_args

FlagName = Literal["enableRiskGovernorV2", "enableExplainV2", "enableTapePeek"]

NAMES: tuple[FlagName, ...] = get_args(FlagName)

NOTES: dict[FlagName, str] = {
    "enableRiskGovernorV2": "Alerts are gated by expected value and a rule's kill state instead "
    "of confidence alone.",
    "enableExplainV2": "An alert explains its confidence feature by feature, in points.",
    "enableTapePeek": "The microbars up to an alert's trigger can be looked at.",
}


class UnknownFlagError(LookupError):
    """Somebody asked for a flag that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no flag is named {name!r}; there are {', '.join(NAMES)}")


def known(name: str) -> FlagName:
    """The name itself.

    Raises:
        UnknownFlagError: no such flag.
    """
    for candidate in NAMES:
        if candidate == name:
            return candidate
    raise UnknownFlagError(name)
