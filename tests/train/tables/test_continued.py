"""A training that continues from a trained folder, on newer rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from tests.train.tables.rows_of_pairs import (
    best_auc,
    job,
    table,
    weights_of,
)

from baihuo.core import BadInput
from baihuo.train import train_table


def test_training_continues_from_a_trained_folder_and_its_values_keep_their_numbers(
    files: Path, tmp_path: Path
) -> None:
    first = job(files, tmp_path / "one")
    train_table(first)
    newer = tmp_path / "newer.csv"
    rows = table(600, 9).to_pylist()
    for row in rows[:60]:
        row["taste"] = "brand new"
    pacsv.write_csv(pa.Table.from_pylist(rows), newer)
    short = first.settings.model_copy(update={"epochs": 1, "learning_rate": 1e-4})
    asked = replace(
        first, table=newer, out=tmp_path / "two", start=tmp_path / "one", settings=short
    )
    report = train_table(asked)
    assert report["categories"] == {"taste": 7, "style": 6}
    # nothing forgotten by three small steps
    assert report["validation"]["auc"] > best_auc(table(3000, 1)) - 0.02
    old, new = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert np.abs(new["table.vectors"][:7] - old["table.vectors"][:7]).max() < 1e-3
    assert np.abs(new["table.vectors"][8:] - old["table.vectors"][7:]).max() < 1e-3
    with pytest.raises(BadInput, match="layers"):
        train_table(replace(asked, settings=first.settings.model_copy(update={"layers": (8,)})))


def test_newer_rows_with_an_outcome_that_is_none_are_refused(files: Path, tmp_path: Path) -> None:
    rows = table(50, 3).drop_columns(["click"]).append_column("click", pa.array([5] * 50))
    pacsv.write_csv(rows, tmp_path / "newer.csv")
    with pytest.raises(BadInput, match="row 1, column 'click': 5 is not between 0 and 1"):
        train_table(replace(job(files, tmp_path / "m"), validation=tmp_path / "newer.csv"))
