"""Every row of a CSV is kept or quarantined, with the line it really stands on."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.connect.conftest import Shop

from baihuo.connect import csv_rows, text_files

HEADER = "event_type,visitor_id,product_id,time,quantity,query_text\n"


def good(i: int, words: str = "") -> str:
    return f"click,v{i},p{i},2024-05-01 10:00:{i % 60:02d},{i},{words}\n"


def test_a_kept_row_knows_its_line_past_blank_lines_and_cells_of_several_lines(shop: Shop) -> None:
    text = (
        "\n" + HEADER + good(1) + "\n\n" + good(2, '"two\n\nlines, ""quoted"""') + good(3) + good(4)
    )
    shop.take(shop.file("a.csv", text))
    found = {r["visitor_id"]: (r["line"], r["query_text"]) for r in shop.rows("events")}
    assert found == {
        "v1": (3, None),
        "v2": (6, 'two\n\nlines, "quoted"'),
        "v3": (9, None),
        "v4": (10, None),
    }


@pytest.mark.parametrize(
    ("bad", "reason", "field", "value"),
    [
        ("click,v9,p9,2024-05-01\n", "too_few_columns", None, None),
        ("click,v9,p9,2024-05-01 10:00:00,1,a,b\n", "too_many_columns", None, None),
        ('click,v9,p9,2024-05-01 10:00:00,1,"never closed\n', "unclosed_quote", None, None),
        ("click,v9,p9,yesterday,1,\n", "bad_time", "occurred_at_us", "yesterday"),
        (
            "click,v9,p9,2024-02-30 10:00:00,1,\n",
            "bad_time",
            "occurred_at_us",
            "2024-02-30 10:00:00",
        ),
        ("click,v9,p9,20240501,1,\n", "bad_time", "occurred_at_us", "20240501"),
        ("click,v9,p9,,1,\n", "no_time", "occurred_at_us", ""),
        ("click,nan,p9,2024-05-01 10:00:00,1,\n", "no_visitor", "visitor_id", "nan"),
        ("click, ,p9,2024-05-01 10:00:00,1,\n", "no_visitor", "visitor_id", " "),
        ("dance,v9,p9,2024-05-01 10:00:00,1,\n", "bad_event_type", "event_type", "dance"),
        (",v9,p9,2024-05-01 10:00:00,1,\n", "no_event_type", "event_type", ""),
        ("click,v9,p9,2024-05-01 10:00:00,NaN,\n", "bad_number", "quantity", "NaN"),
        ("click,v9,p9,2024-05-01 10:00:00,1.5,\n", "bad_number", "quantity", "1.5"),
        ("click,v9,p9,2024-05-01 10:00:00,0x1F,\n", "bad_number", "quantity", "0x1F"),
        (
            "click,v9,p9,2024-05-01 10:00:00,99999999999999999999,\n",
            "bad_number",
            "quantity",
            "9" * 20,
        ),
        ("click,v\0,p9,2024-05-01 10:00:00,1,\n", "zero_byte", None, None),
        ("click,v9,p9,2024-05-01 10:00:00,1," + "x" * (1 << 20) + "\n", "too_long", None, None),
        ("click,v9,p9,2024-05-01\r10:00:00,1,\n", "stray_return", None, None),
    ],
)
def test_a_bad_row_goes_to_quarantine_and_its_neighbours_stay(
    shop: Shop, bad: str, reason: str, field: str | None, value: str | None
) -> None:
    result = shop.take(shop.file("a.csv", HEADER + good(1) + good(2) + bad + good(3) + good(4)))
    assert (result.n_in, result.n_kept, result.reasons) == (5, 4, {reason: 1})
    assert [r["line"] for r in shop.rows("events")] == [2, 3, 5, 6]
    (row,) = shop.refused()
    assert (row["line"], row["reason"], row["field"], row["value"]) == (4, reason, field, value)
    assert row["file"] == "a.csv"
    assert row["table"] == "events"
    assert row["fix"]
    assert row["raw"][:30] == bad[:30].rstrip("\n")


def test_a_damaged_byte_is_one_bad_row_not_another_encoding(shop: Shop) -> None:
    text = (HEADER + good(1, "手机") + good(2, "红色") + good(3, "@@") + good(4, "咖啡")).encode()
    result = shop.take(shop.file("a.csv", text.replace(b"@@", b"\xe6\x89")))
    assert (result.n_kept, result.reasons) == (3, {"not_utf8": 1})
    assert shop.refused()[0]["line"] == 4


@pytest.mark.parametrize(
    "form",
    [
        lambda t: t.encode("utf-8-sig"),
        lambda t: t.replace("\n", "\r\n").encode(),
        lambda t: t.rstrip("\n").encode(),
        lambda t: t.replace(",", ";").encode(),
        lambda t: t.replace(",", "\t").encode(),
        lambda t: "\n".join(
            ",".join(f'"{c}"' for c in r.split(",")) for r in t.split("\n")[:-1]
        ).encode(),
    ],
    ids=["byte order mark", "CRLF", "no last newline", "semicolons", "tabs", "all quoted"],
)
def test_every_usual_form_of_csv_gives_the_same_rows(
    shop: Shop, form: Callable[[str], bytes]
) -> None:
    shop.take(shop.file("a.csv", form(HEADER + good(1) + good(2, "ab c") + good(3))))
    found = [(r["visitor_id"], r["line"], r["query_text"]) for r in shop.rows("events")]
    assert found == [("v1", 2, None), ("v2", 3, "ab c"), ("v3", 4, None)]


def test_inches_in_the_words_are_not_a_quote_left_open(shop: Shop) -> None:
    result = shop.take(
        shop.file("a.csv", HEADER + good(1, '7" frame') + good(2) + good(3, '5" x 7"'))
    )
    assert result.n_quarantined == 0
    assert [r["query_text"] for r in shop.rows("events")] == ['7" frame', None, '5" x 7"']


def test_two_quotes_left_open_do_not_swallow_the_good_rows_between(shop: Shop) -> None:
    text = HEADER + good(1, '"open') + good(2) + good(3) + good(4, 'end"') + good(5)
    shop.take(shop.file("a.csv", text))
    assert [r["line"] for r in shop.rows("events")] == [3, 4, 5, 6]
    assert [(r["line"], r["reason"]) for r in shop.refused()] == [(2, "unclosed_quote")]


def test_rows_and_lines_are_the_same_however_small_the_blocks(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEADER + "".join(good(i, '"a\nb"' if i % 3 else "") for i in range(60)) + '"open,1\n'
    expected: tuple[Any, Any] | None = None
    for block_bytes in (64, 257, 1 << 20):
        file = text_files.TextFile(shop.file("a.csv", text), None, block_bytes=block_bytes)
        blocks = list(csv_rows.csv_blocks(file))
        rows = [
            (int(line), tuple(row.values()))
            for b in blocks
            for line, row in zip(b.lines, b.rows.to_pylist(), strict=True)
        ]
        refused = [(r.line, r.reason) for b in blocks for r in b.rejected]
        expected = expected or (rows, refused)
        assert (rows, refused) == expected
    assert expected is not None
    assert len(expected[0]) == 60
    assert [reason for _, reason in expected[1]] == ["unclosed_quote"]


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells, cells), max_size=12),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_what_pythons_csv_writes_is_read_back_with_its_lines(
    rows: list[tuple[str, str, str]], ending: str
) -> None:
    """Any cell at all, well quoted: Python's own module is the truth, and its line count."""
    out = io.StringIO(newline="")
    # Quoted throughout: unquoted, Python's writer leaves a lone carriage return bare.
    writer = csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    expected, line = [], 2
    for row in rows:
        before = out.tell()
        writer.writerow(row)
        expected.append((line, row))
        line += out.getvalue()[before:].count("\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(out.getvalue(), "utf-8", newline="")
        blocks = list(csv_rows.csv_blocks(text_files.TextFile(path, "utf-8")))
    assert [r for b in blocks for r in b.rejected] == []
    found = [
        (int(line), (r["a"], r["b"], r["c"]))
        for b in blocks
        for line, r in zip(b.lines, b.rows.to_pylist(), strict=True)
    ]
    assert found == expected


dirt = st.sampled_from(
    [
        b"click,v,p\n",
        b"click,v,p,2024-05-01,1,a,b,c\n",
        b'click,v,p,2024-05-01,1,"open\n',
        b'"open,v,p,2024-05-01,1,\n',
        b"click,v,p,never,1,\n",
        b"click,v\0,p,2024-05-01,1,\n",
        b"click,v,p,2024-05-01,1,\xff\xfe\n",
        b"click,v,p,2024-05-01,one,\n",
        b"click,v,p,2024\r05-01,1,\n",
        b",,,,,\n",
        b"  \n",
    ]
)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_good_rows_survive_any_dirt_between_them(shop_at: type[Shop], data: st.DataObject) -> None:
    """Rows in = kept + quarantined, every good row is kept, and each refused line is a dirty one."""
    seed = data.draw(st.integers(0, 1 << 16))
    parts = data.draw(st.lists(st.one_of(st.none(), st.just(b"\n"), dirt), min_size=1, max_size=25))
    shuffled = random.Random(seed)
    lines, wanted, dirty = [HEADER.encode()], [], []
    for part in parts:
        at = len(lines) + 1
        if part is None:
            lines.append(good(shuffled.randrange(1000)).encode())
            wanted.append(at)
        else:
            lines.append(part)
            dirty += [at] if part.strip(b"\n") else []
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_at(Path(folder))
        result = shop.take(shop.file("a.csv", b"".join(lines)), encoding="utf-8")
        kept, refused = shop.rows("events"), shop.refused()
    assert result.n_in == result.n_kept + result.n_quarantined == len(wanted) + len(dirty)
    assert [r["line"] for r in kept] == wanted
    assert [r["line"] for r in refused] == dirty
