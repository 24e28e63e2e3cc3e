"""What a run, a sweep or a preset may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backtest.request import (
    MAX_BARS,
    MAX_RULES,
    MAX_VARIANT_BARS,
    MAX_VARIANTS,
    SESSIONS,
    SOURCES,
    TIMEFRAMES,
    RequestError,
    RunRequest,
    SweepRequest,
    WalkForward,
    check_range,
    moment_ms,
    variants_of,
)
from coach.accounts.strict import StrictSerializer
from coach.engine.definition import Problem, RulesRefusedError
from coach.engine.registry import RULES
from coach.engine.ruleset import RuleSpec, compile_rules
from coach.market.selectors import (
    UnknownSymbolError,
    bars_at_most,
    calendars_of,
    data_range,
    get_instrument,
)
from coach.market.services import check_symbol
from coach.market.sources.access import NoKeyError

MAX_VALUES = 200
MAX_SESSIONS = 2_600


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class MomentField(serializers.Field[Any, Any, Any, Any]):
    """Epoch ms, ISO 8601 with zone, or a session date; read once the symbol's calendar is known."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 - whatever the client sent
        """As it is: a number or a short text."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            raise serializers.ValidationError(
                "Must be epoch ms, ISO 8601 with zone, or a date YYYY-MM-DD."
            )
        if isinstance(data, str) and len(data) > 40:
            raise serializers.ValidationError("At most 40 characters.")
        return data

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401 - as above
        """As it is."""
        return value


class ChosenRuleSerializer(StrictSerializer):
    """A rule with the parameters that differ from its defaults."""

    ruleId = serializers.CharField(max_length=40)
    params = serializers.DictField(required=False, default=dict)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "object",
                "required": ["ruleId"],
                "properties": {
                    "ruleId": {"type": "string"},
                    "params": {"type": "object", "additionalProperties": {"type": "number"}},
                },
            },
        ]
    }
)
class RuleField(serializers.Field[Any, Any, Any, Any]):
    """`"ema_cross"`, or `{"ruleId": "ema_cross", "params": {"fast": 9}}`."""

    def to_internal_value(self, data: Any) -> RuleSpec:  # noqa: ANN401 - whatever the client sent
        """The rule, its parameters not judged yet."""
        if isinstance(data, str):
            return RuleSpec(data)
        serializer = ChosenRuleSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        return RuleSpec(serializer.validated_data["ruleId"], serializer.validated_data["params"])

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401 - whatever is stored
        """As it is."""
        return value


class WindowSerializer(StrictSerializer):
    """Symbol, timeframe and range."""

    symbol = serializers.CharField(max_length=20)
    timeframe = serializers.ChoiceField(choices=TIMEFRAMES)
    start = MomentField(help_text="ms, ISO 8601 with zone, or a session date")
    end = MomentField(help_text="exclusive; a date includes its session")
    session = serializers.ChoiceField(choices=SESSIONS, default="regular")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF moves it aside
        choices=SOURCES, default="cache"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Start and end as epoch ms, inside the bounds and the data."""
        calendar = _calendar(attrs["symbol"], attrs["source"])
        try:
            for field in ("start", "end"):
                attrs[field] = moment_ms(attrs[field], calendar, attrs["session"], field=field)
            check_range(attrs["start"], attrs["end"], attrs["timeframe"])
            _check_data(attrs["symbol"], attrs)
        except RequestError as error:
            raise serializers.ValidationError({error.field: [error.message]}) from error
        return attrs


def _calendar(symbol: str, source: str) -> str:
    """The symbol's calendar. The vendor may know symbols that are new here."""
    try:
        if source == "polygon":
            settings.VENDOR.checked_key()
            return calendars_of([check_symbol(symbol)])[symbol]
        return get_instrument(symbol).calendar
    except (UnknownSymbolError, ValueError) as error:
        raise serializers.ValidationError({"symbol": [str(error)]}) from error
    except NoKeyError as error:
        raise serializers.ValidationError({"source": [str(error)]}) from error


def _check_data(symbol: str, window: Mapping[str, Any]) -> None:
    """Refuse a range without bars, and one with more than a worker should hold."""
    timeframe = window["timeframe"]
    if window["source"] == "polygon":
        return
    known = data_range(symbol) or data_range(symbol, timeframe)
    if known is None:
        raise RequestError("symbol", f"{symbol} has no bars")
    if window["end"] <= known[0] or window["start"] >= known[1]:
        field = "end" if window["end"] <= known[0] else "start"
        raise RequestError(field, f"{symbol} has bars from {known[0]} to {known[1]} (epoch ms)")
    count = bars_at_most(symbol, timeframe, window["start"], window["end"])
    if count > MAX_BARS:
        raise RequestError("end", f"about {count:,} bars; a run holds at most {MAX_BARS:,}")


def rule_errors(problems: tuple[Problem, ...], rules: list[RuleSpec]) -> dict[str, Any]:
    """What is wrong with each rule and parameter, under the path of its field."""
    found: dict[Any, Any] = {}
    of_timeframe = [each.message for each in problems if each.parameter == "timeframe"]
    if of_timeframe:
        return {"timeframe": of_timeframe}
    for problem in problems:
        index = next((i for i, each in enumerate(rules) if each.rule_id == problem.rule_id), None)
        if index is None:
            return {"rules": [problem.message]}
        place = found.setdefault(str(index), {})
        if problem.parameter is None:
            place.setdefault("ruleId", []).append(problem.message)
        else:
            place.setdefault("params", {}).setdefault(problem.parameter[:64], []).append(
                problem.message
            )
    return {"rules": found}


class RunRequestSerializer(WindowSerializer):
    """A run."""

    rules = serializers.ListField(child=RuleField(), min_length=1, max_length=MAX_RULES)
    governor = serializers.BooleanField(
        default=False, help_text="also run the gates over the triggers"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Every rule and parameter within its bounds."""
        attrs = super().validate(attrs)
        try:
            compile_rules(attrs["rules"], timeframe=attrs["timeframe"])
        except RulesRefusedError as error:
            raise serializers.ValidationError(
                rule_errors(error.problems, attrs["rules"])
            ) from error
        return attrs

    def run_request(self) -> RunRequest:
        """The valid request."""
        given = self.validated_data
        return RunRequest(
            symbol=given["symbol"],
            timeframe=given["timeframe"],
            start_ms=given["start"],
            end_ms=given["end"],
            rules=tuple(given["rules"]),
            session=given["session"],
            source=given["source"],
            governor=given["governor"],
        )


class AxisSerializer(StrictSerializer):
    """Evenly spaced values, both ends included."""

    from_ = serializers.FloatField()
    to = serializers.FloatField()
    step = serializers.FloatField()

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


@extend_schema_field(
    {
        "oneOf": [
            {"type": "array", "items": {"type": "number"}},
            {
                "type": "object",
                "required": ["from", "to", "step"],
                "properties": {name: {"type": "number"} for name in ("from", "to", "step")},
            },
        ]
    }
)
class AxisField(serializers.Field[Any, Any, Any, Any]):
    """`[9, 12, 20]`, or `{"from": 5, "to": 50, "step": 5}`."""

    def to_internal_value(self, data: Any) -> tuple[float, ...]:  # noqa: ANN401 - the client's
        """The values, each once, in order."""
        if isinstance(data, list):
            values = [self._number(each) for each in data]
        else:
            serializer = AxisSerializer(data=data)
            serializer.is_valid(raise_exception=True)
            values = self._spaced(**serializer.validated_data)
        if not 1 <= len(values) <= MAX_VALUES:
            raise serializers.ValidationError(f"From 1 to {MAX_VALUES} values.")
        return tuple(dict.fromkeys(values))

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401 - whatever is stored
        """As it is."""
        return value

    def _number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise serializers.ValidationError("Every value must be a number.")
        return int(value) if value == int(value) else value

    def _spaced(self, **axis: float) -> list[float]:
        first, last, step = axis["from"], axis["to"], axis["step"]
        if step <= 0 or last < first or (last - first) / step >= MAX_VALUES:
            raise serializers.ValidationError(
                f"step must be above 0, from at most to, and give at most {MAX_VALUES} values."
            )
        count = int((last - first) / step + 1e-9) + 1
        return [self._number(round(first + i * step, 9)) for i in range(count)]


class WalkForwardSerializer(StrictSerializer):
    """Sessions to choose on, and sessions to trade the choice on."""

    train = serializers.IntegerField(min_value=5, max_value=MAX_SESSIONS)
    test = serializers.IntegerField(min_value=1, max_value=MAX_SESSIONS)


class SweepRequestSerializer(WindowSerializer):
    """A grid over parameters of one rule, also walked forward."""

    ruleId = serializers.ChoiceField(choices=tuple(RULES))
    grid = serializers.DictField(child=AxisField(), help_text="parameter to its values")
    params = serializers.DictField(
        child=serializers.FloatField(), required=False, default=dict, help_text="held fixed"
    )
    walkForward = WalkForwardSerializer(required=False, allow_null=True, default=None)

    def validate_grid(self, grid: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        """At least one parameter, not too many variants."""
        if not grid:
            raise serializers.ValidationError("Name at least one parameter.")
        count = 1
        for values in grid.values():
            count *= len(values)
        if count > MAX_VARIANTS:
            raise serializers.ValidationError(
                f"{count:,} variants; a sweep tries at most {MAX_VARIANTS:,}."
            )
        return grid

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The rule accepts at least one combination; the work stays within bounds."""
        attrs = super().validate(attrs)
        self._check_names(attrs)
        try:
            specs, _ = variants_of(self.sweep_request(attrs))
        except RulesRefusedError as error:
            raise serializers.ValidationError({"grid": [str(error)]}) from error
        bars = bars_at_most(attrs["symbol"], attrs["timeframe"], attrs["start"], attrs["end"])
        if bars * len(specs) > MAX_VARIANT_BARS:
            words = f"{len(specs):,} variants on about {bars:,} bars; at most "
            words += f"{MAX_VARIANT_BARS:,} variants times bars."
            raise serializers.ValidationError({"grid": [words]})
        return attrs

    def _check_names(self, attrs: Mapping[str, Any]) -> None:
        known = RULES[attrs["ruleId"]].defaults
        for field in ("grid", "params"):
            for name in attrs[field]:
                if name not in known:
                    words = f"{attrs['ruleId']} has {', '.join(known)}."
                    raise serializers.ValidationError({field: {name[:64]: [words]}})

    def sweep_request(self, given: Mapping[str, Any] | None = None) -> SweepRequest:
        """The valid request."""
        attrs = self.validated_data if given is None else given
        walk = attrs["walkForward"]
        return SweepRequest(
            symbol=attrs["symbol"],
            timeframe=attrs["timeframe"],
            start_ms=attrs["start"],
            end_ms=attrs["end"],
            rule_id=attrs["ruleId"],
            grid=attrs["grid"],
            params=attrs["params"],
            session=attrs["session"],
            source=attrs["source"],
            walk_forward=None if walk is None else WalkForward(**walk),
        )


class WaitSerializer(StrictSerializer):
    """How long to wait for the end."""

    wait = serializers.FloatField(min_value=0, max_value=60, default=0.0, help_text="seconds")


class TriggersQuerySerializer(StrictSerializer):
    """Which triggers."""

    cursor = serializers.IntegerField(
        min_value=0, max_value=100_000_000, default=0, help_text="as `next` and `previous` have it"
    )
    limit = serializers.IntegerField(min_value=1, max_value=200, default=200)


class RunsQuerySerializer(StrictSerializer):
    """Which page of runs."""

    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)


class ExportQuerySerializer(StrictSerializer):
    """In which form."""

    format = serializers.ChoiceField(choices=("csv", "json"), default="json")


class PresetRequestSerializer(StrictSerializer):
    """A request to keep; it must be one that runs."""

    name = serializers.CharField(min_length=1, max_length=80)
    description = serializers.CharField(max_length=400, allow_blank=True, default="")
    request = serializers.DictField()

    def validate_request(self, request: dict[str, Any]) -> dict[str, Any]:
        """Kept as given: a date stays a date."""
        RunRequestSerializer(data=request).is_valid(raise_exception=True)
        return request
