"""What is bought with a product: by count, cosine, lift, likelihood ratio, and by what a shop serves.

    python bench/complements.py --retail transactions.csv.gz              Online Retail: no categories are known
    python bench/complements.py --simulate --seed 90210                   a sample shop, whose simulator knows what goes with what
    python bench/complements.py --retail transactions.csv.gz --choose     the same on older baskets, to choose settings on

Learned from the first three quarters of all orders, asked of the last (--choose: 60% and the 15% after them). One product
of each later basket is shown; what else is in it is to be found. In a shop with categories only products of other
categories are asked for and given, since others are substitutes. One JSON line a system:

recall10, ndcg10   over at most ten products of the basket
beyond10           recall10 minus that of the same ten products beside any basket: what knowing the product brings
popularity         how often what is shown sells, in units of the mean product
n_shown            different products that are shown at all
short              share of products with fewer than ten beside them
planted            simulated: share of the first three of a kind that the simulator takes along with the product, where it takes something along
wrong              simulated: share of them of other kinds; the rest is empty

Ours has ``vs``: recall10 and beyond10 of ours minus those of each other system, bootstrap over visitors, 95%.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.privacy import column_mask
from baihuo.simulate import make_shop
from baihuo.train.purchases.baskets import NamedBaskets, read_baskets
from suites.complements.completion import Asked, Completed, asked, completed
from suites.complements.systems import OURS, systems
from suites.shared.measure import Clock, emit, peak_mb
from suites.shared.shop import import_and_clean

_WINDOWS = {"report": (0.75, 1.0), "choose": (0.6, 0.75)}
_FIRST = 3  # places beside a product where the truth is known


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--retail", type=Path, help="a raw Online Retail CSV")
    data.add_argument("--simulate", action="store_true", help="a sample shop")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--products", type=int, default=1_500, help="of the sample shop")
    parser.add_argument("--events", type=int, default=300_000, help="of the sample shop")
    parser.add_argument("--choose", action="store_true", help="older baskets")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="complements-") as name, Clock() as clock:
        folder = Path(name)
        files: list[Path] = [arguments.retail]
        format_: str | None = "online_retail"
        if arguments.simulate:
            made = make_shop(
                folder / "sample",
                seed=arguments.seed,
                n_products=arguments.products,
                n_events=arguments.events,
            )
            files, format_ = [made.products, made.events], None
        named = _cleaned(folder, files, format_, arguments.threads)
        window = _WINDOWS["choose" if arguments.choose else "report"]
        goes_with = _goes_with(folder / "sample", named) if arguments.simulate else None
        _report(named, window, goes_with, seed=arguments.seed)
    emit(
        system=OURS,
        n_orders=len(np.unique(named.baskets.order)),
        n_products=len(named.product_ids),
        wall_s=clock.wall_s,
        cpu_s=clock.cpu_s,
        peak_mb=peak_mb(),
    )


def _cleaned(folder: Path, files: list[Path], format_: str | None, threads: int) -> NamedBaskets:
    paths, tables = ShopPaths(folder / "shop"), DuckTables(threads=threads)
    import_and_clean(
        paths, files, tables=tables, mask=column_mask(b"bench"), format=format_
    ).raise_if_stopped()
    return read_baskets(
        tables, events=paths.clean / "events", products=paths.clean / "products.parquet"
    ).purchased_only(max_products=8_000)


def _goes_with(sample: Path, named: NamedBaskets) -> NDArray[np.bool_]:
    """``[products, products]``: what the simulator takes along with what, either way round."""
    truth = sample / "truth"
    types = dict(
        duckdb.execute(f"select product_id, type from '{truth}/products.parquet'").fetchall()
    )
    pairs = duckdb.execute(f"select * from '{truth}/goes_with.parquet'").fetchall()
    codes = sorted(set(types.values()))
    table = np.zeros((len(codes) + 1, len(codes) + 1), bool)
    for one, other in pairs:
        table[codes.index(one), codes.index(other)] = True
    of = np.array(
        [codes.index(types[p]) if p in types else len(codes) for p in named.product_ids.tolist()]
    )
    return np.asarray((table | table.T)[np.ix_(of, of)], np.bool_)


def _report(
    named: NamedBaskets,
    window: tuple[float, float],
    goes_with: NDArray[np.bool_] | None,
    *,
    seed: int,
) -> None:
    baskets = named.baskets
    _, first = np.unique(baskets.order, return_index=True)
    start, stop = (int(np.quantile(baskets.at_us[first], share)) for share in window)
    past, later = baskets.before(start), baskets.between(start, stop + 1)
    kinds = named.leaf_numbers if (named.leaf_numbers >= 0).any() else None
    n_sold = np.bincount(past.product, minlength=len(named.product_ids)).astype(np.float64)
    steps = asked(later, n_sold > 0, kinds=kinds, seed=seed)
    found: dict[str, Completed] = {}
    for name, weights in systems(past, at_us=start, kinds=kinds):
        found[name] = completed(weights, steps)
        line = _line(found[name], n_sold)
        if goes_with is not None:
            has_any = goes_with[:, n_sold > 0].any(axis=1) & (n_sold > 0)
            line |= _planted(weights, np.flatnonzero(has_any), goes_with)
        if name == OURS:
            line["vs"] = _beside(found, steps, seed)
        emit(system=name, n=len(steps.product), **line)


def _line(found: Completed, n_sold: NDArray[np.float64]) -> dict[str, object]:
    shown = np.concatenate(found.top)
    return {
        "recall10": round(float(found.recall.mean()), 4),
        "ndcg10": round(float(found.ndcg.mean()), 4),
        "beyond10": round(float(found.beyond.mean()), 4),
        "popularity": round(float(n_sold[shown].mean() / n_sold[n_sold > 0].mean()), 2),
        "n_shown": len(np.unique(shown)),
        "short": round(float(np.mean([len(top) < 10 for top in found.top])), 3),
    }


def _planted(
    weights: sparse.csr_matrix, products: NDArray[np.intp], goes_with: NDArray[np.bool_]
) -> dict[str, float]:
    """Beside every product that something goes with."""
    everybody = Asked(products, tuple(np.zeros(1, np.int64) for _ in products), products)
    tops = [top[:_FIRST] for top in completed(weights, everybody).top]
    right = [goes_with[p, top].sum() for p, top in zip(products.tolist(), tops, strict=True)]
    filled = sum(map(len, tops))
    places = _FIRST * len(products)
    return {
        "planted": round(float(sum(right) / places), 4),
        "wrong": round(float((filled - sum(right)) / places), 4),
    }


def _beside(found: dict[str, Completed], steps: Asked, seed: int) -> dict[str, object]:
    _, visitor = np.unique(steps.visitor, return_inverse=True)
    ours = found[OURS]
    return {
        other: {
            "recall10": paired_bootstrap(
                ours.recall, theirs.recall, seed=seed, clusters=visitor
            ).to_json(),
            "beyond10": paired_bootstrap(
                ours.beyond, theirs.beyond, seed=seed, clusters=visitor
            ).to_json(),
        }
        for other, theirs in found.items()
        if other != OURS
    }


if __name__ == "__main__":
    main()
