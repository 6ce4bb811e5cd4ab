"""Rows as a request has them are read as training read its file, and mistakes are named with row and field."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import BadInput
from baihuo.models import DeepSettings
from baihuo.train import TableModel, TableSpec, TableTraining, train_table
from baihuo.train.tables.hashed_values import HashedValues

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(st.lists(WORDS, unique=True, max_size=30), min_size=1, max_size=3),
    st.data(),
)
def test_values_are_found_as_a_dictionary_finds_them(values: list[list[str]], data: Any) -> None:
    table = HashedValues(values)
    known = [{value: i for i, value in enumerate(field, 1)} for field in values]
    asked = [st.sampled_from(field) | WORDS | st.none() if field else WORDS for field in values]
    rows = data.draw(st.lists(st.tuples(*asked), min_size=1, max_size=20))
    found = table.look_up(np.array([[hash(v) for v in row] for row in rows], dtype=np.int64))
    expected = [[ids.get(v, 0) for ids, v in zip(known, row, strict=True)] for row in rows]
    assert found.tolist() == expected


def test_each_of_many_values_of_all_lengths_has_its_own_number() -> None:
    values = [[f"{i:0{n}d}" for i in range(20_000)] for n in (5, 8, 9, 16, 17, 40)]
    table = HashedValues(values)
    hashes = np.array([[hash(v) for v in row] for row in zip(*values, strict=True)])
    found = table.look_up(hashes)
    np.testing.assert_array_equal(found, np.arange(1, 20_001)[:, None].repeat(6, 1))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[TableModel, Path]:
    folder, rng = tmp_path_factory.mktemp("requests"), np.random.default_rng(0)
    rows = pa.table(
        {
            "click": rng.integers(0, 2, 600),
            "city": [["oslo", "rome", "北京", None][i] for i in rng.integers(0, 4, 600)],
            "campaign": rng.integers(100, 105, 600),
            "is_new": rng.random(600) < 0.5,
            "price": [None if i % 7 == 0 else float(i) for i in range(600)],
            "share": rng.random(600),
        }
    )
    pq.write_table(rows, folder / "train.parquet")
    spec = TableSpec(label="click", categories=("campaign", "is_new"), plain_numbers=("share",))
    train_table(
        TableTraining(
            table=folder / "train.parquet",
            out=folder / "model",
            spec=spec,
            settings=DeepSettings(layers=(8,), embedding_size=4),
        )
    )
    return TableModel(folder / "model"), folder


def test_a_requests_rows_score_as_the_same_rows_of_a_file(model: tuple[TableModel, Path]) -> None:
    table, folder = model
    of_file = np.concatenate([scores for scores, _ in table.score_file(folder / "train.parquet")])
    rows = json.loads(json.dumps(pq.read_table(folder / "train.parquet").to_pylist()))
    np.testing.assert_allclose(table.score_rows(rows), of_file, atol=1e-6)
    np.testing.assert_allclose(table.score_rows(rows[:1]), of_file[:1], atol=1e-6)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    np.testing.assert_array_equal(table.score_rows(columns), table.score_rows(rows))
    assert table.score_rows([]).shape == (0,)


def test_words_for_numbers_and_unknown_values_are_read_as_of_a_csv_file(
    model: tuple[TableModel, Path],
) -> None:
    table, folder = model
    names = ["city", "campaign", "is_new", "price", "share"]
    rows: list[dict[str, Any]] = [
        dict(zip(names, row, strict=True))
        for row in (
            ("oslo", "101", "true", "12.5", "0.25"),
            ("bergen", "999", "", "", "NA"),
            ("", "104", "false", "-3", "1e-3"),
        )
    ]
    with (folder / "some.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    of_file = np.concatenate([scores for scores, _ in table.score_file(folder / "some.csv")])
    np.testing.assert_allclose(table.score_rows(rows), of_file, atol=1e-6)
    missing = [dict.fromkeys(names, empty) for empty in (None, float("nan"), "", "NA")]
    assert np.ptp(table.score_rows(missing)) == 0
    # a missing city was in the training table, and means something else than an unseen one
    unseen = {**missing[0], "city": "x"}
    assert table.score_rows([unseen]) != table.score_rows(missing[:1])
    unseen |= {"campaign": -1, "is_new": "x"}  # no missing one was in the training table
    assert table.score_rows([unseen]) == table.score_rows([{**missing[0], "city": "y"}])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"city": ["oslo"]}, r"row 2, field 'city': the value is \['oslo'\], no single one"),
        ({"price": "dear"}, "row 2, field 'price': the value is 'dear', no number"),
        ({"price": float("inf")}, "row 2, field 'price': the value is infinite"),
        ({"share": {}}, "row 2, field 'share': the value is '{}', no number"),
    ],
)
def test_a_mistake_is_named_with_its_row_and_field(
    model: tuple[TableModel, Path], changed: dict[str, Any], named: str
) -> None:
    row = {"city": "oslo", "campaign": 101, "is_new": True, "price": 1, "share": 0.5}
    with pytest.raises(BadInput, match=named):
        model[0].score_rows([row, row | changed])
    columns = {name: [row[name], (row | changed)[name]] for name in row}
    with pytest.raises(BadInput, match=named):
        model[0].score_rows(columns)


def test_a_missing_field_is_named(model: tuple[TableModel, Path]) -> None:
    row = {"city": "oslo", "campaign": 101, "is_new": True, "price": 1, "share": 0.5}
    without = {k: v for k, v in row.items() if k != "share"}
    with pytest.raises(BadInput, match="row 2 has no field 'share'"):
        model[0].score_rows([row, without])
    columns = {name: [value, value] for name, value in row.items()}
    with pytest.raises(BadInput, match="there is no field 'share'"):
        model[0].score_rows({name: columns[name] for name in without})
    with pytest.raises(BadInput, match="field 'share' has 1 values, another 2"):
        model[0].score_rows(columns | {"share": [1]})


def test_hashed_fields_are_hashed_as_training_did(tmp_path: Path) -> None:
    rows = pa.table({"click": [0, 1] * 50, "city": [f"c{i}" for i in range(100)]})
    pq.write_table(rows, tmp_path / "train.parquet")
    settings = DeepSettings(layers=(8,), embedding_size=4, hash_size=7)
    job = TableTraining(
        table=tmp_path / "train.parquet",
        out=tmp_path / "model",
        spec=TableSpec(label="click"),
        settings=settings,
    )
    train_table(job)
    model = TableModel(tmp_path / "model")
    (of_file,) = [scores for scores, _ in model.score_file(tmp_path / "train.parquet")]
    np.testing.assert_allclose(model.score_rows(rows.to_pylist()), of_file, atol=1e-6)
    assert len(np.unique(of_file)) <= 7
