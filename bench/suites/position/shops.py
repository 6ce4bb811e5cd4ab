"""A simulated shop of one click model, as rows that click models learn from, with the truth of each impression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.evaluate import Examination, examination_by_surface, examined
from baihuo.privacy import column_mask
from baihuo.simulate import make_shop
from baihuo.train import ClickSource, ClickTraining, click_data
from baihuo.train.clicks.drawn import MOST_BY_CHANCE, drawn_impressions
from suites.shared.shop import import_and_clean, indexed

Floats = NDArray[np.float64]
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class LoggedShop:
    """Impressions, pages together, oldest first."""

    click_model: str
    seed: int
    examples: pa.Table
    columns: tuple[str, ...]
    matrix: NDArray[np.float32]  # [rows, columns]
    clicks: NDArray[np.float32]  # [rows]
    gains: NDArray[np.int32]  # [rows]
    page: NDArray[np.int64]  # [rows]
    surface: NDArray[np.str_]  # [rows]
    part: NDArray[np.int64]  # [rows] 0 train, 1 validation, 2 test
    p_true: Floats  # [rows] P(click | placed there); NaN: not known
    looked: Floats  # [rows] P(examined | placed there)
    log: str = "old shop"  # who ordered the pages

    @classmethod
    def made(
        cls, folder: Path, *, click_model: str, seed: int, n_products: int, n_events: int
    ) -> LoggedShop:
        """From files to columns; read again where the folder has them."""
        if not (folder / "rows.npz").exists():
            _make(folder, click_model, seed, n_products=n_products, n_events=n_events)
        with np.load(folder / "rows.npz") as stored:
            rows = {name: stored[name] for name in stored.files}
        columns = tuple(rows.pop("columns").tolist())
        examples = pq.read_table(folder / "rows.parquet")
        return cls(click_model=click_model, seed=seed, examples=examples, columns=columns, **rows)

    @property
    def named(self) -> dict[str, object]:
        """What every result says of the log it is of."""
        return {"click_model": self.click_model, "log": self.log, "shop": self.seed}

    @cached_property
    def position(self) -> NDArray[np.int64]:
        return np.asarray(self.examples.column("position").to_numpy(), dtype=np.int64)

    @cached_property
    def propensity(self) -> Floats:
        """1 where it is not known."""
        values = self.examples.column("propensity").to_numpy(zero_copy_only=False)
        return np.nan_to_num(np.asarray(values, dtype=np.float64), nan=1.0)

    @cached_property
    def curves(self) -> dict[str, Examination]:
        """From all that is older than the tested pages."""
        older = self.examples.filter(pa.array(self.part < 2))
        drawn = drawn_impressions(DuckTables(threads=1), older, None)
        return examination_by_surface(drawn, seed=self.seed)

    @cached_property
    def examined(self) -> Floats:
        """``[rows]``, as estimated."""
        return examined(self.curves, self.surface, self.position)

    @cached_property
    def is_even(self) -> NDArray[np.bool_]:
        """``[rows]`` of pages that were drawn evenly from all candidates."""
        n = np.maximum(np.bincount(self.page), 1)
        share = np.bincount(self.page, self.propensity <= MOST_BY_CHANCE) / n
        return np.asarray((share > 0.5)[self.page])

    @cached_property
    def tested(self) -> NDArray[np.bool_]:
        return np.asarray((self.part == 2) & ~np.isnan(self.p_true))


def _make(folder: Path, click_model: str, seed: int, *, n_products: int, n_events: int) -> None:
    paths, tables = ShopPaths(folder), DuckTables(threads=1)
    shop = make_shop(
        folder / "shop",
        seed=seed,
        n_products=n_products,
        n_events=n_events,
        click_model=click_model,
    )
    import_and_clean(
        paths, [shop.events, shop.products], tables=tables, mask=column_mask(bytes(32))
    ).raise_if_stopped()
    config = ClickTraining(seed=seed, test_share=0.2)
    source = ClickSource(
        tables=tables,
        events=paths.clean_events,
        products=paths.clean_products,
        generation=indexed(paths),
    )
    data = click_data(source, out=paths.features, config=config)
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=["event_id", "p", "examination"])
    known = {e: (p, x) for e, p, x in zip(*truth.to_pydict().values(), strict=True)}
    of_row = [known.get(e, (np.nan, np.nan)) for e in data.examples["event_id"].to_pylist()]
    p_true, looked = np.array(of_row).T
    pq.write_table(data.examples, folder / "rows.parquet")
    rows = data.rows
    np.savez(
        folder / "rows.npz",
        columns=np.array(data.columns),
        matrix=rows.matrix,
        clicks=rows.clicks,
        gains=rows.gains,
        page=rows.page,
        surface=rows.surface,
        part=sum(i * data.part(name) for i, name in enumerate(_PARTS)),
        p_true=p_true,
        looked=looked,
    )
