"""Check whether the live bundle is inside its bands: calibration, click rate and diversity. Every measure is a ratio with an interval over
visitors that stays valid however often it is computed
(:func:`baihuo.evaluate.sequence_multiplier`), so that a month of runs every ten minutes raises as few false alarms as one run.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import ClusteredMean, clustered_mean, concentration, sequence_multiplier
from baihuo.monitor.live_impressions import WatchedRows
from baihuo.monitor.watch_report import Band, Watched

_POSITIONS = np.array([1, 2, 3, 4, 6, 9, 13, 17, 25])  # those between two share a rate
_FEW_REFERENCE = 200  # impressions of a surface before the release, below which nothing is compared
_NORMAL = 1.96


def watched(live: WatchedRows, before: WatchedRows, band: Band) -> list[Watched]:
    """Return every measure with enough impressions.

    Args:
        live: Impressions of the live bundle since its release.
        before: Earlier impressions, of other bundles or another shop system: the reference for clicks and diversity.
        band: The bands.
    """
    surfaces = np.unique(live.surface).tolist()
    error_rate = band.false_alarms / (1 + 3 * max(1, len(surfaces)))
    found = list(_calibration(live, band, error_rate))
    for surface in surfaces:
        shown = live.take(live.surface == surface)
        reference = before.take(before.surface == surface)
        if len(shown) >= band.min_impressions and len(reference) >= _FEW_REFERENCE:
            found += _ctr(surface, shown, reference, band, error_rate)
            found += _coverage(surface, shown, reference, band, error_rate)
    return found


def _calibration(live: WatchedRows, band: Band, error_rate: float) -> Iterator[Watched]:
    """Compare clicks with those predicted."""
    rows = live.take(~np.isnan(live.p_click))
    if len(rows) < band.min_impressions or not rows.p_click.sum():
        return
    off = clustered_mean(rows.clicks - rows.p_click, rows.visitor)
    wide = _wide(off, band, error_rate)
    predicted = float(rows.p_click.mean())
    middle = off.mid + predicted
    yield Watched(
        name="calibration",
        surface="all",
        n=len(rows),
        value=middle / predicted,
        low=max(0.0, middle - wide) / predicted,
        high=(middle + wide) / predicted,
        lowest=1 / band.most_calibration_ratio,
        highest=band.most_calibration_ratio,
        words=f"clicks for each that was predicted ({predicted:.4f} an impression)",
    )


def _ctr(
    surface: str, shown: WatchedRows, before: WatchedRows, band: Band, error_rate: float
) -> Iterator[Watched]:
    """Compare clicks with those of the same positions before."""
    expected, doubt = _expected(shown.position, before)
    if not expected.sum():
        return
    off = clustered_mean(shown.clicks - expected, shown.visitor)
    wide, rate = _wide(off, band, error_rate), float(expected.mean())
    middle = off.mid + rate
    yield Watched(
        name="ctr",
        surface=surface,
        n=len(shown),
        value=middle / rate,
        low=max(0.0, middle - wide) / (rate * (1 + doubt)),
        high=(middle + wide) / (rate * max(1e-6, 1 - doubt)),
        lowest=band.lowest_ctr_ratio,
        highest=None,
        words=f"times what the same positions had before ({rate:.4f} clicks an impression)",
    )


def _expected(
    position: NDArray[np.int64], before: WatchedRows
) -> tuple[NDArray[np.float64], float]:
    """Return earlier click rates of these positions, and the relative error of their mean (95%, over visitors)."""
    n_bins = len(_POSITIONS) + 1
    there = np.searchsorted(_POSITIONS, before.position, side="right")
    whole = float(before.clicks.mean())
    # A position that was hardly shown is pulled towards the mean of all.
    n = np.bincount(there, minlength=n_bins) + 50.0
    rates = (np.bincount(there, before.clicks, minlength=n_bins) + 50.0 * whole) / n
    doubt = clustered_mean(before.clicks, before.visitor)
    relative = _NORMAL * doubt.error / whole if whole and not np.isnan(doubt.error) else 1.0
    here = np.searchsorted(_POSITIONS, position, side="right")
    return np.asarray(rates[here], dtype=np.float64), min(1.0, relative)


def _coverage(
    surface: str, shown: WatchedRows, before: WatchedRows, band: Band, error_rate: float
) -> Iterator[Watched]:
    """Compare the effective number of products, and of categories, with that before."""
    kinds = {
        "products": (shown.product, before.product),
        "categories": (shown.category, before.category),
    }
    for name, (ours, theirs) in kinds.items():
        try:
            now, then = concentration(ours, shown.visitor), concentration(theirs, before.visitor)
        except ValueError:  # a single visitor
            continue
        if not now.mid or not then.mid:
            continue
        wide = _wide(now, band, error_rate)
        doubt = _NORMAL * then.error
        yield Watched(
            name=f"coverage of {name}",
            surface=surface,
            n=len(shown),
            value=then.mid / now.mid,
            low=max(0.0, then.mid - doubt) / (now.mid + wide),
            high=(then.mid + doubt) / max(1e-9, now.mid - wide),
            lowest=band.lowest_coverage_ratio,
            highest=None,
            words=f"times as many effective {name} as before ({1 / then.mid:.1f})",
        )


def _wide(mean: ClusteredMean, band: Band, error_rate: float) -> float:
    """Return half the width of the interval valid over all runs; infinite for a single visitor."""
    if np.isnan(mean.error):
        return float("inf")
    return mean.error * sequence_multiplier(
        mean.n, n_first=band.min_impressions, error_rate=error_rate
    )
