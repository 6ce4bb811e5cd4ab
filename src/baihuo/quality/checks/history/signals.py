"""Each column of a log as small codes: a label, a bin of a number, a pattern of an id, or empty."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Codes: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
VISIT_US = 4 * HOUR_US
"""A longer pause starts a new visit. Events before the log began are unknown, so no signal looks further back."""
LABELS = (
    "surface platform device country language region referrer currency consent_analytics consent_personalization"
).split()
NUMBERS = "position propensity quantity dwell_ms rating".split()
IDS = "event_id visitor_id session_id query_id order_id product_id variant_id".split()
TEXTS = "query_text text".split()
COLUMNS = (*LABELS, *NUMBERS, *IDS, *TEXTS, "event_type", "occurred_at_us", "received_at_us")
COLUMNS += ("price_minor", "import_id", "line")
LISTED = ("listed_price_minor", "brand", "category")
OTHER = "…"
"""All labels but the frequent ones. They share no cause, so they are never compared as one."""
_PARTS_OF_ID = (("[0-9]+", "9"), ("[a-z]+", "a"), ("[A-Z]+", "A"))


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as codes ``[rows]``; ``labels[code]`` describes a code."""

    name: str
    codes: Codes
    labels: list[str]


def signals(log: pa.Table) -> tuple[Coded, list[Coded]]:
    """The event types of a log, and every other signal in it.

    Args:
        log: Events with :data:`COLUMNS` and, where there is a catalogue, :data:`LISTED` of each event's product.
    """
    types = labelled("event_type", log["event_type"])
    found = [labelled(name, log[name]) for name in LABELS if _has_values(log, name)]
    found += [_binned(name, _floats(log[name])) for name in NUMBERS if _has_values(log, name)]
    for name in (n for n in (*IDS, *TEXTS) if _has_values(log, n)):
        is_empty = pc.is_null(log[name]).to_numpy(zero_copy_only=False).astype(np.int64)
        found.append(Coded(name, is_empty, [OTHER, "empty"]))
    found += [_pattern(name, log[name]) for name in IDS if _has_values(log, name)]
    for name in (n for n in TEXTS if _has_values(log, n)):
        found.append(_binned(f"length of {name}", _floats(pc.utf8_length(log[name])), n_bins=8))
        found.append(labelled(f"the {name}", log[name], n_labels=30))
    with np.errstate(all="ignore"):
        ratio = _floats(log["price_minor"]) / _floats(log["listed_price_minor"])
    if np.isfinite(ratio).any():
        found.append(_binned("paid / listed price", np.round(ratio, 2)))
    found += [
        labelled(name, log[name], n_labels=40) for name in LISTED[1:] if _has_values(log, name)
    ]
    return types, found + _clocks(log, types)


def seen_by_day(log: pa.Table, types: Coded, visitor: Codes) -> Numbers:
    """The share of each type's rows whose cause the log can hold, by day since its first ``[days, types]``.

    A review follows its purchase by days, so a log that began last week holds few reviews. What precedes a row is its
    visitor's last row of another type about the same product; the second half of the log tells how long that takes.
    """
    at = log["occurred_at_us"].to_numpy()
    day = at // DAY_US - at.min() // DAY_US
    product = dictionary(log["product_id"])[0]
    order = np.lexsort((at, product, visitor))
    same = np.diff(visitor[order]) == 0
    same &= (np.diff(product[order]) == 0) & (np.diff(types.codes[order]) != 0)
    late = np.zeros(len(at), dtype=np.int64)
    has_cause = np.zeros(len(at), dtype=bool)
    late[order[1:]], has_cause[order[1:]] = np.diff(day[order]), same
    has_cause &= (2 * day >= day.max()) & log["product_id"].is_valid().to_numpy()
    n_days, n_types = int(day.max()) + 1, len(types.labels)
    counts = np.bincount(
        late[has_cause] * n_types + types.codes[has_cause], minlength=n_days * n_types
    ).reshape(n_days, n_types)
    share = (counts.cumsum(0) + 1) / (counts.sum(0) + 1)
    return np.where(share[0] < 0.5, share, 1.0)


def visitor_codes(log: pa.Table) -> Codes:
    """A number for each visitor ``[rows]``."""
    return dictionary(log["visitor_id"])[0]


def labelled(name: str, column: pa.ChunkedArray, *, n_labels: int = 24) -> Coded:
    """A column of words: its most frequent values, all others as one."""
    codes, values = dictionary(column)
    order = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")
    kept = min(n_labels, len(values))
    renumbered = np.full(len(values), kept, dtype=np.int64)
    renumbered[order[:kept]] = np.arange(kept)
    labels = [values[i] or "empty" for i in order[:kept]]
    return Coded(name, renumbered[codes], labels + [OTHER] * (len(values) > kept))


def _has_values(log: pa.Table, name: str) -> bool:
    return log[name].null_count < log.num_rows


def _floats(column: pa.ChunkedArray) -> Numbers:
    """A column of numbers; empty cells are NaN."""
    return pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()


def dictionary(column: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """A number for each row's value, and the values; an empty cell is the value ``""``."""
    held = pc.dictionary_encode(pc.fill_null(column.cast(pa.string()), "")).combine_chunks()
    return held.indices.to_numpy(zero_copy_only=False).astype(np.int64), held.dictionary.to_pylist()


def _binned(name: str, values: Numbers, *, n_bins: int = 12) -> Coded:
    """A column of numbers: empty, each value that many rows have, and bins of equal mass for the others."""
    codes = np.zeros(len(values), dtype=np.int64)
    is_there = np.isfinite(values)
    there = values[is_there]
    distinct, n = np.unique(there, return_counts=True)
    often = distinct[n >= max(0.02 * len(there), 8)][:40]
    is_often = np.isin(there, often)
    labels, places = ["empty"], np.zeros(len(there), dtype=np.int64)
    if not is_often.all():
        rest = there[~is_often]
        edges = np.unique(np.quantile(rest, np.linspace(0, 1, n_bins + 1)[1:-1]))
        places[~is_often] = 1 + np.searchsorted(edges, rest, side="right")
        ends = ["", *(f"{edge:g}" for edge in edges), ""]
        labels += [f"{low} to {high}" for low, high in pairwise(ends)]
    places[is_often] = len(labels) + np.searchsorted(often, there[is_often])
    codes[is_there] = places
    return Coded(name, codes, labels + [f"{value:g}" for value in often])


def _pattern(name: str, column: pa.ChunkedArray) -> Coded:
    """The form of an id: digits as 9, letters as a and A."""
    held = pc.dictionary_encode(pc.fill_null(column, "")).combine_chunks()
    form = held.dictionary
    for part, sign in _PARTS_OF_ID:
        form = pc.replace_substring_regex(form, part, sign)
    return labelled(f"form of {name}", pa.chunked_array([form.take(held.indices)]), n_labels=12)


def _clocks(log: pa.Table, types: Coded) -> list[Coded]:
    """Signals of time: the hour, round times, how late a row came, the pause before it and what came before."""
    at, received = log["occurred_at_us"].to_numpy(), log["received_at_us"].to_numpy()
    is_second, is_minute = at % 1_000_000 == 0, at % 60_000_000 == 0
    late = (received - at) / 1e6
    visitor = visitor_codes(log)
    order = np.lexsort((at, visitor))
    pause = np.diff(at[order])
    goes_on = np.r_[False, (np.diff(visitor[order]) == 0) & (pause < VISIT_US)]
    before = np.zeros(len(at), dtype=np.int64)
    before[order] = np.where(goes_on, np.r_[0, types.codes[order][:-1]] + 1, 0)
    pauses = np.full(len(at), np.nan)
    pauses[order] = np.where(goes_on, np.r_[0.0, pause / 1e6], np.nan)
    return [
        Coded("hour (UTC)", at // HOUR_US % 24, [str(hour) for hour in range(24)]),
        Coded(
            "time",
            is_second.astype(np.int64) + is_minute,
            [OTHER, "a whole second", "a whole minute"],
        ),
        _binned("seconds until it was received", np.round(late, 1), n_bins=16),
        _binned("seconds since the last event", np.round(pauses, 1), n_bins=16),
        Coded("the event before", before, ["none", *types.labels]),
    ]
