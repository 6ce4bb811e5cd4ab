"""Groups whose share of a signal, in a span of days, is more than at other times and more than elsewhere.

A group is the value of a column (or of two), a span is from one day to another. The mass of a cell is counted in visitor-days: all rows of a
type of event that one visitor has on one day weigh one together, so that neither a busy visitor nor a robot makes a share. Spans are proposed by
the maximum of a running log-likelihood ratio (Kulldorff's scan statistic with one fixed ratio, 1997; Kadane's algorithm), then tested by the
deviance of the span against the other days of the group. Three things excuse a span, and none accuses it: the other groups on the same days, the
other days of the group, and the days just before and after it, for what grows is no fault.
What a person accepted is taken out of the counts first, so that another or a worse change of the same share is still found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, TypeAlias

import numpy as np
from scipy.special import chdtri

from baihuo.quality.accepted import GroupNote, LeftOut, Verdict
from baihuo.quality.checks.history.settings import HistoryRules
from baihuo.quality.checks.history.signals import OTHER, Coded, Codes, Numbers

Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
Counts: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""Visitor-days ``[groups, days, shares]``; of some groups and shares, the cells, ``[days, cells]``."""
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

    group: str  # "platform web", or "the whole log"
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
    left_out: LeftOut | None = None,
    start: int = 0,
) -> list[Span]:
    """Spans by deviance, largest first; one whose rows a larger one has already is left out.

    Args:
        types: the types of events ``[rows]``.
        day: days since the first of the log ``[rows]``.
        visitor: a number for each visitor ``[rows]``.
        seen: the share of each type that the log can hold on each day ``[days, types]``.
        left_out: what people accepted; those that explain something are counted there.
        start: the first day of the log, since 1970.
    """
    n_days, n_types = int(day.max()) + 1, len(types.labels)
    visitor_day = visitor * n_days + day
    of_type, of_any = _shared(visitor_day * n_types + types.codes), _shared(visitor_day)
    shares = [_Shares.of(types, Coded("", np.zeros_like(day), [""]), of_any, rules)]
    shares += [_Shares.of(signal, types, of_type, rules) for signal in signals]
    groups = list(_groups(signals))
    unexplained, explained = _explain(
        left_out or LeftOut(()), groups, shares, day, rules, seen=seen, start=start
    )
    tested, found = 0, []
    for group in groups:
        place, n_groups = group.codes * n_days + day, len(group.labels)
        masses = {  # by the kinds of rows that a share is of
            one.kinds.name: _sums(
                place * len(one.kinds.labels) + one.kinds.codes,
                one.mass,
                (n_groups, n_days, len(one.kinds.labels)),
            )
            for one in shares[:2]
        }
        for one in (one for one in shares if one.signal.name not in group.name.split(" and ")):
            shape, mass = (n_groups, n_days, len(one.kept)), masses[one.kinds.name]
            cell = place[one.rows] * len(one.kept) + one.codes
            x, n = _sums(cell, one.mass[one.rows], shape), mass[:, :, one.kind_of]
            if one.signal is types:
                n = np.maximum(x, n * seen[:, one.kept])
            tested += len(one.kept) * n_groups
            rest = unexplained.get(one.signal.name)
            tried = x if rest is None else _sums(cell, rest[one.rows], shape)
            for g, f, first, last, *figures in _unlike(tried, n, rules):
                if rest is not None:
                    figures[0] = x[g, first : last + 1, f].sum() / n[g, first : last + 1, f].sum()
                found.append((figures[2], group, g, first, last, one, int(one.kept[f]), figures))
    lowest = float(chdtri(1, rules.chance / max(1, tested * n_days * n_days)))
    found = sorted((one for one in found if one[0] > lowest), key=lambda one: -one[0])
    return list(_apart(found, day, rules, explained))


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

    def is_of_type(self, at: int) -> Flags:
        """Which rows are of the type of event of one of those that are kept."""
        return self.kinds.codes == at // len(self.signal.labels)

    def is_of(self, at: int) -> Flags:
        """Which rows have it."""
        return (self.signal.codes == at % len(self.signal.labels)) & self.is_of_type(at)

    def says(self, at: int) -> dict[str, str]:
        """One of those that are kept, as a note names it."""
        kind, label = divmod(at, len(self.signal.labels))
        signal = f"{self.signal.name} is {self.signal.labels[label]}"
        return {"signal": signal, "event_type": self.kinds.labels[kind]}


def _named(group: Coded, g: int) -> str:
    return f"{group.name.split(' and ')[0]} {group.labels[g]}" if group.name else "the whole log"


def _sums(cell: Codes, mass: Counts, shape: tuple[int, int, int]) -> Counts:
    sums: Counts = np.bincount(cell, mass, math.prod(shape)).astype(float).reshape(shape)
    return sums


@dataclass(frozen=True, slots=True)
class _Explained:
    """The rows of a change that a person accepted."""

    is_its: Flags
    noted: Codes  # those of the days that were noted then


def _explain(
    left_out: LeftOut,
    groups: Sequence[Coded],
    shares: Sequence[_Shares],
    day: Codes,
    rules: HistoryRules,
    *,
    seen: Numbers,
    start: int,
) -> tuple[dict[str, Counts], list[_Explained]]:
    """The mass of each row that no verdict explains, of the signals that one is about; and the changes that were accepted.

    A verdict explains the share of a day up to twice as far from the expected one as what was accepted; what is beyond is left.
    """
    unexplained: dict[str, Counts] = {}
    explained = []
    for verdict, group, g, one, at in _accepted(left_out.verdicts, groups, shares):
        first, last = verdict.days
        is_in = (group.codes == g) & (day >= first - start)
        if last is not None:
            is_in &= day <= last - start
        is_its, is_of_type = is_in & one.is_of(at), is_in & one.is_of_type(at)
        mass = unexplained.setdefault(one.signal.name, one.mass.copy())
        shape = 1, 1, int(day.max()) + 1
        x = _sums(day[is_its], mass[is_its], shape)[0, 0]
        n = _sums(day[is_of_type], one.mass[is_of_type], shape)[0, 0]
        if not one.kinds.name:  # as a share of all events
            n = np.maximum(x, n * seen[:, at])
        usual = verdict.note.expected * n
        if (x - usual).sum() >= rules.min_visitor_days + 3 * np.sqrt(usual.sum()):
            left_out.count(verdict)
            noted = is_its & (day <= verdict.last_noted - start)
            explained.append(_Explained(is_its, np.flatnonzero(noted)))
        beyond = np.minimum(x, usual) + np.maximum(0, x - verdict.most * n)
        mass[is_its] *= (beyond / np.maximum(x, 1e-9))[day[is_its]]
    return unexplained, explained


def _accepted(
    verdicts: Sequence[Verdict], groups: Sequence[Coded], shares: Sequence[_Shares]
) -> Iterator[tuple[Verdict, Coded, int, _Shares, int]]:
    """What each verdict is about: a group, which of its labels, and which share of those that are kept."""
    for verdict in verdicts:
        name = verdict.note.detail.get("group")
        of_it = [(x, g) for x in groups for g in range(len(x.labels)) if _named(x, g) == name]
        for (group, g), one in product(of_it, shares):
            for at in map(int, one.kept):
                note = GroupNote("unlike_its_history", {"group": name, **one.says(at)})
                if verdict.note.is_about_the_same(note):
                    yield verdict, group, g, one, at


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
    # no span has more than its group has in all: most groups and shares are out before a day is looked at
    groups, shares = np.nonzero(x.sum(1) >= rules.min_visitor_days)
    if not len(groups):
        return
    n_groups, of_all_x, of_all_n = len(x), x.sum(0), n.sum(0)
    x, n = x[groups, :, shares].T.copy(), n[groups, :, shares].T.copy()
    total_x, total_n = _running(x), _running(n)
    base = _low_share(x, n)
    raised = [np.minimum(base * ratio, 0.5 + base / 2) for ratio in _RATIOS]
    scores = [
        x * np.log(more / base) + (n - x) * np.log((1 - more) / np.maximum(1 - base, 1e-9))
        for more in raised
    ]
    best = zip(
        *(np.split(ends, len(_RATIOS)) for ends in _best_segment(np.hstack(scores))), strict=True
    )
    for first, last in best:
        a, m = _within(total_x, first, last), _within(total_n, first, last)
        rest = total_x[-1] - a, total_n[-1] - m
        usual = (rest[0] + 0.3) / (rest[1] + 1)
        may_be_more = (
            (usual < _MOST * a / np.maximum(m, 1e-9))
            & (a - usual * m >= rules.min_visitor_days)
            & (rest[1] >= rules.min_visitor_days)
            & (m <= _LONGEST * (m + rest[1]))
            & (first > 0)  # else it is the beginning of the log, before something else ended
        )
        at = np.flatnonzero(may_be_more)
        if not len(at):
            continue
        first, last, a, m, expected = first[at], last[at], a[at], m[at], usual[at]
        a_rest, m_rest = rest[0][at], rest[1][at]
        share = a / np.maximum(m, 1e-9)
        if n_groups > 1:
            others_x = _running(of_all_x[:, shares[at]] - x[:, at])
            others_n = _running(of_all_n[:, shares[at]] - n[:, at])
            o, om = _within(others_x, first, last), _within(others_n, first, last)
            elsewhere = (o + 0.3) / (om + 1)
            elsewhere_usual = (others_x[-1] - o + 0.3) / (others_n[-1] - om + 1)
            expected = np.maximum(
                expected, np.minimum(expected * elsewhere / elsewhere_usual, 0.999)
            )
            expected = np.where(elsewhere > 0.5 * share, np.maximum(expected, elsewhere), expected)
        for low, high in ((first - _NEAR, first - 1), (last + 1, last + _NEAR)):
            near = _around(total_x[:, at], low, high)
            near_n = _around(total_n[:, at], low, high)
            sure = (near - 2 * np.sqrt(near)) / np.maximum(near_n, 1e-9)
            expected = np.maximum(expected, np.where(near_n > 2, sure, 0.0))
        pooled = (a + a_rest) / np.maximum(m + m_rest, 1e-9)
        two = m * _divergence(share, pooled) + m_rest * _divergence(
            a_rest / np.maximum(m_rest, 1e-9), pooled
        )
        deviance = 2 * np.minimum(m * _divergence(share, expected), two)
        deviance /= _spread(x[:, at], n[:, at])
        is_more = (
            (expected < _MOST * share)
            & (a - expected * m >= rules.min_visitor_days)
            & (deviance > 20)
        )
        figures = (groups[at], shares[at], first, last, share, expected, deviance)
        for g, f, *ends, now, then, found in zip(*(v[is_more] for v in figures), strict=True):
            yield int(g), int(f), *map(int, ends), now, then, found


def _low_share(x: Counts, n: Counts) -> Counts:
    """The share of each cell over the days on which it is lowest, which hold :data:`_LOW` of its mass."""
    x, n = x.T, n.T
    daily = np.where(n > 0, x / np.maximum(n, 1e-9), np.inf)
    order = np.argsort(daily, axis=1)
    so_far_x = np.take_along_axis(x, order, 1).cumsum(1)
    so_far_n = np.take_along_axis(n, order, 1).cumsum(1)
    at = np.arange(len(x)), (so_far_n >= _LOW * so_far_n[:, -1:]).argmax(1)
    return (so_far_x[at] + 0.3) / (so_far_n[at] + 1)


def _spread(x: Counts, n: Counts) -> Counts:
    """How much more a cell varies from day to day than chance alone would make it, at least 1 ``[cells]``.

    By the differences of days that follow each other: one change of level is one of them.
    """
    share = (x.sum(0) + 0.3) / (n.sum(0) + 1)
    daily = x / np.maximum(n, 1e-9)
    by_chance = share * (1 - share) * (1 / np.maximum(n[1:], 1e-9) + 1 / np.maximum(n[:-1], 1e-9))
    is_known = np.minimum(n[1:], n[:-1]) * share >= 1
    squared = np.where(is_known, np.diff(daily, axis=0) ** 2 / by_chance, np.nan)
    n_known, cells = is_known.sum(0), np.arange(x.shape[1])
    ordered = np.sort(squared, axis=0)  # what is not known comes last
    middle = (ordered[(n_known - 1) // 2, cells] + ordered[n_known // 2, cells]) / 2
    return np.where(n_known >= 5, np.maximum(1.0, middle / chdtri(1, 0.5)), 1.0)


def _best_segment(scores: Counts) -> tuple[Codes, Codes]:
    """First and last day of the segment with the largest sum, for each cell."""
    n_days, n_cells = scores.shape
    best, now = np.full(n_cells, -np.inf), np.zeros(n_cells)
    start, first, last = (np.zeros(n_cells, dtype=np.int64) for _ in range(3))
    for day in range(n_days):
        np.copyto(start, day, where=now <= 0)
        now = np.maximum(now, 0.0) + scores[day]
        is_best = now > best
        for ends, new in ((best, now), (first, start), (last, day)):
            np.copyto(ends, new, where=is_best)
    return first, last


def _running(counts: Counts) -> Counts:
    """Sums of all days before each day ``[days + 1, cells]``."""
    return np.concatenate([np.zeros_like(counts[:1]), counts.cumsum(0)])


def _within(running: Counts, first: Codes, last: Codes) -> Counts:
    cells = np.arange(running.shape[1])
    sums: Counts = running[last + 1, cells] - running[first, cells]
    return sums


def _around(running: Counts, first: Codes, last: Codes) -> Counts:
    """As :func:`_within` for days that may lie before or after the log."""
    end = len(running) - 1
    return _within(running, np.clip(first, 0, end), np.clip(last, -1, end - 1))


def _divergence(share: Counts, expected: Counts) -> Counts:
    """Kullback–Leibler divergence of two shares, in nats."""
    p, q = np.clip(share, 1e-9, 1 - 1e-9), np.clip(expected, 1e-9, 1 - 1e-9)
    nats: Counts = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    return nats


def _apart(
    found: Sequence[tuple[Any, ...]],
    day: Codes,
    rules: HistoryRules,
    explained: Sequence[_Explained],
) -> Iterator[Span]:
    """The spans whose rows are mostly not behind a span with a larger deviance, nor behind an accepted one, of which they have most of the
    rows that were noted then: what comes later in the same rows is another change.
    """
    taken = np.zeros(len(day), dtype=bool)
    for deviance, group, g, first, last, one, at, figures in found:
        is_behind = (group.codes == g) & (day >= first) & (day <= last) & one.is_of(at)
        rows = np.flatnonzero(is_behind)
        echoes = [e for e in explained if is_behind[e.noted].sum() >= 0.5 * len(e.noted) > 0]
        is_taken = np.logical_or.reduce([taken[rows], *(e.is_its[rows] for e in echoes)])
        if len(rows) < rules.min_rows or (~is_taken).sum() < 0.5 * len(rows):
            continue
        taken[rows] = True
        said = one.says(at)
        yield Span(
            _named(group, g),
            first,
            last,
            said["signal"],
            said["event_type"],
            float(figures[0]),
            float(figures[1]),
            float(deviance),
            rows,
        )
