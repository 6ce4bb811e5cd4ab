"""Whatever bytes a file holds: its rows are kept or quarantined, or it is refused by name. Never a traceback."""

from __future__ import annotations

import functools
import gzip
import io
import json
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.connect.conftest import Shop

from baihuo.connect.rows import Kind
from baihuo.core import BadInput

PRODUCTS = [
    {
        "product_id": f"p{i}",
        "title": f"台灯 Lamp {i}",
        "price": "9.90",
        "currency": "EUR",
        "codes": "400638133393|1",
        "attributes": '{"Colour": "Red"}',
    }
    for i in range(12)
]
EVENTS = [
    {
        "event_type": "click",
        "visitor_id": f"v{i}",
        "product_id": "p1",
        "occurred_at": f"2024-05-01 10:00:{i:02}",
    }
    for i in range(12)
]


def csv_of(rows: list[dict[str, str]]) -> bytes:
    lines = [
        ",".join(rows[0]),
        *(",".join('"' + v.replace('"', '""') + '"' for v in r.values()) for r in rows),
    ]
    return ("\n".join(lines) + "\n").encode()


def json_of(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode()


def parquet_of(rows: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def icecat_zip() -> bytes:
    out = io.BytesIO()
    listed = [
        {"id": f"{i}", "title": f"Lamp {i}", "supplier": "A", "price": 100, "attr_t_x": "y"}
        for i in range(8)
    ]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("products.json", json.dumps(listed))
    return out.getvalue()


@functools.cache
def whole() -> dict[str, bytes]:
    """A good file of every format, by the name it would have."""
    return {
        "products.csv": csv_of(PRODUCTS),
        "events.csv": csv_of(EVENTS),
        "products.csv.gz": gzip.compress(csv_of(PRODUCTS), mtime=0),
        "products.jsonl": json_of(PRODUCTS),
        "events.jsonl.gz": gzip.compress(json_of(EVENTS), mtime=0),
        "utf16.csv": csv_of(PRODUCTS).decode().encode("utf-16"),
        "gb.csv": csv_of(PRODUCTS).decode().encode("gb18030"),
        "products.parquet": parquet_of(PRODUCTS),
        "products.json.zip": icecat_zip(),
    }


def holds(shop: Shop, path: Path, **options: Any) -> None:
    """The promise: all rows are somewhere, or the file is refused with its name and nothing is left."""
    refused: BadInput | None = None
    try:
        result = shop.take(path, **options)
    except BadInput as why:
        refused = why
    if refused is not None:
        assert path.name in refused.what
        assert refused.fix
        assert not list(shop.raw.rglob("*.parquet"))
        return
    assert result.n_in == result.n_kept + result.n_quarantined
    [record] = result.records
    assert len(shop.rows(record.kind)) == record.n_kept
    quarantined = shop.refused()
    assert len(quarantined) == record.n_quarantined
    assert all(r["reason"] and r["fix"] and r["line"] for r in quarantined)


def spoilt(good: bytes, seed: int) -> bytes:
    """Cut, repeated, overwritten, with bytes lost or added, a few times."""
    rng = random.Random(seed)
    data = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        n = rng.choice((1, 1, 2, 8, 64))
        how = rng.randrange(6)
        if how == 0:
            del data[at:]
        elif how == 1:
            del data[at : at + n]
        elif how == 2:
            data[at : at + n] = rng.randbytes(len(data[at : at + n]))
        elif how == 3:
            data[at:at] = rng.randbytes(n)
        elif how == 4:
            odd = (
                b"\0",
                b'"',
                b"\r",
                b"\n",
                b",",
                b"\xff",
                b"{",
                b"}",
                b"\\",
                b"\x1a",
                "\u2028".encode(),
                b"\xef\xbb\xbf",
            )
            data[at:at] = rng.choice(odd) * rng.choice((1, 1, 3))
        else:
            data[at:at] = data[: rng.randint(0, 200)]
    return bytes(data)


@pytest.mark.parametrize("name", list(whole()))
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_spoilt_file_loses_no_row_silently(shop_at: type[Shop], name: Any, seed: int) -> None:
    encoding = {"utf16.csv": "utf-16", "gb.csv": "gb18030"}.get(name)
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_at(Path(folder))
        holds(shop, shop.file(name, spoilt(whole()[name], seed)), encoding=encoding)


formats = st.sampled_from([None, "csv", "jsonl", "parquet", "icecat", "online_retail"])
kinds = st.sampled_from([None, "events", "products"])
encodings = st.sampled_from([None, None, "utf-8", "utf-16", "gb18030", "cp1252", "utf-7", "ascii"])


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), shape=formats, kind=kinds, encoding=encodings)
@example(data=b"PAR1" + bytes(40) + b"PAR1", shape=None, kind=None, encoding=None)
@example(data=b"PK\x05\x06" + bytes(18), shape="icecat", kind=None, encoding=None)
@example(data=b"\x1f\x8b\x08\x00", shape=None, kind="products", encoding=None)
@example(data=b"[" * 2_000, shape="icecat", kind=None, encoding=None)
@example(data=b"{" * 2_000 + b"\n", shape="jsonl", kind=None, encoding=None)
def test_any_bytes_as_any_format_are_rows_or_a_refusal(
    shop_at: type[Shop], data: bytes, shape: str | None, kind: Kind | None, encoding: str | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_at(Path(folder))
        holds(shop, shop.file("any.dat", data), format=shape, kind=kind, encoding=encoding)


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=12),
    head=st.sampled_from(
        [
            "product_id,title\n",
            "product_id;title;price\n",
            "event_type,visitor_id,occurred_at\n",
            "",
        ]
    ),
)
def test_any_text_under_any_header_is_rows_or_a_refusal(
    shop_at: type[Shop], lines: list[str], head: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_at(Path(folder))
        holds(shop, shop.file("any.csv", head + "\n".join(lines)))
