"""The promises of the whole: nothing lost, the same bytes, dirt found, clean rows left alone."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.quality.chosen import only

from baihuo.connect import import_files, segments
from baihuo.core import Event, EventType, NotFound, Product
from baihuo.core.tables import EVENTS, FINDINGS, PRODUCTS, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import STEPS, QualityReport, QualityRules, clean, explain
from baihuo.quality.engine.clean import WRITTEN
from baihuo.quality.registry import CHECKS

NOON_US = 1_750_000_000_000_000
RULES = QualityRules.model_validate({"duplicates": {"window_ms": 1000}, "prices": {"min_rows": 8}})

dirty_events = st.lists(
    st.builds(
        Event,
        event_id=st.sampled_from(["", "a", "b", "c", "d", "e", "f", "g"]),
        event_type=st.sampled_from([*EventType, "clik"]),
        visitor_id=st.sampled_from(["v", "w", " "]),
        occurred_at_us=st.integers(-2, 3).map(lambda n: NOON_US + n * 500_000)
        | st.integers(-(2**60), 2**62),
        received_at_us=st.integers(0, 3).map(lambda n: NOON_US + n * 500_000)
        | st.integers(-(2**60), 2**62),
        product_id=st.sampled_from(
            [None, "", "p1", "P1 ", "p2", "Mug one", "4006381333931", "gone"]
        ),
        query_id=st.sampled_from([None, "q"]),
        position=st.sampled_from([None, 0, 1]),
        price_minor=st.sampled_from([None, -1, 0, 100, 10_000, 2**62]),
        quantity=st.sampled_from([None, -1, 1, 2]),
        rating=st.sampled_from([None, 4.0, float("nan"), float("inf")]),
        currency=st.sampled_from([None, "EUR", "€"]),
    ),
    min_size=8,
    max_size=30,
)
dirty_products = st.lists(
    st.builds(
        Product,
        product_id=st.sampled_from(["p1", "p2", "p3", ""]),
        title_en=st.sampled_from([None, "Mug one", "Mug two"]),
        codes=st.sampled_from([(), ("4006381333931",)]),
        price_minor=st.sampled_from([None, -5, 100]),
        updated_at_us=st.sampled_from([None, NOON_US, 2**60]),
    ),
    max_size=6,
)


def run(
    folder: Path,
    events: pa.Table,
    products: pa.Table,
    *,
    threads: int = 2,
    rules: QualityRules = RULES,
) -> QualityReport:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(events, folder / "e.parquet")
    pq.write_table(products, folder / "p.parquet")
    return clean(
        DuckTables(threads=threads),
        events=[folder / "e.parquet"],
        products=[folder / "p.parquet"],
        out=folder / "out",
        rules=rules,
        now_us=NOON_US + 10**9,
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    out = folder / "out"
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and p.name != "plan.json"]
    return {str(p.relative_to(out)): p.read_bytes() for p in files}


def test_events_that_an_older_version_imported_are_checked_as_those_of_today(
    tmp_path: Path,
) -> None:
    """Fields that came since are empty, whether other files have them or none."""
    log = [
        Event(
            event_id=f"e{i % 4}",  # two come twice
            event_type=EventType.CLICK,
            visitor_id=f"v{i % 4}",
            product_id="p1",
            occurred_at_us=NOON_US + i % 4 * 10**7,
            received_at_us=NOON_US + i % 4 * 10**7,
        )
        for i in range(6)
    ]
    products = products_to_table([Product(product_id="p1", title_en="Mug", price_minor=100)])
    today = events_to_table(log)
    older = today.drop_columns(["language", "region", "referrer", "interests"])
    for name, events in (("today", today), ("older", older)):
        run(tmp_path / name, events, products, rules=only("schema", "duplicates", rules=RULES))
    kept = [pq.read_table(tmp_path / name / "out" / "events") for name in ("today", "older")]
    assert kept[0].num_rows == 4
    assert kept[0].sort_by("event_id").equals(kept[1].sort_by("event_id"))


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dirty_events, dirty_products, st.randoms(use_true_random=False))
def test_rows_in_equal_rows_kept_plus_quarantined_plus_merged(
    tmp_path_factory: pytest.TempPathFactory, log: list[Event], shop: list[Product], rng: Any
) -> None:
    folder = tmp_path_factory.mktemp("invariant")
    events, products = events_to_table(log), products_to_table(shop)
    report = run(folder / "a", events, products)
    for table, raw in (("events", events), ("products", products)):
        steps = [s for s in report.steps if s.table == table]
        assert steps[0].n_in == raw.num_rows
        for step, following in itertools.pairwise(steps):
            assert following.n_in == step.n_kept
        name = "events" if table == "events" else "products.parquet"
        kept = pq.read_table(folder / "a" / "out" / name)
        taken = pq.read_table(folder / "a" / "out" / f"quarantine_{table}.parquet")
        found = pq.read_table(folder / "a" / "out" / "findings.parquet").to_pylist()
        lines = Counter(kept["line"].to_pylist()) + Counter(taken["line"].to_pylist())
        lines += Counter(
            {
                int(f["row_id"].split(":")[1])
                for f in found
                if f["table"] == table and f["action"] == "merge"
            }
            - set(taken["line"].to_pylist())
        )
        assert lines == Counter(raw["line"].to_pylist())  # every row exactly once somewhere
    ids = pq.read_table(folder / "a" / "out" / "events")["event_id"].to_pylist()
    assert len(ids) == len(set(ids))

    # the order of rows in a file changes nothing, and neither does the number of threads
    order = list(range(len(log)))
    rng.shuffle(order)
    again = run(folder / "b", events.take(pa.array(order, pa.int64())), products, threads=1)
    assert again == report
    assert bytes_of(folder / "a") == bytes_of(folder / "b")


@pytest.mark.checks("schema", "orphans")
def test_the_files_have_the_schemas_of_the_house(cleaned: Any, event: Any) -> None:
    done = cleaned([event(), event(product_id="gone")])
    assert sorted(p.name for p in done.out.iterdir()) == sorted(
        [*WRITTEN, "events", "partitions", "report.json", ".clean.lock"]
    )
    for name, schema in (("events", EVENTS), ("products", PRODUCTS), ("findings", FINDINGS)):
        path = done.out / f"{name}.parquet"
        found = pq.read_table(done.out / name).schema if name == "events" else pq.read_schema(path)
        assert [(f.name, f.type) for f in found] == [(f.name, f.type) for f in schema]
    versions = {c.name: c.version for c in CHECKS}
    assert all(f["rule_version"] == versions[f["check"]] for f in done.rows("findings"))


@pytest.mark.checks("orphans")
def test_two_rows_of_one_name_are_refused(cleaned: Any, event: Any) -> None:
    table = events_to_table([event(product_id="gone"), event(product_id="p1")])
    same = table.set_column(
        table.schema.get_field_index("line"), EVENTS.field("line"), pa.array([1, 1], pa.int64())
    )
    with pytest.raises(RuntimeError, match="share one"):
        cleaned(same)


def test_every_check_explains_itself_and_belongs_to_a_step() -> None:
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))
    assert {check.step for check in CHECKS} == set(STEPS)
    for check in CHECKS:
        assert check.why in explain(check.name)
        assert check.fix in explain(check.step)
    with pytest.raises(NotFound, match="no check is called 'spelling'"):
        explain("spelling")


# --- on a real shop -----------------------------------------------------------------------------


def test_on_a_real_shop_copies_and_cancels_are_those_that_plain_counting_finds(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """A gift shop's first lines."""
    whole, file = shared_data("online_retail") / "transactions.csv.gz", tmp_path / "first.csv.gz"
    with gzip.open(whole, "rb") as lines, gzip.open(file, "wb", compresslevel=1) as first:
        first.writelines(itertools.islice(lines, 100_000))
    raw, tables = tmp_path / "raw", DuckTables(threads=2)
    import_files([file], raw=raw, tables=tables, mask=lambda column: column)
    report = clean(
        tables,
        events=segments(raw, "events"),
        products=segments(raw, "products"),
        out=tmp_path / "clean",
        rules=only("schema", "duplicates", "order"),
    )
    report.raise_if_stopped()
    found = {(f.check, f.action): f.n_rows for f in report.findings}

    usable = set(pq.read_table(segments(raw, "events"), columns=["line"])["line"].to_pylist())
    n_copies, seen, bought, n_lone = 0, set(), set(), 0
    with gzip.open(file, "rt", encoding="utf-8") as text:
        reader = csv.reader(text)
        names = next(reader)
        rows = []
        for line, cells in enumerate(reader, start=2):
            if line in usable or line - 1 in usable:
                rows.append((line, dict(zip(names, cells, strict=True))))
    offset = 0 if min(usable) >= 2 else 1  # whether the header counts as a line
    kept = []
    for line, row in rows:
        if line - offset not in usable:
            continue
        row["Description"] = ""  # one code has many spellings; the event is the same
        row["StockCode"] = row["StockCode"].strip().upper()
        fact = tuple(row.values())
        n_copies += fact in seen
        if fact not in seen:
            kept.append(row)
        seen.add(fact)
    for row in sorted(kept, key=lambda r: (r["InvoiceDate"], r["Invoice"].startswith("C"))):
        key = (row["Customer ID"], row["StockCode"])
        if row["Invoice"].startswith("C"):
            n_lone += key not in bought
        else:
            bought.add(key)
    assert found["same_content", "merge"] == n_copies > 300
    n_early = found["cancel_of_earlier_purchase", "note"]
    assert found["cancel_without_purchase", "quarantine"] + n_early == n_lone > n_early > 100
