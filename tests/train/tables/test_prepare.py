"""A file to arrays on disk: nothing lost, nothing invented, and mistakes named with their row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baihuo.core import BadInput, BrokenFile
from baihuo.models.deep.rows import ShuffledBatches
from baihuo.train import TableSpec
from baihuo.train.tables.columns import Columns, choose_columns
from baihuo.train.tables.prepare import prepare, prepare_more
from baihuo.train.tables.read_table import column_names, seen_numbers
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.vocabulary import Vocabulary, read_vocabularies, write_vocabularies

CSV = "click,city,price\n1,oslo,10\n0,rome,20\n0,,\n1,oslo,40\n"


def columns_of(path: Path, spec: TableSpec, **kwargs: int) -> Columns:
    return choose_columns(column_names(path), seen_numbers(path), spec, **kwargs)


def prepared(tmp_path: Path, text: str, **kwargs: int) -> RowsOnDisk:
    path = tmp_path / "train.csv"
    path.write_text(text)
    prepare(
        path,
        columns_of(path, TableSpec(label="click"), **kwargs),
        tmp_path / "train",
        is_binary=True,
    )
    return RowsOnDisk(tmp_path / "train")


def test_values_get_numbers_in_the_order_they_come_and_a_missing_one_is_a_value(
    tmp_path: Path,
) -> None:
    rows = prepared(tmp_path, CSV)
    mapped = rows.mapped()
    assert mapped.categories[:, 0].tolist() == [1, 2, 3, 1]
    assert rows.columns.sizes == [4]
    assert mapped.labels is not None
    assert mapped.labels.tolist() == [1, 0, 0, 1]


def test_numbers_are_standardised_on_the_scale_of_their_logarithm_and_a_missing_one_is_average(
    tmp_path: Path,
) -> None:
    found = prepared(tmp_path, CSV).mapped().numbers[:, 0]
    logs = np.log1p([10, 20, 40])
    expected = (logs - logs.mean()) / logs.std()
    np.testing.assert_allclose(found, [*expected[:2], 0, expected[2]], atol=1e-5)


def test_a_later_file_keeps_numbers_and_scales_and_may_add_values(tmp_path: Path) -> None:
    prepared(tmp_path, CSV)
    later = tmp_path / "later.csv"
    later.write_text("click,city,price\n0,bonn,10\n1,rome,20\n")
    for grow, expected in ((False, [0, 2]), (True, [4, 2])):
        prepare_more(later, tmp_path / "train", tmp_path / "later", grow=grow)
        rows = RowsOnDisk(tmp_path / "later")
        assert rows.mapped().categories[:, 0].tolist() == expected
        assert rows.columns.sizes == [5 if grow else 4]
    before = RowsOnDisk(tmp_path / "train").mapped().numbers[:2]
    np.testing.assert_array_equal(rows.mapped().numbers, before)


def test_rare_values_are_unknown_and_the_others_close_the_gaps(tmp_path: Path) -> None:
    text = "click,city\n1,a\n0,b\n0,c\n1,c\n0,b\n"
    rows = prepared(tmp_path, text, min_count=2)
    assert rows.mapped().categories[:, 0].tolist() == [0, 1, 2, 2, 1]
    prepare_more(tmp_path / "train.csv", tmp_path / "train", tmp_path / "again")
    again = RowsOnDisk(tmp_path / "again").mapped().categories
    np.testing.assert_array_equal(again, rows.mapped().categories)


def test_bins_of_a_number_are_a_field_and_a_missing_one_has_its_own(tmp_path: Path) -> None:
    prices = [*range(1, 41), *range(1, 41), ""]
    lines = "".join(f"{i % 2},{price},c{i % 3}\n" for i, price in enumerate(prices))
    path = tmp_path / "train.csv"
    path.write_text(f"click,price,city\n{lines}")
    spec = TableSpec(label="click")
    columns = choose_columns(
        ["click", "price", "city"],
        {"click": True, "price": True, "city": False},
        spec,
        number_bins=4,
    )
    prepare(path, columns, tmp_path / "train", is_binary=True)
    rows = RowsOnDisk(tmp_path / "train")
    city, bins = rows.mapped().categories.T
    assert rows.columns.sizes == [4, 5]
    assert set(city) == {1, 2, 3}
    assert bins.tolist() == [*np.repeat([1, 2, 3, 4], 10), *np.repeat([1, 2, 3, 4], 10), 0]
    # prices that no row had go to the bin they would stand in
    later = tmp_path / "later.csv"
    later.write_text("click,price,city\n0,-5,c0\n1,1e6,c1\n0,10.5,c2\n1,,c0\n")
    prepare_more(later, tmp_path / "train", tmp_path / "later")
    again = RowsOnDisk(tmp_path / "later").mapped().categories[:, 1]
    assert again.tolist() == [1, 4, 2, 0]


def test_hashed_values_stay_within_their_rows_and_zero_stays_unknown(tmp_path: Path) -> None:
    cities = "".join(f"{i % 2},city{i}\n" for i in range(300)) + "1,\n"
    rows = prepared(tmp_path, f"click,city\n{cities}", hash_size=16)
    ids = rows.mapped().categories[:, 0]
    assert rows.columns.sizes == [17]
    assert set(ids[:-1]) == set(range(1, 17))
    assert ids[-1] == 0


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(max_size=3)),
            st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False, width=32)),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_value_is_found_again_in_the_arrays(
    tmp_path: Path, rows: list[tuple[str | None, float | None]]
) -> None:
    values = [*(r[0] for r in rows), "x", "y"]
    numbers = [*(r[1] for r in rows), 1.0, 2.0]
    labels = [0.0, 1.0] * len(values)
    table = {
        "click": labels[: len(values)],
        "value": pa.array(values, pa.string()),
        "number": pa.array(numbers, pa.float64()),
    }
    path = tmp_path / "some.parquet"
    pq.write_table(pa.table(table), path)
    spec = TableSpec(label="click", categories=("value",), plain_numbers=("number",))
    columns = prepare(path, columns_of(path, spec), tmp_path / "some", is_binary=True)
    mapped = RowsOnDisk(tmp_path / "some").mapped()
    [vocabulary] = read_vocabularies(tmp_path / "some" / "values.parquet", [None])
    named = [None, *vocabulary.values()]
    assert [named[i] for i in mapped.categories[:, 0]] == [v or "" for v in values]
    [scale] = columns.numbers
    back = mapped.numbers[:, 0] * scale.deviation + scale.mean
    is_there = np.array([n is not None for n in numbers])
    expected = np.array([n for n in numbers if n is not None])
    np.testing.assert_allclose(
        back[is_there], expected, rtol=1e-4, atol=1e-5 * max(scale.deviation, 1)
    )
    assert (mapped.numbers[~is_there] == 0).all()


@given(st.lists(st.lists(st.text(max_size=4)), max_size=4))
def test_a_vocabulary_never_renumbers_whatever_comes_later(files: list[list[str]]) -> None:
    vocabulary, known = Vocabulary(), dict[str, int]()
    for values in files:
        found = vocabulary.look_up(values, grow=True).tolist()
        for value, number in zip(values, found, strict=True):
            assert known.setdefault(value, number) == number
    assert sorted(known.values()) == list(range(1, vocabulary.size))


def test_vocabularies_survive_being_written(tmp_path: Path) -> None:
    one, two = Vocabulary(), Vocabulary(hash_size=8)
    ids = one.look_up(["a", "b", "\n", ""], grow=True)
    write_vocabularies(tmp_path / "values.parquet", [one, two])
    again, hashed = read_vocabularies(tmp_path / "values.parquet", [None, 8])
    np.testing.assert_array_equal(again.look_up(["a", "b", "\n", ""], grow=False), ids)
    assert hashed.look_up(["a"], grow=False) == two.look_up(["a"], grow=False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("click,price\n" + "1,2\n0,3\n" * 20 + "1,cheap\n", ["row 41", "'price'", "'cheap'"]),
        ("click,price\n" + "1,2\n0,3\n" * 20 + "yes,2\n", ["row 41", "'click'", "'yes'"]),
        ("click,price\n1,2\n,3\n", ["row 2", "'click'", "missing"]),
        ("click,price\n1,2\n0,inf\n" + "0,1\n" * 20, ["row 2", "'price'", "inf"]),
        ("click,price\n1,2\n0,3,4\n", ["row 2", "3 values", "has 2"]),
        ("click,price\n1,2\n1,3\n", ["'click' is 1 in all 2 rows"]),
        ("click,price\n1,2\n7,3\n", ["row 2", "7 is not between 0 and 1"]),
        ("click,city\n1,\n0,\n", ["no row has a value in city"]),
        ("click,city\n", ["has no rows"]),
        ("click,city,city\n1,a,b\n", ["two columns named city"]),
        ("clicked,city\n1,a\n", ["no column 'click'"]),
        ("click\n1\n0\n", ["no column to learn from"]),
    ],
)
def test_a_mistake_is_named_with_its_row_column_and_value(
    tmp_path: Path, text: str, named: list[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        prepared(tmp_path, text)
    for words in named:
        assert words in caught.value.what, caught.value.what
    assert caught.value.fix
    assert not (tmp_path / "train").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["train.csv"]


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(BrokenFile, match=r"broken\.parquet"):
        column_names(tmp_path / "broken.parquet")
    with pytest.raises(BadInput, match="there is no file"):
        column_names(tmp_path / "none.csv")


def test_codes_with_leading_zeros_and_ids_are_categories_and_digits_are_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("n,zip,user_id,text\n1,01234,7,a\n2.5,55555,8,b\n,00010,9,c\n")
    assert seen_numbers(path) == {"n": True, "zip": False, "user_id": False, "text": False}


def _many(tmp_path: Path, n: int, groups: bool = False) -> RowsOnDisk:
    number = np.arange(n)
    table = {
        "click": (number % 2).astype(float),
        "row": pa.array([str(i) for i in number]),
        "query": pa.array([f"q{i // 3}" for i in number]),
    }
    path = tmp_path / "many.parquet"
    pq.write_table(pa.table(table), path)
    spec = TableSpec(label="click", group="query" if groups else None, categories=("row",))
    prepare(path, columns_of(path, spec), tmp_path / "many", is_binary=True)
    return RowsOnDisk(tmp_path / "many")


def test_a_pass_gives_every_row_once_mixed_and_the_same_by_the_same_seed(tmp_path: Path) -> None:
    rows = _many(tmp_path, 1003)

    def order(seed: int, number: int) -> list[list[int]]:
        batches = ShuffledBatches(rows, batch_rows=100, seed=seed, by_group=False)
        return [b.categories[:, 0].tolist() for b in batches.of_pass(number)]

    one = order(1, 0)
    assert [len(b) for b in one] == [100] * 10 + [3]
    flat = [i for b in one for i in b]
    assert sorted(flat) == list(range(1, 1004))
    assert abs(np.corrcoef(flat, range(1003))[0, 1]) < 0.1
    assert order(1, 0) == one
    assert order(1, 1) != one
    assert order(2, 0) != one


def test_rows_beyond_what_is_held_in_memory_are_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baihuo.models.deep.rows._SHUFFLED_ROWS", 300)
    rows = _many(tmp_path, 1003)
    batches = ShuffledBatches(rows, batch_rows=100, seed=1, by_group=False)
    one = [b.categories[:, 0].tolist() for b in batches.of_pass(0)]
    assert len(one) == batches.n_batches
    assert sorted(i for b in one for i in b) == list(range(1, 1004))
    read = [b.categories[:, 0].tolist() for b in rows.in_order(7)]
    assert [i for b in read for i in b] == list(range(1, 1004))


def test_the_rows_of_a_group_stay_in_one_batch_and_on_one_side_of_a_split(tmp_path: Path) -> None:
    rows = _many(tmp_path, 900, groups=True)
    batches = ShuffledBatches(rows, batch_rows=100, seed=1, by_group=True)
    seen: list[int] = []
    for batch in batches.of_pass(0):
        assert batch.groups is not None
        groups, counts = np.unique(batch.groups, return_counts=True)
        assert (counts == 3).all()
        seen += groups.tolist()
    assert sorted(seen) == list(range(300))
    train, held_back = rows.split(0.1)
    one, two = train.mapped().groups, held_back.mapped().groups
    assert one is not None
    assert two is not None
    assert not set(one) & set(two)
    assert train.n_rows + held_back.n_rows == 900
