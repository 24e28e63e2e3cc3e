"""What `/metrics` shows: every process's counts, and what is read at the moment of the scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import cast

import structlog
from django.conf import settings
from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from observability.multiprocess import DirectoryCollector
from observability.store import redis_client

log = structlog.get_logger(__name__)

# One value, or one of each shard.
Reading = Callable[[], float | Mapping[str, float]]
# Name to help, and what reads it.
_readings: dict[str, tuple[str, Reading]] = {}


def register_reading(name: str, text: str, read: Reading) -> None:
    """Show a value that is read at each scrape, such as the length of a queue; with the label
    `shard` where `read` answers by shard."""
    _readings[name] = (text, read)


class _Readings(Collector):
    """One that cannot be read is missing, and says so in the log: a gap in the graph is true."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, (text, read) in sorted(_readings.items()):
            try:
                yield _family(name, text, read())
            except (RedisError, DatabaseError, OSError) as error:
                log.warning("not in this scrape", reading=name, error=str(error))


def _family(name: str, text: str, found: float | Mapping[str, float]) -> GaugeMetricFamily:
    if not isinstance(found, Mapping):
        return GaugeMetricFamily(name, text, value=found)
    family = GaugeMetricFamily(name, text, labels=("shard",))
    for shard, value in found.items():
        family.add_metric((shard,), value)
    return family


def exposition() -> bytes:
    """The Prometheus text."""
    registry = CollectorRegistry()
    registry.register(DirectoryCollector(Path(settings.METRICS_DIR)))
    registry.register(_Readings())
    return generate_latest(registry)


def read_task_queue() -> float:
    """Tasks that wait for a worker."""
    return float(redis_client().llen(str(settings.CELERY["task_default_queue"])))


def read_redis_memory() -> float:
    """Bytes that Redis uses."""
    info = cast("dict[str, int]", redis_client().info("memory"))
    return float(info["used_memory"])
