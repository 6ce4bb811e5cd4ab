"""Times as people read them: files hold microseconds since 1970, pages and terminals say the day, the time and the zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999


def time_text(at_us: int) -> str:
    """A time in µs since 1970, UTC; a number that is no time stays a number.

    >>> time_text(1_748_779_200_000_000), time_text(1_748_779_200_250_000), time_text(2**62)
    ('2025-06-01 12:00:00 UTC', '2025-06-01 12:00:00.250 UTC', '4611686018427387904')
    """
    if not _FIRST_US <= at_us <= _LAST_US:
        return str(at_us)
    seconds, rest_us = divmod(at_us, 1_000_000)
    at = datetime.fromtimestamp(seconds, UTC)
    fraction = f".{rest_us // 1000:03}" if rest_us else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def with_times(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row, or the detail of a finding, with its times as text; of a repaired time the old and the new one.

    >>> with_times({"field": "occurred_at_us", "old": "1748779200000000", "new": None, "from_us": 0})
    {'field': 'occurred_at', 'old': '2025-06-01 12:00:00 UTC', 'new': None, 'from': '1970-01-01 00:00:00 UTC'}
    """
    field = values.get("field")
    is_of_time = isinstance(field, str) and field.endswith("_at_us")
    shown: dict[str, Any] = {}
    for name, value in values.items():
        if is_of_time and name in ("old", "new"):
            shown[name] = _text(value)
        elif is_of_time and name == "field":
            shown[name] = str(field).removesuffix("_us")
        elif name.endswith(("_at_us", "from_us", "until_us", "to_us")):
            shown[name.removesuffix("_us")] = _text(value)
        else:
            shown[name] = value
    return shown


def _text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    try:
        return time_text(int(value))
    except ValueError:
        return value
