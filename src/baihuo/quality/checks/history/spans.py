"""Groups whose share of a signal, in a span of days, is more than at other times and more than elsewhere.

A group is the value of a column (or of two), a span is from one day to another. The mass of a cell is counted in visitor-days: all rows of a
type of event that one visitor has on one day weigh one together, so that neither a busy visitor nor a robot makes a share. Spans are proposed by
the maximum of a running log-likelihood ratio (Kulldorff's scan statistic with one fixed ratio, 1997; Kadane's algorithm), then tested by the
deviance of the span against the other days of the group. Three things excuse a span, and none accuses it: the other groups on the same days, the
other days of the group, and the days just before and after it, for what grows is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from scipy.special import chdtri

from baihuo.quality.checks.history.settings import HistoryRules
from baihuo.quality.checks.history.signals import OTHER, Coded, Codes, Numbers

Counts: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""Visitor-days ``[groups, days, shares]``."""
_RATIOS = (2.5, 10.0)  # of a share to what it was, that spans are proposed for
_LOW = 0.4  # of a group's mass: the days with the lowest shares, which a change does not reach
_NEAR = 2  # days before and after a span
_MOST = 0.5  # of the rows behind a note may be as usual; else it would accuse more sound rows than damaged ones
_LONGEST = 0.75  # of a group's visitor-days: what lasts longer is how it is
_ONE_BY_ONE = ("platform", "device", "country", "language", "surface", "referrer", "currency")
_IN_PAIRS = ("platform", "country", "language", "surface")
_OF_PRODUCTS = ("brand", "category")


@dataclass(frozen=True, slots=True)
class Span:
    """A group and span of days in which a signal is unlike the rest. ``rows`` are behind it."""

    group: str  # "platform web"; empty: the whole log
    first: int  # days since the first of the log
    last: int
    signal: str  # "dwell_ms is 0"
    event_type: str  # of its rows; empty: any
    share: float  # of visitor-days
    expected: float
    deviance: float
    rows: Codes


def find_spans(
    types: Coded,
    signals: Sequence[Coded],
    day: Codes,
    visitor: Codes,
    rules: HistoryRules,
    *,
    seen: Numbers,
) -> list[Span]:
    """Spans by deviance, largest first; one whose rows a larger one has already is left out.

    Args:
        types: the types of events ``[rows]``.
        day: days since the first of the log ``[rows]``.
        visitor: a number for each visitor ``[rows]``.
        seen: the share of each type that the log can hold on each day ``[days, types]``.
    """
    n_days, n_types = int(day.max()) + 1, len(types.labels)
    visitor_day = visitor * n_days + day
    of_type, of_any = _shared(visitor_day * n_types + types.codes), _shared(visitor_day)
    shares = [_Shares.of(types, Coded("", np.zeros_like(day), [""]), of_any, rules)]
    shares += [_Shares.of(signal, types, of_type, rules) for signal in signals]
    tested, found = 0, []
    for group in _groups(signals):
        place = group.codes * n_days + day
        for one in (one for one in shares if one.signal.name not in group.name.split(" and ")):
            n_groups, n_kinds = len(group.labels), len(one.kinds.labels)
            size = n_groups * n_days
            mass = np.bincount(place * n_kinds + one.kinds.codes, one.mass, size * n_kinds)
            with_it = np.bincount(
                place[one.rows] * len(one.kept) + one.codes,
                one.mass[one.rows],
                size * len(one.kept),
            )
            tested += len(one.kept) * n_groups
            x = with_it.astype(float).reshape(n_groups, n_days, -1)
            n = mass.astype(float).reshape(n_groups, n_days, n_kinds)[:, :, one.kind_of]
            if one.signal is types:
                n = np.maximum(x, n * seen[:, one.kept])
            for g, f, first, last, *figures in _unlike(x, n, rules):
                found.append((figures[2], group, g, first, last, one, int(one.kept[f]), figures))
    lowest = float(chdtri(1, rules.chance / max(1, tested * n_days * n_days)))
    found = sorted((one for one in found if one[0] > lowest), key=lambda one: -one[0])
    return list(_apart(found, day, rules))


@dataclass(frozen=True, slots=True)
class _Shares:
    """The labels of a signal within each type of event that are compared: those of enough visitor-days, and not of all."""

    signal: Coded
    kinds: Coded  # types of events
    mass: Counts  # of each row
    kept: Codes  # kind * n_labels + label
    kind_of: Codes  # of each that is kept
    rows: Codes  # that have one of them
    codes: Codes  # which, for each of these rows

    @classmethod
    def of(cls, signal: Coded, kinds: Coded, mass: Counts, rules: HistoryRules) -> _Shares:
        n_labels = len(signal.labels)
        code = kinds.codes * n_labels + signal.codes
        with_it = np.bincount(code, mass, len(kinds.labels) * n_labels)
        all_of = np.repeat(np.bincount(kinds.codes, mass, len(kinds.labels)), n_labels)
        is_known = np.array([label != OTHER for label in signal.labels] * len(kinds.labels))
        is_some = (with_it >= rules.min_visitor_days) & (with_it < all_of - 1e-6)
        kept = np.flatnonzero(is_known & is_some)
        number = np.full(len(with_it), -1)
        number[kept] = np.arange(len(kept))
        rows = np.flatnonzero(number[code] >= 0)
        return cls(signal, kinds, mass, kept, kept // n_labels, rows, number[code[rows]])


def _shared(key: Codes) -> Counts:
    """One, divided among the rows with the same key."""
    _, inverse, n = np.unique(key, return_inverse=True, return_counts=True)
    shares: Counts = 1.0 / n[inverse]
    return shares


def _groups(signals: Sequence[Coded]) -> Iterator[Coded]:
    """The whole log, each column of groups, and some in pairs."""
    by_name = {signal.name: signal for signal in signals if len(signal.labels) > 1}
    yield Coded("", np.zeros_like(signals[0].codes), [""])
    for name in (*_ONE_BY_ONE, *_OF_PRODUCTS):
        if name in by_name:
            yield by_name[name]
    for one, other in combinations([n for n in _IN_PAIRS if n in by_name], 2):
        a, b = by_name[one], by_name[other]
        labels = [f"{x}, {other} {y}" for x in a.labels for y in b.labels]
        yield Coded(f"{one} and {other}", a.codes * len(b.labels) + b.codes, labels)


def _unlike(x: Counts, n: Counts, rules: HistoryRules) -> Iterator[tuple[Any, ...]]:
    """Group, share, first and last day, the share there, the expected one and the deviance, of what is clearly more than expected.

    Args:
        x: visitor-days with the signal.
        n: all visitor-days of the type of event.
    """
    if not x.shape[2]:
        return
    total_x, total_n = _running(x), _running(n)
    others_x, others_n = (
        _running(x.sum(0, keepdims=True) - x),
        _running(n.sum(0, keepdims=True) - n),
    )
    base = _low_share(x, n)
    spread = _spread(x, n)
    for ratio in _RATIOS:
        raised = np.minimum(base * ratio, 0.5 + base / 2)
        first, last = _best_segment(
            x * np.log(raised / base) + (n - x) * np.log((1 - raised) / np.maximum(1 - base, 1e-9))
        )
        a, m = _within(total_x, first, last), _within(total_n, first, last)
        a_rest, m_rest = total_x[:, -1] - a, total_n[:, -1] - m
        o, om = _within(others_x, first, last), _within(others_n, first, last)
        share = a / np.maximum(m, 1e-9)
        usual = (a_rest + 0.3) / (m_rest + 1)
        expected = usual
        if len(x) > 1:
            elsewhere = (o + 0.3) / (om + 1)
            elsewhere_usual = (others_x[:, -1] - o + 0.3) / (others_n[:, -1] - om + 1)
            expected = np.maximum(usual, np.minimum(usual * elsewhere / elsewhere_usual, 0.999))
            expected = np.where(elsewhere > 0.5 * share, np.maximum(expected, elsewhere), expected)
        for low, high in ((first - _NEAR, first - 1), (last + 1, last + _NEAR)):
            near, near_n = _around(total_x, low, high), _around(total_n, low, high)
            sure = (near - 2 * np.sqrt(near)) / np.maximum(near_n, 1e-9)
            expected = np.maximum(expected, np.where(near_n > 2, sure, 0.0))
        pooled = (a + a_rest) / np.maximum(m + m_rest, 1e-9)
        two = m * _divergence(share, pooled) + m_rest * _divergence(
            a_rest / np.maximum(m_rest, 1e-9), pooled
        )
        deviance = 2 * np.minimum(m * _divergence(share, expected), two) / spread
        is_more = (
            (expected < _MOST * share)
            & (a - expected * m >= rules.min_visitor_days)
            & (m_rest >= rules.min_visitor_days)
            & (m <= _LONGEST * (m + m_rest))
            & (first > 0)  # else it is the beginning of the log, before something else ended
            & (deviance > 20)
        )
        for g, f in zip(*np.nonzero(is_more), strict=True):
            yield (
                int(g),
                int(f),
                int(first[g, f]),
                int(last[g, f]),
                share[g, f],
                expected[g, f],
                deviance[g, f],
            )


def _low_share(x: Counts, n: Counts) -> Counts:
    """The share of each group over the days on which it is lowest, which hold :data:`_LOW` of its mass."""
    daily = np.where(n > 0, x / np.maximum(n, 1e-9), np.inf)
    order = np.argsort(daily, axis=1)
    so_far_x = np.take_along_axis(x, order, 1).cumsum(1)
    so_far_n = np.take_along_axis(n, order, 1).cumsum(1)
    at = (so_far_n >= _LOW * so_far_n[:, -1:]).argmax(1)[:, None]
    return (np.take_along_axis(so_far_x, at, 1) + 0.3) / (np.take_along_axis(so_far_n, at, 1) + 1)


def _spread(x: Counts, n: Counts) -> Counts:
    """How much more a group varies from day to day than chance alone would make it, at least 1 ``[groups, shares]``.

    By the differences of days that follow each other: one change of level is one of them.
    """
    share = (x.sum(1, keepdims=True) + 0.3) / (n.sum(1, keepdims=True) + 1)
    daily = x / np.maximum(n, 1e-9)
    by_chance = (
        share * (1 - share) * (1 / np.maximum(n[:, 1:], 1e-9) + 1 / np.maximum(n[:, :-1], 1e-9))
    )
    is_known = np.minimum(n[:, 1:], n[:, :-1]) * share >= 1
    squared = np.where(is_known, np.diff(daily, axis=1) ** 2 / by_chance, np.nan)
    has_days = is_known.sum(1) >= 5
    with np.errstate(all="ignore"):
        middle = np.nanmedian(np.where(has_days[:, None], squared, 0.0), axis=1)
    return np.maximum(1.0, middle / chdtri(1, 0.5))


def _best_segment(scores: Counts) -> tuple[Codes, Codes]:
    """First and last day of the segment with the largest sum, for each group and share."""
    n_groups, n_days, n_shares = scores.shape
    best, now = np.full((n_groups, n_shares), -np.inf), np.zeros((n_groups, n_shares))
    start, first, last = (np.zeros((n_groups, n_shares), dtype=np.int64) for _ in range(3))
    for day in range(n_days):
        is_new = now <= 0
        start[is_new] = day
        now = np.where(is_new, 0.0, now) + scores[:, day]
        is_best = now > best
        best[is_best], first[is_best], last[is_best] = now[is_best], start[is_best], day
    return first, last


def _running(counts: Counts) -> Counts:
    """Sums of all days before each day ``[groups, days + 1, shares]``."""
    return np.concatenate([np.zeros_like(counts[:, :1]), counts.cumsum(1)], axis=1)


def _within(running: Counts, first: Codes, last: Codes) -> Counts:
    g, f = np.arange(running.shape[0])[:, None], np.arange(running.shape[2])[None]
    sums: Counts = running[g, last + 1, f] - running[g, first, f]
    return sums


def _around(running: Counts, first: Codes, last: Codes) -> Counts:
    """As :func:`_within` for days that may lie before or after the log."""
    end = running.shape[1] - 1
    return _within(running, np.clip(first, 0, end), np.clip(last, -1, end - 1))


def _divergence(share: Counts, expected: Counts) -> Counts:
    """Kullback–Leibler divergence of two shares, in nats."""
    p, q = np.clip(share, 1e-9, 1 - 1e-9), np.clip(expected, 1e-9, 1 - 1e-9)
    nats: Counts = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    return nats


def _apart(found: Sequence[tuple[Any, ...]], day: Codes, rules: HistoryRules) -> Iterator[Span]:
    """The spans whose rows are mostly not behind a span with a larger deviance."""
    taken = np.zeros(len(day), dtype=bool)
    for deviance, group, g, first, last, one, at, figures in found:
        kind, label = divmod(at, len(one.signal.labels))
        is_behind = (group.codes == g) & (day >= first) & (day <= last)
        is_behind &= (one.signal.codes == label) & (one.kinds.codes == kind)
        rows = np.flatnonzero(is_behind)
        if len(rows) < rules.min_rows or (~taken[rows]).sum() < 0.5 * len(rows):
            continue
        taken[rows] = True
        name = f"{group.name.split(' and ')[0]} {group.labels[g]}" if group.name else ""
        yield Span(
            name,
            first,
            last,
            f"{one.signal.name} is {one.signal.labels[label]}",
            one.kinds.labels[kind],
            float(figures[0]),
            float(figures[1]),
            float(deviance),
            rows,
        )
