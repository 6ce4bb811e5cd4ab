"""A file that cannot be read says what to do, and nothing of it is left behind."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.connect.conftest import Shop

from baihuo.core import BadInput, BrokenFile, NotFound

CSV = "event_type,visitor_id,time,query_text\n" + "".join(
    f"search,v{i},2024-05-01 10:00:00,手机壳 红色 咖啡 {i}\n" for i in range(50)
)


def refuses(
    shop: Shop,
    path: Path,
    *says: str,
    error: type[BadInput] | type[BrokenFile] | type[NotFound] = BrokenFile,
    **options: Any,
) -> None:
    with pytest.raises(error) as caught:
        shop.take(path, **options)
    assert path.name in caught.value.what or error is not BrokenFile
    for words in says:
        assert words in str(caught.value)
    assert not list(shop.raw.rglob("*.parquet"))
    assert not (shop.raw / "imports.json").exists()


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-16-le", "utf-32"])
def test_another_encoding_is_named_with_the_way_to_read_it(shop: Shop, encoding: str) -> None:
    text = CSV.replace("红", "紅").replace("壳", "殼") if encoding == "big5" else CSV
    path = shop.file("a.csv", text.encode(encoding))
    refuses(shop, path, f"looks like {encoding}", f"--encoding {encoding}", "iconv")
    shop.take(path, encoding=encoding)
    assert shop.rows("events")[3]["query_text"] == text.splitlines()[4].split(",")[3]
    assert [r["line"] for r in shop.rows("events")] == list(range(2, 52))


def test_western_text_in_one_byte_encoding_is_named(shop: Shop) -> None:
    text = "event_type,visitor_id,time,query_text\n" + "search,v,2024-05-01,café crème\n" * 9
    refuses(shop, shop.file("a.csv", text.encode("cp1252")), "looks like cp1252")


def test_a_few_lines_in_another_encoding_refuse_no_file(shop: Shop) -> None:
    lines = [f"p{i},Lamp {i}\n".encode() for i in range(370)]
    lines += [f"q{i},红色台灯 {i}\n".encode("gb18030") for i in range(30)]
    [record] = shop.take(shop.file("p.csv", b"product_id,title\n" + b"".join(lines))).records
    assert (record.n_kept, record.n_quarantined) == (370, 30)
    assert {r["reason"] for r in shop.refused()} == {"not_utf8"}
    assert "--encoding gb18030" in shop.refused()[0]["fix"]


def test_an_encoding_is_for_the_files_that_are_not_utf8(shop: Shop) -> None:
    utf8 = shop.file("a.csv", "product_id,title\np1,红色台灯\n")
    gb = shop.file("b.csv", "product_id,title\np2,蓝色台灯\n".encode("gb18030"))
    refuses(shop, utf8, "it is UTF-8", "leave out --encoding", encoding="gb18030")
    shop.take(utf8, gb, encoding="gb18030")
    assert sorted(r["title_zh"] for r in shop.rows("products")) == ["红色台灯", "蓝色台灯"]


def test_a_wrong_encoding_asked_for_is_said(shop: Shop) -> None:
    refuses(shop, shop.file("a.csv", CSV), "not valid ascii", encoding="ascii")
    refuses(shop, shop.file("b.csv", CSV), "there is no encoding", encoding="klingon")


def test_a_cut_gzip_leaves_nothing(shop: Shop) -> None:
    whole = gzip.compress(CSV.encode() * 500)
    refuses(shop, shop.file("a.csv.gz", whole[:-20]), "truncated", "gzip -t")
    damaged = whole[:400] + bytes(20) + whole[420:]
    refuses(shop, shop.file("b.csv.gz", damaged), "damaged")


def test_a_gzip_is_read_whatever_its_name(shop: Shop) -> None:
    result = shop.take(shop.file("a.dat", gzip.compress(CSV.encode())))
    assert result.n_kept == 50


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(shop: Shop, content: bytes) -> None:
    refuses(shop, shop.file("a.csv", content), "empty")


def test_a_header_alone_is_a_file_of_no_rows(shop: Shop) -> None:
    assert shop.take(shop.file("a.csv", CSV.splitlines()[0] + "\n")).n_in == 0


def test_a_header_that_names_a_column_twice_is_refused(shop: Shop) -> None:
    refuses(shop, shop.file("a.csv", "visitor_id,time,time,event_type\n"), "time more than once")


def test_a_missing_column_is_named_with_those_that_are_there(shop: Shop) -> None:
    path = shop.file("a.csv", "who,event_type,time\nv,click,2024-05-01\n")
    refuses(shop, path, "lacks visitor_id", "who", "--map visitor_id=")
    assert shop.take(path, mapping={"visitor_id": "who"}).n_kept == 1


def test_old_mac_line_ends_are_recognised(shop: Shop) -> None:
    path = shop.file("a.csv", (CSV * 30_000).replace("\n", "\r")[: 66 << 20].encode()[: 66 << 20])
    refuses(shop, path, "carriage return only", "tr ")


def test_json_that_is_not_lines_says_how_to_make_lines(shop: Shop) -> None:
    entry = {"product_id": "1", "title": "Cup"}
    refuses(shop, shop.file("a.json", json.dumps([entry, entry])), "jq -c '.[]'")
    refuses(shop, shop.file("b.json", json.dumps(entry, indent=1)), "jq -c .")


def test_a_cut_parquet_is_said_to_be_cut(shop: Shop, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"product_id": ["1"] * 9, "title": ["Cup"] * 9}), tmp_path / "w.parquet"
    )
    whole = (tmp_path / "w.parquet").read_bytes()
    refuses(shop, shop.file("a.parquet", whole[:-30]), "not a complete Parquet file")
    middle = whole[:20] + bytes([b ^ 0xFF for b in whole[20:60]]) + whole[60:]
    refuses(shop, shop.file("b.parquet", middle), "Parquet")


def test_a_zip_that_is_cut_or_no_icecat_is_refused(shop: Shop, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        archive.writestr("1.json", json.dumps([{"id": "1", "supplier": "A", "attr_t_x": "y"}] * 50))
    whole = (tmp_path / "w.zip").read_bytes()
    refuses(shop, shop.file("a.zip", whole[:-40]), "zip")
    refuses(shop, shop.file("b.zip", whole[:-40]), "damaged or truncated", format="icecat")


def test_options_that_make_no_sense_are_refused(shop: Shop) -> None:
    path = shop.file("a.csv", CSV)
    refuses(shop, path, "there is no format", error=BadInput, format="xls")
    refuses(shop, path, "there is no column", error=BadInput, mapping={"visitor_id": "nobody"})
    refuses(shop, path, "have no field", error=BadInput, mapping={"visitr": "time"})
    refuses(shop, shop.folder / "none.csv", "not a file", error=NotFound)
    refuses(shop, path, "is no currency", error=BadInput, currency="euro")


def test_a_file_that_breaks_after_a_good_start_leaves_nothing_half_written(shop: Shop) -> None:
    rows = CSV.encode() * 400
    whole = gzip.compress(rows, 1)
    refuses(shop, shop.file("a.csv.gz", whole[: len(whole) // 2]), "truncated")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", "PK a workbook", "an Excel workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Excel"),
        ("a.csv.bz2", b"BZh91AY&SY" + bytes(range(256)), "bunzip2"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd" + bytes(range(256)), "zstd -d"),
        ("a.csv.xz", b"\xfd7zXZ\x00" + bytes(range(256)), "unxz"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(range(256)), "7-Zip"),
        ("a.csv", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "PDF"),
        ("b.csv", b"\n<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", "web page"),
        ("c.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
        ("d.csv", b"SQLite format 3\x00" + bytes(50), "database"),
        ("e.csv", b"\x01\x02\x07\x1b\x05\x80\xff\x0e\x11" * 400, "not text"),
    ],
)
def test_a_file_that_is_no_table_is_called_what_it_is(
    shop: Shop, name: str, content: bytes | str, says: str
) -> None:
    if content == "PK a workbook":
        path = shop.folder / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
    else:
        path = shop.file(name, content)
    refuses(shop, path, says)


def test_old_mac_line_ends_are_recognised_in_a_short_file_too(shop: Shop) -> None:
    refuses(shop, shop.file("a.csv", CSV.replace("\n", "\r")), "carriage return only", "tr ")
    quoted = CSV.replace("红色", '"红色"').replace("\n", "\r")
    refuses(shop, shop.file("b.csv", quoted), "carriage return only")


def test_many_columns_are_not_all_told(shop: Shop) -> None:
    path = shop.file("a.csv", ",".join(f"c{i}" for i in range(5_000)) + "\n")
    with pytest.raises(BrokenFile) as caught:
        shop.take(path)
    assert len(str(caught.value)) < 800
