"""What cleaning is worth: the same models, learned from raw, from clean and from nearly clean purchases.

    python bench/cleaning.py --train train.csv.gz --test test.csv.gz

The train file is imported once and cleaned several times: with every step, with none ("raw"), and with
every step but one. Popularity, own purchases, item kNN and EASE are learned from each; all of them are
judged on the same customers and the same truth, the test file cleaned by every step. One JSON line a
model and variant: recall@20, and ``clean_minus``: recall learned from clean data minus from this
variant, a paired bootstrap over customers, 95%. What is not worth anything stands there, too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from _bench import Clock, emit, peak_mb
from baihuo.connect import import_files, segments
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.privacy import column_mask
from baihuo.quality import clean, load_rules, steps
from baihuo.train.baskets import NamedBaskets, read_baskets
from baihuo.train.purchase_report import baselines

K = 20
Truth = dict[str, frozenset[str]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, required=True, help="the older purchases")
    parser.add_argument("--test", type=Path, required=True, help="the weeks after them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    tables = DuckTables(threads=given.threads)
    with tempfile.TemporaryDirectory(prefix="cleaning-") as name, Clock() as clock:
        folder = Path(name)
        raw = {
            part: taken(getattr(given, part), folder / part, tables) for part in ("train", "test")
        }
        test = cleaned(raw["test"], folder / "test-clean", tables)
        at_us = int(test.baskets.at_us.min())
        whole = cleaned(raw["train"], folder / "clean", tables)
        truth = truth_of(whole, test)
        reference = recalls(whole, truth, at_us)
        tell("clean", reference, reference, whole, given.seed)
        every = {s.name for on in ("events", "products") for s in steps.OF[on]}
        for variant, kept in [
            ("raw", set()),
            *((f"without {s}", every - {s}) for s in sorted(every)),
        ]:
            learned = cleaned(raw["train"], folder / variant, tables, kept)
            if same(learned, whole):
                continue  # the step touched nothing here
            tell(variant, recalls(learned, truth, at_us), reference, learned, given.seed)
    emit(wall_s=clock.wall_s, cpu_s=clock.cpu_s, peak_mb=peak_mb())


def taken(file: Path, folder: Path, tables: DuckTables) -> Path:
    """Import a raw file; returns the raw folder."""
    import_files(
        [file], raw=folder, tables=tables, mask=column_mask(b"bench"), format="online_retail"
    )
    return folder


def cleaned(raw: Path, out: Path, tables: DuckTables, kept: set[str] | None = None) -> NamedBaskets:
    """Purchases after the steps of ``kept``; None: all of them."""
    with only(kept):
        clean(
            tables, events=segments(raw, "events"), products=segments(raw, "products"), out=out,
            rules=load_rules(None),
        )  # fmt: skip
    return read_baskets(tables, events=out / "events", products=out / "products.parquet")


@contextmanager
def only(kept: set[str] | None) -> Iterator[None]:
    """Within, cleaning knows only these steps."""
    before = dict(steps.OF)
    if kept is not None:
        for table, its in before.items():
            steps.OF[table] = tuple(s for s in its if s.name in kept)
    try:
        yield
    finally:
        steps.OF.update(before)


def truth_of(train: NamedBaskets, test: NamedBaskets) -> Truth:
    """What each known customer bought of the known catalogue afterwards."""
    known, catalogue = set(train.visitor_ids.tolist()), set(train.product_ids.tolist())
    bought: dict[str, set[str]] = {}
    for visitor, product in zip(
        test.visitor_ids[test.baskets.visitor].tolist(),
        test.product_ids[test.baskets.product].tolist(), strict=True,
    ):  # fmt: skip
        if visitor in known and product in catalogue:
            bought.setdefault(visitor, set()).add(product)
    return {v: frozenset(bought[v]) for v in sorted(bought)}


def recalls(learned: NamedBaskets, truth: Truth, at_us: int) -> dict[str, NDArray[np.float64]]:
    """Recall@20 of each customer of ``truth``, by model; nobody's history is nobody's hit."""
    number = {v: i for i, v in enumerate(learned.visitor_ids.tolist())}
    past = learned.baskets.before(at_us)
    known = [v for v in truth if v in number]
    mine = past.of(np.array([number[v] for v in known], np.int32))
    made = {}
    for name, system in baselines(past, at_us=at_us).items():
        scores = system.scores(mine, at_us=at_us)
        best = np.argpartition(-scores, K, axis=1)[:, :K]
        hits = dict.fromkeys(truth, 0.0)
        for visitor, row in zip(known, learned.product_ids[best], strict=True):
            hits[visitor] = len(truth[visitor] & set(row.tolist())) / min(len(truth[visitor]), K)
        made[name] = np.array(list(hits.values()))
    return made


def same(one: NamedBaskets, other: NamedBaskets) -> bool:
    """Whether a model could not tell them apart."""
    a, b = one.baskets, other.baskets
    return len(a) == len(b) and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("visitor", "product", "at_us", "quantity")
    )


def tell(
    variant: str, mine: dict[str, NDArray[np.float64]], reference: dict[str, NDArray[np.float64]],
    learned: NamedBaskets, seed: int,
) -> None:  # fmt: skip
    for name, recall in mine.items():
        gain = None
        if mine is not reference:
            gain = paired_bootstrap(reference[name], recall, seed=seed).to_json()
        emit(learned_from=variant, system=name, recall20=float(recall.mean()), clean_minus=gain,
             n_customers=len(recall), n_lines=len(learned.baskets))  # fmt: skip


if __name__ == "__main__":
    main()
