"""How a row of data becomes cases in a copy of a shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baihuo.core import BadInput
from baihuo.dirt import EVENTS, PRODUCTS, Dataset, NoRoom, Row, Shop, kind_of, plant, read_kinds


def shop() -> Shop:
    """Ten listings, and a page of four impressions and a click for each of five visitors."""
    products = [
        Row((PRODUCTS, n), {"product_id": f"P{n}", "title_en": f"Pan {n}", "price": f"{n + 10}.00"})
        for n in range(10)
    ]
    events: list[Row] = []
    for visitor in range(5):
        base = {"visitor_id": f"v{visitor}", "query_id": f"q{visitor}", "session_id": f"s{visitor}"}
        for place in (1, 2, 3, 4, 2):
            n = len(events)
            sort = "click" if len(events) % 5 == 4 else "impression"
            at = 1_740_960_000_000_000 + n * 1_000_000
            about = {"event_id": f"e{n}", "event_type": sort, "product_id": f"P{place}"}
            times = {"occurred_at_us": at, "received_at_us": at + 1000, "position": place}
            events.append(Row((EVENTS, n), base | about | times))
    return Shop(events, products)


def planted(**row: Any) -> Dataset:
    dataset = Dataset(shop(), "test")
    plant(dataset, kind_of("kind", {"words": "words", "actions": "note", **row}))
    return dataset


def rows_of(dataset: Dataset) -> dict[Any, dict[str, Any]]:
    return {r.key: r.values for r in (*dataset.shop.events, *dataset.shop.products)}


def test_cells_of_rows_that_fit_are_changed_and_each_is_a_case() -> None:
    row = {"where": {"price": {"min": 15}}, "set": {"price": {"times": 100}}}
    dataset = planted(table=PRODUCTS, cases=3, **row)
    assert len(dataset.cases) == 3
    for case in dataset.cases:
        clean = float(case.clean)
        assert case.field == "price"
        assert clean >= 15
        assert rows_of(dataset)[case.rows[0]]["price"] == f"{clean * 100:.2f}"


def test_a_row_has_dirt_of_one_kind_only_and_a_full_copy_says_so() -> None:
    dataset = planted(table=PRODUCTS, cases=6, set={"price": "0.00"})
    dataset.is_first = False
    row = {"words": "w", "actions": "note", "table": PRODUCTS, "cases": 6}
    other = kind_of("other", row | {"set": {"title_en": "-"}})
    with pytest.raises(NoRoom):
        plant(dataset, other)


def test_a_row_of_a_page_is_changed_against_its_page() -> None:
    row: dict[str, Any] = {"holds": {"impression": 4}, "where": {"is": "shown"}}
    dataset = planted(rows="page", pick="click", set={"position": {"add": -1}}, **row)
    assert len(dataset.cases) == 5
    for case in dataset.cases:
        assert (case.clean, rows_of(dataset)[case.rows[0]]["position"]) == (2, 1)
        assert len(case.related) == 5


def test_a_column_of_neighbours_slips_by_a_row() -> None:
    dataset = planted(
        table=PRODUCTS, rows={"block": 10}, cases=9, set={"price": {"of": "previous.price"}}
    )
    prices = [r.values["price"] for r in dataset.shop.products]
    assert prices == ["19.00", *(f"{n}.00" for n in range(10, 19))]
    assert len(dataset.cases) == 10


def test_copies_come_later_under_ids_of_their_own() -> None:
    dataset = planted(
        events="click", take=1, copy={"new": True, "times": 4, "every": "2 s", "later": "1 s"}
    )
    [first] = {case.related for case in dataset.cases}
    rows = rows_of(dataset)
    later = [
        rows[c.rows[0]]["occurred_at_us"] - rows[first[0]]["occurred_at_us"] for c in dataset.cases
    ]
    assert later == [1_000_000, 3_000_000, 5_000_000, 7_000_000]
    assert len({values["event_id"] for key, values in rows.items() if key[0] == EVENTS}) == 29


def test_what_must_not_be_kept_is_named_with_what_must() -> None:
    secret = {"then": "{digits 10}", "check_digit": "luhn"}
    dataset = planted(
        table=PRODUCTS, cases=1, secret=secret, set={"title_en": {"middle": "card {secret}, "}}
    )
    [case] = dataset.cases
    title = rows_of(dataset)[case.rows[0]]["title_en"]
    assert case.secrets[0] in title
    assert all(part in title for part in case.clean)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"sets": {}}, "sets"),
        ({"set": {"price": {"exec": "import os"}}}, "exec"),
        ({"set": {"price": ["1", {"system": "rm"}]}}, "system"),
        ({"where": {"price": {"eval": "1"}}}, "eval"),
        ({"where": {"is": "nothing_such"}}, "nothing_such"),
        ({"by": "os.system"}, "os.system"),
    ],
)
def test_a_row_names_only_what_there_is(row: dict[str, Any], name: str) -> None:
    with pytest.raises(BadInput, match=name):
        kind_of("kind", {"words": "words", "actions": "note"} | row)


def test_a_folder_without_kinds_says_which_option_names_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"hands\.yaml") as error:
        read_kinds(tmp_path, {})
    assert "--kinds" in error.value.fix


@pytest.mark.parametrize(
    ("text", "message"),
    [("sections: [", r"mine\.yaml, line 1.*not YAML"), ("sections: []\nkind: 1", "line 2: kind")],
)
def test_a_broken_file_of_kinds_names_the_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "hands.yaml").write_text("hands: [mine]")
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(BadInput, match=message):
        read_kinds(tmp_path, {})


def test_a_section_shares_its_keys_with_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "hands.yaml").write_text("hands: [mine]")
    (tmp_path / "mine.yaml").write_text(
        "sections:\n"
        "- {subject: ids, table: products, actions: note, kinds: {\n"
        "    one: {words: a, set: {product_id: x}},\n"
        "    two: {words: b, actions: merge note, checks: same_id, cases: 5, set: {title_en: x}}}}\n"
    )
    kinds = read_kinds(tmp_path, {})
    assert list(kinds) == ["one", "two"]
    assert kinds["one"].actions == {"note"}
    assert kinds["two"].actions == {"merge", "note"}
    assert {k.hand for k in kinds.values()} == {"mine"}
    assert (kinds["two"].table, kinds["two"].cases) == (PRODUCTS, 5)
