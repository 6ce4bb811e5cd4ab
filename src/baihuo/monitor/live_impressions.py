"""Impressions of the live bundle with the P(click) it claims for them, and those of what served before it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.bundle import Bundle, ClickModels, LiveBundles
from baihuo.core import CATEGORY_SEPARATOR, ShopPaths
from baihuo.engine import Tables, sql_file
from baihuo.events import ServedLog
from baihuo.model_inputs import AT_SERVING, DEVICE, DEVICES, POSITION, with_logged
from baihuo.train import impressions

_IMPRESSIONS = sql_file(__file__, "live_impressions")
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class WatchedRows:
    """Impressions whose outcome is known."""

    visitor: NDArray[Any]  # ids
    surface: NDArray[np.str_]
    product: NDArray[Any]  # ids
    category: NDArray[Any]  # names, the broadest
    position: NDArray[np.int64]
    clicks: NDArray[np.float64]  # 0 or 1
    p_click: NDArray[np.float64]  # calibrated, at the position each had; NaN: nothing was claimed

    def __len__(self) -> int:
        return len(self.clicks)

    def take(self, mask: NDArray[np.bool_]) -> WatchedRows:
        """The rows where ``mask`` holds."""
        return WatchedRows(
            self.visitor[mask],
            self.surface[mask],
            self.product[mask],
            self.category[mask],
            self.position[mask],
            self.clicks[mask],
            self.p_click[mask],
        )


def live_impressions(
    tables: Tables,
    paths: ShopPaths,
    live: LiveBundles,
    bundle: Bundle,
    *,
    attribution_minutes: int,
    reference_days: float,
    newest_pages: int,
) -> tuple[WatchedRows, WatchedRows]:
    """What the live bundle showed since its release, and what was shown in the days before it by anything else.

    Args:
        paths: The shop: clean events (outcomes count once they are checked), clean products, served pages.
        live, bundle: What is live now.
        newest_pages: Of the served log, at most so many are read.
    """
    since_us = live.now.since_us
    with tempfile.TemporaryDirectory(prefix="baihuo-watch-") as folder:
        served, examples = Path(folder) / "served.parquet", Path(folder) / "examples.parquet"
        log = ServedLog(paths.served_log)
        try:
            log.to_parquet(served, newest=newest_pages)
        finally:
            log.close()
        impressions(
            tables, events=paths.clean_events, out=examples, attribution_minutes=attribution_minutes
        )
        rows = tables.sql(
            _IMPRESSIONS(
                bundle_id=f"'{bundle.bundle_id}'",
                since_us=since_us,
                from_us=since_us - round(reference_days * _DAY_US),
                separator=f"'{CATEGORY_SEPARATOR}'",
            ),
            examples=examples,
            served=served,
            products=paths.clean_products,
        )
        is_live = np.asarray(rows.column("is_live").to_numpy(zero_copy_only=False), dtype=bool)
        of_live = rows.filter(pa.array(is_live))
        claimed = _claimed(tables, bundle, of_live, served, Path(folder) / "live.parquet")
    before = rows.filter(pa.array(~is_live))
    return _watched(of_live, claimed), _watched(before, np.full(before.num_rows, np.nan))


def _claimed(
    tables: Tables, bundle: Bundle, rows: pa.Table, served: Path, out: Path
) -> NDArray[np.float64]:
    """P(click) from the values that ranked each row, at the position and on the device it really had."""
    p_click = np.full(rows.num_rows, np.nan)
    models = ClickModels.open(bundle)
    if models is None or not rows.num_rows:
        return p_click
    numbered = rows.append_column("example_id", pa.array(np.arange(rows.num_rows)))
    pq.write_table(numbered, out)
    matrix = np.full((rows.num_rows, len(models.columns)), np.nan, dtype=np.float32)
    with_logged(tables, matrix, models.columns, examples=out, served=served)
    kept = [i for i, name in enumerate(models.columns) if name not in AT_SERVING]
    is_logged = ~np.isnan(matrix[:, kept]).all(axis=1)
    real = {
        POSITION: rows.column("position").to_numpy().astype(np.float32),
        DEVICE: np.array([DEVICES.get(d or "", np.nan) for d in rows.column("device").to_pylist()]),
    }
    for name, values in real.items():
        if name in models.columns:
            matrix[:, models.columns.index(name)] = values
    surfaces = _words(rows, "surface")
    raw = models.probabilities(matrix)
    for surface in np.unique(surfaces).tolist():
        mask = (surfaces == surface) & is_logged
        calibrator = models.calibrators.get(surface)
        p_click[mask] = raw[mask] if calibrator is None else calibrator.apply(raw[mask])
    return p_click


def _watched(rows: pa.Table, p_click: NDArray[np.float64]) -> WatchedRows:
    return WatchedRows(
        visitor=_words(rows, "visitor_id"),
        surface=_words(rows, "surface"),
        product=_words(rows, "product_id"),
        category=_words(rows, "category"),
        position=rows.column("position").to_numpy().astype(np.int64),
        clicks=rows.column("is_clicked").to_numpy().astype(np.float64),
        p_click=p_click,
    )


def _words(rows: pa.Table, name: str) -> NDArray[np.str_]:
    return np.asarray(rows.column(name).to_pylist(), dtype=np.str_)
