"""What cleaning is worth to models of purchases: popularity, repeat purchases, item kNN, EASE and our ranker."""

from __future__ import annotations

import sys
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.connect import Options, import_files, imports, segments
from baihuo.engine import DuckTables
from baihuo.evaluate import paired_bootstrap
from baihuo.privacy import column_mask
from baihuo.quality import QualityReport, clean, load_rules
from baihuo.train.purchases.baskets import NamedBaskets, read_baskets
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases
from baihuo.train.purchases.report import Recommender, baselines
from suites.cleaning.leave_out import NOT_A_PRODUCT, everything_is_a_product, without
from suites.shared.measure import emit

K = 20
OURS, OTHER_SEED = "baihuo", "clean, other seed"
Truth = dict[str, frozenset[str]]
Recalls = dict[str, NDArray[np.float64]]


def purchases(
    train: Path, test: Path, work: Path, *, ours: Collection[str], threads: int, seed: int
) -> None:
    """Emit a line a variant and model; our ranker only learns from the variants ``ours`` (and clean)."""
    tables = DuckTables(threads=threads)
    raw = imported(train, work / "train", tables)
    whole, report = cleaned(raw, work / "clean", tables)
    later, _ = cleaned(imported(test, work / "test", tables), work / "test-clean", tables)
    at_us, truth = int(later.baskets.at_us.min()), truth_of(whole, later)

    def recalls_of(learned: NamedBaskets, has_ours: bool, of_seed: int = seed) -> Recalls:
        return recalls(learned, truth, at_us, ours=of_seed if has_ours else None, threads=threads)

    reference = recalls_of(whole, bool(ours))
    emit_recalls("clean", reference, reference, whole, 0, seed)
    if ours:
        other_seed = {OURS: recalls_of(whole, True, seed + 1000)[OURS]}
        emit_recalls(OTHER_SEED, other_seed, reference, whole, 0, seed)
    found = changed(report)
    left_out = dict(found)
    record = next(r for r in imports(raw) if r.kind == "events")
    with_fees = imported(train, work / "with-fees", tables, keeps_fees=True)
    left_out[NOT_A_PRODUCT] = record.reasons.get(NOT_A_PRODUCT, 0)
    for variant in ("raw", *left_out):
        print(f"without {variant}", file=sys.stderr, flush=True)
        source = with_fees if variant in ("raw", NOT_A_PRODUCT) else raw
        leave = None if variant == "raw" else {variant}
        learned, _ = cleaned(source, work / variant, tables, leave)
        n = sum(left_out.values()) if variant == "raw" else left_out[variant]
        name = variant if variant == "raw" else f"without {variant}"
        if same(learned, whole):
            emit(data="online_retail", learned_from=name, same=True, n_rows=n)
            continue
        emit_recalls(name, recalls_of(learned, variant in ours), reference, learned, n, seed)


def imported(file: Path, folder: Path, tables: DuckTables, *, keeps_fees: bool = False) -> Path:
    """Import a raw file; returns the raw folder."""
    with everything_is_a_product() if keeps_fees else nullcontext():
        import_files(
            [file],
            raw=folder,
            tables=tables,
            mask=column_mask(b"bench"),
            options=Options(format="online_retail"),
        )
    return folder


def cleaned(
    raw: Path, out: Path, tables: DuckTables, leave: Collection[str] | None = ()
) -> tuple[NamedBaskets, QualityReport]:
    """Purchases after all checks but those left out; None leaves out all."""
    with without(leave):
        report = clean(
            tables,
            events=segments(raw, "events"),
            products=segments(raw, "products"),
            out=out,
            rules=load_rules(None),
        )
    baskets = read_baskets(tables, events=out / "events", products=out / "products.parquet")
    return baskets, report


def changed(report: QualityReport) -> dict[str, int]:
    """Rows by check, of the checks that changed any."""
    rows: dict[str, int] = {}
    for finding in report.findings:
        if finding.is_change:
            rows[finding.check] = rows.get(finding.check, 0) + finding.n_rows
    return rows


def truth_of(train: NamedBaskets, test: NamedBaskets) -> Truth:
    """What each known customer bought of the known catalogue afterwards."""
    known, catalogue = set(train.visitor_ids.tolist()), set(train.product_ids.tolist())
    bought: dict[str, set[str]] = {}
    for visitor, product in zip(
        test.visitor_ids[test.baskets.visitor].tolist(),
        test.product_ids[test.baskets.product].tolist(),
        strict=True,
    ):
        if visitor in known and product in catalogue:
            bought.setdefault(visitor, set()).add(product)
    return {v: frozenset(bought[v]) for v in sorted(bought)}


def recalls(
    learned: NamedBaskets, truth: Truth, at_us: int, *, ours: int | None, threads: int
) -> Recalls:
    """Recall@20 of each customer of ``truth``, by model; a customer without history has none.

    Args:
        ours: the seed of our ranker; None: it is not learned.
    """
    number = {v: i for i, v in enumerate(learned.visitor_ids.tolist())}
    past = learned.baskets.before(at_us)
    known = [v for v in truth if v in number]
    mine = past.for_visitors(np.array([number[v] for v in known], np.int32))
    systems: dict[str, Recommender] = dict(baselines(past, at_us=at_us))
    if ours is not None:
        systems[OURS] = learn_purchases(
            past,
            at_us=at_us,
            titles=learned.titles,
            training=PurchaseTraining(seed=ours),
            threads=threads,
        )
    made = {}
    for name, system in systems.items():
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
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name == "price")
        for name in ("visitor", "product", "at_us", "quantity", "price")
    )


def emit_recalls(
    variant: str, mine: Recalls, reference: Recalls, learned: NamedBaskets, n_rows: int, seed: int
) -> None:
    """One line a model: its recall, and what clean data adds to it."""
    for name, recall in mine.items():
        gain = None
        if mine is not reference and name in reference:
            gain = paired_bootstrap(reference[name], recall, seed=seed).to_json()
        emit(
            data="online_retail",
            learned_from=variant,
            system=name,
            recall20=float(recall.mean()),
            clean_minus=gain,
            n=len(recall),
            n_lines=len(learned.baskets),
            n_rows=n_rows,
        )
