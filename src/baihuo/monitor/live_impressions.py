"""Impressions of the live bundle with its predicted P(click), and those served before it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.bundle import Bundle, ClickModels, LiveBundles
from baihuo.core import CATEGORY_SEPARATOR, ShopPaths
from baihuo.engine import Tables, sql_file
from baihuo.events import ServedLog
from baihuo.model_inputs import AT_SERVING, DEVICE, DEVICES, POSITION
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
    p_click: NDArray[np.float64]  # calibrated, at the real position; NaN: no prediction

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
    """Return the impressions of the live bundle since its release, and all others of the days before it.

    Args:
        paths: The shop: clean events (outcomes count once they are checked), clean products, served pages.
        live, bundle: The live release and its bundle.
        newest_pages: Read at most so many of the served log.
    """
    since_us, models = live.now.since_us, ClickModels.open(bundle)
    columns = () if models is None else models.columns
    served = _ServedRows.read(paths.served_log, bundle.bundle_id, columns, newest_pages)
    with tempfile.TemporaryDirectory(prefix="baihuo-watch-") as folder:
        examples = Path(folder) / "examples.parquet"
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
            pages=served.pages,
            products=paths.clean_products,
        )
    is_live = np.asarray(rows.column("is_live").to_numpy(zero_copy_only=False), dtype=bool)
    of_live, before = rows.filter(pa.array(is_live)), rows.filter(pa.array(~is_live))
    claimed = np.full(of_live.num_rows, np.nan)
    if models is not None:
        claimed = _claimed(models, of_live, served)
    return _watched(of_live, claimed), _watched(before, np.full(before.num_rows, np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class _ServedRows:
    """The newest served pages, and the feature values of one bundle's rows."""

    pages: pa.Table  # query_id, bundle_id
    row_of: dict[tuple[str, str], int]  # (query_id, product_id)
    matrix: NDArray[np.float32]  # [rows, columns], NaN: not logged

    @classmethod
    def read(cls, path: Path, bundle_id: str, columns: tuple[str, ...], newest: int) -> _ServedRows:
        """Read the pages. Position and device are not among the values: they are the same for every position."""
        bundles: dict[str, str] = {}
        row_of: dict[tuple[str, str], int] = {}
        parts: list[NDArray[np.float32]] = []
        n_rows = 0
        log = ServedLog(path)
        try:
            for served in (page for batch in log.batches(newest=newest) for page in batch):
                bundles[served.page.query_id] = served.page.bundle_id
                if served.page.bundle_id != bundle_id or not served.feature_names:
                    continue
                place = {name: i for i, name in enumerate(served.feature_names)}
                kept = [
                    i for i, name in enumerate(columns) if name in place and name not in AT_SERVING
                ]
                part = np.full((len(served.page.placed), len(columns)), np.nan, np.float32)
                part[:, kept] = served.features[:, [place[columns[i]] for i in kept]]
                for i, placed in enumerate(served.page.placed):
                    row_of[served.page.query_id, placed.product_id] = n_rows + i
                parts.append(part)
                n_rows += len(part)
        finally:
            log.close()
        pages = pa.table(
            {
                "query_id": pa.array(list(bundles), pa.string()),
                "bundle_id": pa.array(list(bundles.values()), pa.string()),
            }
        )
        empty = np.zeros((0, len(columns)), np.float32)
        return cls(pages, row_of, np.concatenate([empty, *parts]))


def _claimed(models: ClickModels, rows: pa.Table, served: _ServedRows) -> NDArray[np.float64]:
    """Return P(click) from the logged values of each row, at its real position and device; NaN: not logged."""
    p_click = np.full(rows.num_rows, np.nan)
    keys = zip(
        rows.column("query_id").to_pylist(), rows.column("product_id").to_pylist(), strict=True
    )
    found = np.array([served.row_of.get(key, -1) for key in keys], dtype=np.int64)
    logged = np.flatnonzero(found >= 0)
    if not len(logged):
        return p_click
    matrix = served.matrix[found[logged]]
    device = [DEVICES.get(d or "", np.nan) for d in rows.column("device").to_pylist()]
    real = {
        POSITION: rows.column("position").to_numpy().astype(np.float32),
        DEVICE: np.array(device, dtype=np.float32),
    }
    for name, values in real.items():
        if name in models.columns:
            matrix[:, models.columns.index(name)] = values[logged]
    surfaces = _words(rows, "surface")[logged]
    raw = models.probabilities(matrix, surfaces)
    for surface in np.unique(surfaces).tolist():
        mask = surfaces == surface
        calibrator = models.calibrators.get(surface)
        p_click[logged[mask]] = raw[mask] if calibrator is None else calibrator.apply(raw[mask])
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
