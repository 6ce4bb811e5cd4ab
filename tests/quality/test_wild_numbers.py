"""Numbers that belong to another column, or to no world: a cell or a row goes, the run goes on."""

from __future__ import annotations

import csv
import json
import zlib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.quality.chosen import CLEANING, few_checks
from typer.testing import CliRunner

from baihuo import flow
from baihuo.cli.app import app
from baihuo.quality import STEPS
from baihuo.settings import Shop

# A telephone number, the ends of the integer types, and what floats and databases write for nothing.
WILD = (
    "1.4e10|14000000000|8613800138000|-14000000000|2147483647|2147483648|-2147483649|"
    "4294967296|9223372036854775807|9223372036854775808|-9223372036854775808|"
    "18446744073709551616|9.2e18|1e300|-1e300|1e-300|1e400|inf|-inf|nan|Infinity|"
    "9999999999999999999999999999999999999999|999999999999.999999|0|-1"
).split("|")
EVENT_FIELDS = {
    "price": "purchase",
    "price_minor": "purchase",
    "quantity": "purchase",
    "rating": "review",
    "dwell_ms": "dwell",
    "position": "impression",
    "propensity": "impression",
    "occurred_at_us": "click",
    "received_at_us": "click",
}
PRODUCT_FIELDS = "price|price_minor|stock_units|released_at_us|updated_at_us|variants".split("|")
NEVER_STOPS: dict[str, Any] = {
    "max_quarantined": 1.0,
    **{step: {"warn_above": None, "stop_above": None} for step in STEPS},
}

Row = dict[str, str]


def hour_of(name: str) -> int:
    """An hour for each file: at one second, the rows of all would be a clock that stands."""
    return zlib.crc32(name.encode()) % 24


def good_events(of: str) -> list[Row]:
    types = ("click", "impression", "purchase", "click")
    hour = hour_of(of)
    return [
        {
            "event_id": f"good-{of}-{i}",
            "event_type": types[i % 4],
            "visitor_id": f"v{of}{i % 30}",
            "product_id": f"p-csv-updated_at_us-{i % 20}",
            "occurred_at_us": f"2025-06-{1 + i // 20:02}T{hour:02}:{i % 60:02}:{i % 50:02}Z",
            "currency": "EUR",
        }
        for i in range(60)
    ]


def events_with(field: str, of: str) -> list[Row]:
    """Good rows and one wild value of the field in each of some others."""
    wild = [
        {
            "event_id": f"wild-{of}-{i}",
            "event_type": EVENT_FIELDS[field],
            "visitor_id": f"w{of}{i % 9}",
            "product_id": f"p-csv-updated_at_us-{i % 20}",
            "currency": "EUR",
            "occurred_at_us": f"2025-06-03T{hour_of(of):02}:{2 * i:02}:30Z",
            field: value,
        }
        for i, value in enumerate(WILD)
    ]
    return [*good_events(of), *wild]


def good_products(of: str) -> list[Row]:
    return [
        {
            "product_id": f"p-{of}-{i}",
            "title": f"{word * (i + 1)} of {of}",
            "currency": "EUR",
            "category": "a",
        }
        for i, word in enumerate(
            "lamp chair table desk shelf sofa bed rug vase clock mug bowl plate fork knife pan pot cup jar box".split()
        )
    ]


def products_with(field: str, of: str) -> list[Row]:
    made = []
    for i, value in enumerate(WILD):
        cell = value
        if field == "variants":
            cell = f'[{{"variant_id": "x{i}", "price_minor": {value}, "stock_units": {value}}}]'
        made.append(
            {
                "product_id": f"wild-{of}-{i}",
                "title": f"Wild object {i} of {value} {of}",
                "currency": "EUR",
                "category": "a",
                field: cell,
            }
        )
    return [*good_products(of), *made]


def written(path: Path, rows: list[Row], shape: str, field: str) -> Path:
    """The rows as a file; in JSON and Parquet the field's values are numbers where that format has them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    path = path.with_suffix({"csv": ".csv", "jsonl": ".jsonl"}.get(shape, ".parquet"))
    if shape == "csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    elif shape == "jsonl":
        lines = []
        for row in rows:
            pairs = [
                f"{json.dumps(n)}: {v if n == field and is_json_number(v) else json.dumps(v)}"
                for n, v in row.items()
            ]
            lines.append("{" + ", ".join(pairs) + "}\n")
        path.write_text("".join(lines))
    else:
        columns: dict[str, Any] = {}
        for name in names:
            cells = [row.get(name) for row in rows]
            columns[name] = typed(cells, shape) if name == field else cells
        pq.write_table(pa.table(columns), path)
    return path


def is_json_number(text: str) -> bool:
    return text.lstrip("-")[:1].isdigit() and text[4:5] != "-"  # a time begins with digits, too


def typed(cells: list[str | None], shape: str) -> pa.Array:
    """A column of one type; where the type cannot hold a value, the largest it holds."""
    unit = shape if shape in UNITS else "us"
    if shape == "double":
        return pa.array(
            [None if c is None else float(number(c, unit)) for c in cells], pa.float64()
        )
    if shape == "decimal":
        kept = [clipped(c, unit, 10**20) for c in cells]
        return pa.array([None if n is None else round(n, 6) for n in kept], pa.decimal128(38, 6))
    whole = [None if (n := clipped(c, unit, 2**63 - 1)) is None else int(n) for c in cells]
    column = pa.array(whole, pa.int64())
    return column if shape == "int64" else column.cast(pa.timestamp(shape, "UTC"))


def number(cell: str, unit: str) -> Decimal:
    """The cell; a time in the text of a good row as units since 1970."""
    try:
        return Decimal(cell)
    except ArithmeticError:
        seconds = datetime.fromisoformat(cell).timestamp()
        return Decimal(int(seconds) * {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit])


def clipped(cell: str | None, unit: str, most: int) -> Decimal | None:
    found = None if cell is None else number(cell, unit)
    return (
        found
        if found is None
        else max(Decimal(-most), min(Decimal(most), found))
        if found.is_finite()
        else None
    )


SHAPES = ("csv", "jsonl", "double", "int64", "decimal")
UNITS = ("ms", "us", "ns")


def is_possible(shape: str, field: str) -> bool:
    return (
        field.endswith("_at_us") if shape in UNITS else field != "variants" or shape in SHAPES[:2]
    )


def test_no_number_in_any_column_ends_a_check_and_good_rows_are_kept(tmp_path: Path) -> None:
    """Every column at once in each format, a file each, through files alone: what a person with an export does."""
    rules = tmp_path / "quality.yaml"
    rules.write_text(json.dumps(NEVER_STOPS))
    shapes = (*SHAPES, *UNITS)
    of_events = [(s, f) for s in shapes for f in EVENT_FIELDS if is_possible(s, f)]
    of_products = [(s, f) for s in shapes for f in PRODUCT_FIELDS if is_possible(s, f)]
    events = [
        written(tmp_path / f"e-{s}-{f}", events_with(f, f"{s}-{f}"), s, f) for s, f in of_events
    ]
    products = [
        written(tmp_path / f"p-{s}-{f}", products_with(f, f"{s}-{f}"), s, f) for s, f in of_products
    ]
    out = tmp_path / "out"
    words = ["check", "--out", str(out), "--rules", str(rules), "--json"]
    for option, paths in (("--events", events), ("--products", products)):
        words += [w for path in paths for w in (option, str(path))]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    refused = pq.read_table(out / "refused.parquet").to_pylist()
    assert all(r["reason"] and r["fix"] for r in refused)
    assert all(r["field"] or r["reason"] == "not_json" for r in refused)
    for table, paths in (("events", events), ("products", products)):
        n_refused = len([r for r in refused if r["table"] == table])
        n_in, n_kept = (sum(json_rows(out, table, name)) for name in ("n_in", "n_kept"))
        assert n_in == n_kept + n_refused
        assert report["tables"][table]["n_in"] == n_kept
        assert len(paths) == len(json_rows(out, table, "n_in"))
    good = {row["product_id"] for s, f in of_products for row in good_products(f"{s}-{f}")}
    assert good <= clean_ids(out, "products")
    good = {row["event_id"] for s, f in of_events for row in good_events(f"{s}-{f}")}
    assert good <= clean_ids(out, "events")
    clean = pq.read_table(out / "events").to_pylist()
    assert clean
    assert all(0 <= row["price_minor"] <= 10**11 for row in clean if row["price_minor"] is not None)
    assert all(1 <= row["quantity"] <= 100_000 for row in clean if row["quantity"] is not None)


def json_rows(out: Path, kind: str, name: str) -> list[int]:
    return [r[name] for r in json.loads((out / "imports.json").read_text()) if r["kind"] == kind]


def clean_ids(out: Path, table: str) -> set[str]:
    path = out / ("events" if table == "events" else "products.parquet")
    key = "event_id" if table == "events" else "product_id"
    return set(pq.read_table(path, columns=[key])[key].to_pylist())


def test_a_telephone_number_as_a_price_is_withheld_and_named(tmp_path: Path) -> None:
    rows = good_events("log")
    rows[2] |= {"price": "1.4e10"}
    rows[6] |= {"price": "1e300"}
    log = written(tmp_path / "log", rows, "csv", "price")
    catalogue = written(tmp_path / "products", good_products("csv-updated_at_us"), "csv", "")
    out, rules = tmp_path / "out", tmp_path / "quality.yaml"
    few_checks(rules, "schema")
    words = ["check", "--events", log, "--products", catalogue, "--out", out, "--rules", rules]
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.output
    [row] = [r for r in pq.read_table(out / "events").to_pylist() if r["event_id"] == "good-log-2"]
    assert row["price_minor"] is None
    [found] = [
        f for f in pq.read_table(out / "findings.parquet").to_pylist() if f["check"] == "bad_price"
    ]
    assert json.loads(found["detail"])["old"] == "1400000000000"
    assert pq.read_table(out / "refused.parquet").num_rows == 0
    [withheld] = pq.read_table(out / "withheld.parquet").to_pylist()
    assert (withheld["line"], withheld["field"], withheld["value"]) == (8, "price", "1e300")
    assert withheld["reason"] == "bad_number"
    assert "below 10^12" in withheld["fix"]


def test_a_shop_with_wild_numbers_gets_its_features(tmp_path: Path) -> None:
    """Price × quantity, sums over windows and the catalogue's own database take what the checks let by."""
    shop = Shop(tmp_path / "shop")
    shop.root.mkdir()
    few_checks(shop.rules_file, *CLEANING, **NEVER_STOPS)
    files = [written(tmp_path / f"e-{f}", events_with(f, f), "csv", f) for f in EVENT_FIELDS]
    files += [
        written(tmp_path / f"p-{f}", products_with(f, f"csv-{f}"), "jsonl", f)
        for f in PRODUCT_FIELDS
    ]
    largest = {
        "event_type": "purchase",
        "visitor_id": "rich",
        "product_id": "p-csv-updated_at_us-1",
        "currency": "EUR",
        "price": "1e9",
        "quantity": "100000",
    }
    many = [
        {**largest, "event_id": f"large-{i}", "occurred_at_us": f"2025-06-10T12:{i:02}:00Z"}
        for i in range(60)
    ]
    files.append(written(tmp_path / "large", many, "csv", ""))
    flow.import_files(shop, files)
    report = flow.check(shop)
    assert report.verdict != "stop", report.stops
    assert flow.make_state(shop).exists()
