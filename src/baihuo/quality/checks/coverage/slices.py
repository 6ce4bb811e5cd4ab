"""Hourly counts of the whole log and of its slices: platforms, types of event, types on platforms."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from baihuo.quality.checks.coverage.gaps import Counts, Gap

Slice: TypeAlias = "tuple[str | None, str | None]"
"""A platform and a type of event; None: all of them."""
_MIN_TYPE_SHARE = 0.02  # of the rows: a type with fewer is not missed when it does not come
_MAX_PARENT_SHARE = 0.95  # a slice with more of its parent is nearly the parent itself


def hourly_slices(hourly: pa.Table) -> tuple[dict[Slice, Counts], int]:
    """Counts of each slice, and the hour since 1970 that all of them start at.

    The whole log comes first, under (None, None). Rows without a platform belong to the whole only.

    Args:
        hourly: ``hour``, ``platform``, ``event_type``, ``n``: events in an hour since 1970.
    """
    hours = hourly["hour"].to_numpy()
    first = int(hours.min())
    n_hours = int(hours.max()) - first + 1
    weights = hourly["n"].to_numpy().astype(np.float64)
    platforms = np.array(hourly["platform"].to_pylist(), dtype=object)
    types = np.array(hourly["event_type"].to_pylist(), dtype=object)
    platform_names: list[Any] = sorted({p for p in platforms if p is not None})
    type_names: list[Any] = sorted(set(types))
    names: list[Slice] = [(None, None), *((p, None) for p in platform_names)]
    names += [(None, t) for t in type_names]
    if len(platform_names) > 1:
        names += [(p, t) for p in platform_names for t in type_names]
    slices: dict[Slice, Counts] = {}
    for platform, event_type in names:
        is_in = np.ones(len(hours), bool)
        if platform is not None:
            is_in &= platforms == platform
        if event_type is not None:
            is_in &= types == event_type
        if is_in.any():
            counts = np.bincount(hours[is_in] - first, weights[is_in], n_hours)
            slices[platform, event_type] = counts.astype(np.float64)
    return slices, first


def parent_counts(name: Slice, slices: dict[Slice, Counts]) -> Counts | None:
    """Counts of what a slice is compared with; None where it is (nearly) all there is."""
    platform, event_type = name
    if platform is None and event_type is None:
        return None
    has_both = platform is not None and event_type is not None
    parent = slices[(platform, None) if has_both else (None, None)]
    return None if slices[name].sum() > _MAX_PARENT_SHARE * parent.sum() else parent


def others_continued(slices: dict[Slice, Counts], name: Slice, gap: Gap) -> bool:
    """Whether most other types came as usual while this one was silent.

    Where one other type is all that came (a burst of ad impressions in a quiet night), the log was
    quiet and lost nothing.
    """
    platform, event_type = name
    if event_type is None:
        return True
    parent = slices[platform, None]
    others = [c for (p, t), c in slices.items() if p == platform and t not in (None, event_type)]
    frequent = [c for c in others if c.sum() >= _MIN_TYPE_SHARE * parent.sum()]
    n_others, hours = sum(c.sum() for c in others), slice(gap.start, gap.end)
    share = float(parent[hours].sum()) / max(float(n_others), 1.0)
    n_continued = sum(float(c[hours].sum()) >= 0.2 * share * float(c.sum()) for c in frequent)
    return 2 * n_continued >= len(frequent)
