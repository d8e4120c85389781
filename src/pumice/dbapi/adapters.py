"""Adapters (Python object -> SQL value) and converters (declared type -> Python object), as `sqlite3` has them.

The default adapters and converters for date and datetime are those of CPython's sqlite3.dbapi2.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARSE_DECLTYPES = 1
PARSE_COLNAMES = 2

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = memoryview


class PrepareProtocol:
    """The protocol that adapters answer to: `obj.__conform__(PrepareProtocol)`."""


def DateFromTicks(ticks: float) -> datetime.date:
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    return Timestamp(*time.localtime(ticks)[:6])


adapters: dict[tuple[type, type], Callable[[Any], Any]] = {}
converters: dict[str, Callable[[bytes], Any]] = {}
# SQL's own classes that have got an adapter. While there is none their values are bound without a look at the adapters.
adapted_base_types: list[type] = []


def register_adapter(cls: type, adapter: Callable[[Any], Any], /) -> None:
    if cls in (int, float, str, bytes):
        adapted_base_types.append(cls)
    adapters[cls, PrepareProtocol] = adapter


def register_converter(name: str, converter: Callable[[bytes], Any], /) -> None:
    converters[name.upper()] = converter


def adapt(value: Any, protocol: type = PrepareProtocol, *alternative: Any) -> Any:
    """The adapted value. Raises ProgrammingError("can't adapt") when there is no way,
    unless an alternative is given."""
    adapter = adapters.get((type(value), protocol))
    if adapter is not None:
        return adapter(value)
    for holder, method, argument in ((protocol, "__adapt__", value), (value, "__conform__", protocol)):
        hook = getattr(holder, method, None)
        if hook is None:
            continue
        try:
            adapted = hook(argument)
        except TypeError:
            continue
        if adapted is not None:
            return adapted
    if alternative:
        return alternative[0]
    from pumice.errors import ProgrammingError

    raise ProgrammingError("can't adapt")


def adapt_parameter(value: Any) -> Any:
    """As a bound parameter: the value itself when nothing adapts it."""
    return adapt(value, PrepareProtocol, value)


def _convert_date(text: bytes) -> datetime.date:
    return datetime.date(*map(int, text.split(b"-")))


def _convert_timestamp(text: bytes) -> datetime.datetime:
    day, _, clock = text.partition(b" ")
    year, month, date = map(int, day.split(b"-"))
    whole, _, fraction = clock.partition(b".")
    hours, minutes, seconds = map(int, whole.split(b":"))
    micros = int(f"{fraction.decode():0<6.6}") if fraction else 0
    return datetime.datetime(year, month, date, hours, minutes, seconds, micros)


register_adapter(datetime.date, lambda value: value.isoformat())
register_adapter(datetime.datetime, lambda value: value.isoformat(" "))
register_converter("date", _convert_date)
register_converter("timestamp", _convert_timestamp)
