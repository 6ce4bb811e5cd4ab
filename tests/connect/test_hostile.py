"""Files made to hurt: bombs, monstrous cells, numbers that are none, text that turns around."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.connect.conftest import Shop

from baihuo.core.errors import BrokenFile

HEADER = "product_id,title,price,currency,stock_units\n"


def limited(path: Path, raw: Path, mb: int) -> str:
    """What an import says that may not take more than so much memory beyond its start."""
    script = f"""
import resource, sys
from pathlib import Path
from baihuo.connect import import_files
from baihuo.engine import DuckTables
tables = DuckTables(memory_mb=256, threads=1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    import_files([Path({str(path)!r})], raw=Path({str(raw)!r}), tables=tables, mask=lambda c: c)
    print("imported")
except Exception as error:
    print(type(error).__name__, error)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print("grown", grown)
assert grown < {mb}, grown
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_gzip_that_unpacks_to_one_endless_line_is_refused_in_little_memory(shop: Shop) -> None:
    path = shop.folder / "events.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"event_type,visitor_id,product_id,occurred_at\n")
        for _ in range(400):
            file.write(b"a" * 1_000_000)
    assert path.stat().st_size < 3_000_000
    assert "no line ends within" in limited(path, shop.raw, mb=350)
    assert not shop.raw.exists() or list(shop.raw.rglob("*.parquet")) == []


def test_a_zip_that_says_it_unpacks_to_gigabytes_is_refused_unread(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.folder / "products.json.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "1.json", json.dumps([{"id": "1", "title": "A", "attr_t_x": "y" * 50_000}])
        )
    monkeypatch.setattr("baihuo.connect.icecat._MOST_JSON_BYTES", 10_000)
    with pytest.raises(BrokenFile, match="unpacks to"):
        shop.take(path, format="icecat")
    assert shop.rows("products") == []


def written(kind: str, rows: list[dict[str, object]], folder: Path) -> Path:
    path = folder / f"products.{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        import csv

        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_cell_of_ten_megabytes_costs_its_own_row_only(shop: Shop, kind: str) -> None:
    rows: list[dict[str, object]] = [
        {"product_id": f"p{i}", "title": f"Lamp {i}", "price": "9.90", "currency": "EUR"}
        for i in range(50)
    ]
    rows[20]["title"] = "x" * 10_000_000
    result = shop.take(written(kind, rows, shop.folder), kind="products")
    assert {r["product_id"] for r in shop.rows("products")} >= {
        f"p{i}" for i in range(50) if i != 20
    }
    [record] = result.records
    assert record.n_in == 50 == record.n_kept + record.n_quarantined


# What people and machines really put into cells: turned-around text, joined emoji, invisible
# characters, formulas, halves of surrogate pairs are not text and cannot be written at all.
hostile = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(
        [
            '=HYPERLINK("http://x","y")',
            "+1+1",
            "@SUM(A1)",
            "-2+3",
            "\u202egnp.exe",
            "👩‍👩‍👧‍👦",
            "\ufeffphone",
            "a\u0000b",
            "İstanbul",
            "ﬁ",
            "مرحبا",
            "שלום",
            "Z͑ͫ̓ͪ̂ͫ",
            "\u200b",
            "手\u3000机",
            "'; DROP TABLE x; --",
            "{{7*7}}",
        ]
    ),
)
prices = st.sampled_from(
    [
        "9.90",
        "NaN",
        "inf",
        "-inf",
        "1e9",
        "1e400",
        "1000000000",
        "-1",
        "",
        "0x10",
        "١٢٣",
        "1,000.50",
        "９９",
        "null",
    ]
)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@settings(max_examples=10, deadline=None)
@given(cells=st.lists(st.tuples(hostile, prices), min_size=1, max_size=12))
def test_nothing_in_a_cell_loses_a_row_or_its_neighbours(
    shop_at: type[Shop], kind: str, cells: list[tuple[str, str]]
) -> None:
    rows: list[dict[str, object]] = []
    for i, (text, price) in enumerate(cells):
        rows += [
            {"product_id": f"h{i}", "title": f"x{text}x", "price": price, "currency": "EUR"},
            {"product_id": f"g{i}", "title": f"Good lamp {i}", "price": "9.90", "currency": "EUR"},
        ]
    with tempfile.TemporaryDirectory() as name:
        shop = shop_at(Path(name))
        [record] = shop.take(written(kind, rows, shop.folder), kind="products").records
        kept = {r["product_id"]: r for r in shop.rows("products")}
        refused = shop.refused()
    assert record.n_in == record.n_kept + record.n_quarantined
    assert len(kept) + len(refused) == record.n_in
    assert {f"g{i}" for i in range(len(cells))} <= set(kept)
    for i in range(len(cells)):
        assert kept[f"g{i}"]["price_minor"] == 990
        row = kept.get(f"h{i}")
        if row is not None and row["price_minor"] is not None:
            assert -(2**63) <= row["price_minor"] < 2**63
    assert all(r["reason"] and r["fix"] for r in refused)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("field", ["attributes", "variants", "codes", "images", "category"])
def test_json_nested_a_hundred_thousand_deep_costs_its_own_row_only(
    shop: Shop, kind: str, field: str
) -> None:
    deep = (
        ("[" * 100_000 + "]" * 100_000)
        if field != "attributes"
        else '{"a":' * 50_000 + "1" + "}" * 50_000
    )
    rows: list[dict[str, object]] = [
        {"product_id": "deep", "title": "Lamp", field: deep},
        {"product_id": "good", "title": "Cup", field: None},
    ]
    shop.take(written(kind, rows, shop.folder), kind="products")
    assert [r["product_id"] for r in shop.rows("products")] == ["good"]
    [refused] = shop.refused()
    assert (refused["reason"], refused["field"]) == ("bad_json", field)


def test_a_json_line_nested_a_hundred_thousand_deep_costs_its_own_row_only(shop: Shop) -> None:
    deep = '{"product_id":"a","title":"A","attributes":' + "[" * 100_000 + "]" * 100_000 + "}\n"
    path = shop.file("p.jsonl", deep + '{"product_id":"b","title":"B"}\n')
    [record] = shop.take(path).records
    assert (record.n_kept, record.n_quarantined) == (1, 1)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    "name",
    ["__line__", "", "import_id", "line", "fault", "error", "rows", "v", 'a"b', "a'b", "a.b", "*"],
)
def test_a_column_may_have_any_name(shop: Shop, kind: str, name: str) -> None:
    rows: list[dict[str, object]] = [{"product_id": "p1", "title": "Lamp", name: "7"}]
    [record] = shop.take(written(kind, rows, shop.folder), kind="products").records
    assert (record.n_in, record.n_kept) == (1, 1)
    [row] = shop.rows("products")
    assert (row["product_id"], row["title_en"], row["line"]) == ("p1", "Lamp", 1 + (kind == "csv"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_name_with_a_zero_byte_in_it_is_no_column_of_ours(shop: Shop, kind: str) -> None:
    rows: list[dict[str, object]] = [{"product_id": "p1", "title": "Lamp", "pri\0ce": "7"}]
    path = written(kind, rows, shop.folder)
    if kind == "csv":
        with pytest.raises(BrokenFile, match="zero bytes"):
            shop.take(path)
    else:
        shop.take(path)
        assert shop.rows("products")[0]["price_minor"] is None


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_header_of_very_many_columns_is_refused_at_once(shop: Shop, ending: str) -> None:
    # Comparing each name with all others took six minutes for a million.
    names = [f"c{i}" for i in range(100_000 if ending == "csv" else 11_000)]
    path = shop.folder / f"products.{ending}"
    if ending == "csv":
        path.write_text(",".join(names) + "\n" + ",".join("x" for _ in names) + "\n")
    else:
        pq.write_table(pa.table({name: ["x"] for name in names}), path)
    with pytest.raises(BrokenFile, match=f"it has {len(names):,} columns; at most 10,000"):
        shop.take(path, kind="products")


def test_a_parquet_file_that_names_a_column_twice_is_refused(shop: Shop) -> None:
    path = shop.folder / "a.parquet"
    pq.write_table(pa.table([["p"], ["A"], ["B"]], names=["product_id", "title", "title"]), path)
    with pytest.raises(BrokenFile, match="title more than once"):
        shop.take(path)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(6)])
def test_text_that_parquet_calls_bytes_is_text(shop: Shop, kind: pa.DataType) -> None:
    """Hive and old Spark write text without saying that it is."""
    path = shop.folder / "a.parquet"
    titles = pa.array(["手机".encode(), b"\xffhone\xfe", b"a lamp"], kind)
    pq.write_table(pa.table({"product_id": ["1", "2", "3"], "title": titles}), path)
    shop.take(path)
    assert {r["product_id"]: r["title_zh"] or r["title_en"] for r in shop.rows("products")} == {
        "1": "手机",
        "3": "a lamp",
    }
    assert [(r["line"], r["reason"]) for r in shop.refused()] == [(2, "not_utf8")]


def test_a_zip_damaged_inside_is_said_to_be_damaged(shop: Shop) -> None:
    path = shop.folder / "products.json.zip"
    listed = [
        {"id": str(i), "title": f"A{i}", "supplier": "B", "attr_t_x": "y"} for i in range(500)
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.json", json.dumps(listed))
    whole = path.read_bytes()
    for at in range(40, 400, 21):
        path.write_bytes(whole[:at] + bytes(b ^ 0xA5 for b in whole[at : at + 9]) + whole[at + 9 :])
        for shape in (None, "icecat"):
            with pytest.raises(BrokenFile, match=r"products\.json\.zip"):
                shop.take(path, format=shape)


def test_a_cell_of_a_hundred_megabytes_costs_its_own_row_only(shop: Shop) -> None:
    path = shop.folder / "products.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.write('{"product_id":"a","title":"Lamp"}\n{"product_id":"huge","title":"')
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write('"}\n{"product_id":"b","title":"Cup"}\n')
    [record] = shop.take(path, kind="products").records
    assert (record.n_in, record.n_kept + record.n_quarantined) == (3, 3)
    assert {r["product_id"] for r in shop.rows("products")} >= {"a", "b"}


ROWS = ["1,Lamp,9.90,EUR,3", "2,Cup,4.50,EUR,9", "3,杯子,8.00,EUR,1"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_and_byte_order_marks_change_no_row(
    shop: Shop, separator: str, mark: str
) -> None:
    text = mark + HEADER + "\n".join(ROWS) + "\n"
    shop.take(shop.file("products.csv", text.replace(",", separator)))
    rows = {r["product_id"]: r for r in shop.rows("products")}
    assert sorted(rows) == ["1", "2", "3"]
    assert (rows["3"]["title_zh"], rows["3"]["price_minor"]) == ("杯子", 800)


def test_rows_of_other_encodings_and_zero_bytes_cost_themselves_only(shop: Shop) -> None:
    good = [f"{i},Lamp {i},9.90,EUR,3".encode() for i in range(400)]
    bad = [f"g{i},台灯,9.90,EUR,3".encode("gbk") for i in range(20)]
    bad += [f"l{i},Lampe für Büro,9.90,EUR,3".encode("latin-1") for i in range(10)]
    bad += [b"z1,La\0mp,9.90,EUR,3", b"z2,\0\0\0\0,9.90,EUR,3"]
    lines = [line for pair in zip(good[: len(bad)], bad, strict=True) for line in pair]
    lines += good[len(bad) :]
    path = shop.file("products.csv", HEADER.encode() + b"\n".join(lines) + b"\n")
    [record] = shop.take(path).records
    assert record.n_in == len(lines) == record.n_kept + record.n_quarantined
    assert {r["product_id"] for r in shop.rows("products")} >= {str(i) for i in range(400)}
    assert all(r["reason"] and r["fix"] for r in shop.refused())


def test_headers_in_the_middle_and_numbers_written_as_text_end_nothing(shop: Shop) -> None:
    middle = [
        *("7,Desk,€12.00,EUR,3", '8,Chair,"1,299.00",EUR,"1,000"', "9,Sofa,12.00 EUR,EUR,many"),
        HEADER.strip(),
        *(
            "10,Bed,=9.90,EUR,'3",
            "11,Rug,1e400,EUR,0x10",
            "\ufeff12,Mat,9.90,EUR,3",
            '13,"Open quote,9.90,EUR,3',
        ),
    ]
    path = shop.file("products.csv", HEADER + "\n".join([*ROWS, *middle, *ROWS]) + "\n")
    [record] = shop.take(path).records
    assert record.n_in == record.n_kept + record.n_quarantined
    assert {r["product_id"] for r in shop.rows("products")} >= {"1", "2", "3", "7"}
