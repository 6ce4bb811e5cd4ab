"""What a new shop gains on first pages by starting from another: after k days of its own, beside training from nothing.

    python bench/transfer.py                          three pairs of sample shops that nothing was chosen on
    python bench/transfer.py --seeds 5:6,7:8 --days 1,3,7,14

A pair is a shop with nine weeks of history, which has learned (`baihuo train`), and another with another catalogue and other
people, of which the first k days are used: `train --start-from` and `train`, of first pages alone. Both order the whole
catalogue for 300 people who were never there, with their basic information. One JSON line for k days and one over all pairs:

scratch, started  nDCG@10 with the gain P(click, once looked at); the ideal is over all products
popularity        clicks and purchases of the same k days
started_minus_scratch  the paired difference, bootstrap over people (clustered by nothing else), 95%
used              what each trusts of declared interests and of segments: their weights

Rows are read as imported, without the checks. The people of one sample shop and another mean the same by a region, a
referrer or an interest: a shop in another market would gain less.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import flow
from baihuo.core import basics_of, table_to_products
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.models import NewcomerOrder
from baihuo.settings import Settings, Shop
from baihuo.simulate import make_shop
from baihuo.train import NewcomersResult, train_newcomers
from suites.newcomers.people import PLACES, Floats, first_page_ndcg
from suites.shared.measure import emit

_DAY_US = 86_400_000_000


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--seeds", default="8081:8082,8083:8084,8085:8086", help="old:new, …")
    ask_for.add_argument("--days", default="1,3,7,14", help="of the new shop's own data")
    ask_for.add_argument("--products", type=int, default=1_500, help="of each shop")
    ask_for.add_argument("--events", type=int, default=150_000, help="of each shop")
    given = ask_for.parse_args()
    days = [int(k) for k in given.days.split(",")]
    values: dict[int, dict[str, list[Floats]]] = {k: {} for k in days}
    for pair in given.seeds.split(","):
        old, new = (
            Sample(int(seed), n_products=given.products, n_events=given.events)
            for seed in pair.split(":")
        )
        start = old.learned(None)
        for k in days:
            orders = {
                "scratch": new.learned(k),
                "started": new.learned(k, start=start),
                "popularity": None,
            }
            found = {name: new.ndcg(order, k) for name, order in orders.items()}
            for name, ndcg in found.items():
                values[k].setdefault(name, []).append(ndcg)
            used = {n: [o.declared_weight, o.segment_weight] for n, o in orders.items() if o}
            emit(pair=pair, days=k, **_means(found), used=used, n_events=new.n_before(k))
    for k, by_system in values.items():
        pooled = {name: np.concatenate(parts) for name, parts in by_system.items()}
        interval = paired_bootstrap(pooled["started"], pooled["scratch"], seed=1).to_json()
        gain = {name: round(value, 4) for name, value in interval.items()}
        n = len(pooled["scratch"])
        emit(days=k, **_means(pooled), started_minus_scratch=gain, n=n)


def _means(values: dict[str, Floats]) -> dict[str, float]:
    return {name: round(float(ndcg.mean()), 4) for name, ndcg in values.items()}


class Sample:
    """A sample shop in memory: its log, its catalogue, and people who were never there."""

    def __init__(self, seed: int, *, n_products: int, n_events: int) -> None:
        print(f"sample shop {seed}", file=sys.stderr, flush=True)
        self.tables = DuckTables(threads=1)
        with tempfile.TemporaryDirectory(prefix="baihuo-transfer-") as folder:
            sample, shop = Path(folder) / "sample", Shop(Path(folder) / "shop")
            make_shop(sample, seed=seed, n_products=n_products, n_events=n_events)
            shop.root.mkdir()
            shop.write_settings(Settings(name="transfer", is_simulation=True))
            files = [sample / "products.jsonl", sample / "events.jsonl"]
            flow.import_files(shop, files)
            self.events = self._read(shop.raw / "events")
            self.products = self._read(shop.raw / "products")
            people = pq.read_table(sample / "truth" / "tastes.parquet")
            ids = pq.read_table(sample / "truth" / "products.parquet", columns=["product_id"])
        self.product_ids: list[str] = ids.column(0).to_pylist()
        new = people.filter(people.column("is_new"))
        self.p_click = np.array(new.column("p").to_pylist(), dtype=np.float64)
        self.basics = [basics_of(row) for row in new.drop_columns(["p"]).to_pylist()]
        known = {p.product_id: p.category for p in table_to_products(self.products)}
        self.categories = [known.get(p, ()) for p in self.product_ids]
        times = self.events.column("received_at_us").to_numpy()
        self.first_us = int(np.quantile(times, 0.001))  # a few clocks are wrong

    def _read(self, folder: Path) -> pa.Table:
        return pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])

    def _before(self, days: int | None) -> pa.Table:
        if days is None:
            return self.events
        until = self.first_us + days * _DAY_US
        return self.events.filter(pa.compute.less(self.events.column("received_at_us"), until))

    def n_before(self, days: int) -> int:
        """Events of the first days."""
        return int(self._before(days).num_rows)

    def learned(self, days: int | None, start: NewcomerOrder | None = None) -> NewcomerOrder:
        """From the first days, or from everything."""
        result = train_newcomers(
            self.tables, events=self._before(days), products=self.products, seed=1, start=start
        )
        return _order(result)

    def ndcg(self, order: NewcomerOrder | None, days: int) -> Floats:
        """``[people]``; None: by popularity alone."""
        events = self._before(days)
        counts = dict.fromkeys(self.product_ids, 0.0)
        for event_type, product_id in zip(
            events.column("event_type").to_pylist(),
            events.column("product_id").to_pylist(),
            strict=True,
        ):
            if product_id in counts:
                counts[product_id] += {"click": 1.0, "purchase": 5.0}.get(event_type, 0.0)
        popularity = np.array([counts[p] for p in self.product_ids])
        base = popularity
        if order is not None:
            base = order.product_scores(order.appeal_of(self.product_ids), popularity)
        found = np.zeros((len(self.basics), PLACES))
        for i, basics in enumerate(self.basics):
            scores = (
                base if order is None else base + order.category_scores(self.categories, basics, 0)
            )
            found[i] = self.p_click[i, np.argsort(-scores, kind="stable")[:PLACES]]
        return first_page_ndcg(found, self.p_click)


def _order(result: NewcomersResult) -> NewcomerOrder:
    """As a bundle would give it back; of nothing learned: products alike."""
    nothing = NewcomerOrder(np.empty(0, dtype=object), np.empty(0, np.float32))
    return result.order or nothing


if __name__ == "__main__":
    main()
