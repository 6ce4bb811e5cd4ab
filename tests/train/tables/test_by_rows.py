"""Settings that nobody gave follow the number of rows, by the command; those that were given stay."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from tests.train.tables.rows_of_pairs import run, table

from baihuo.models import DeepSettings
from baihuo.train.tables.by_rows import count_rows, suited


def settings_of(model: Path) -> DeepSettings:
    return DeepSettings.model_validate_json((model / "settings.json").read_text())


def test_a_small_file_is_trained_with_small_vectors_penalties_and_several_passes(
    files: Path, tmp_path: Path
) -> None:
    words = ("train", "--table", str(files / "valid.csv"), "--label", "click", "--out")
    done = run(*words, str(tmp_path / "chosen"), "--set", "epochs=2", "--json")
    assert done.exit_code == 0, done.exception
    assert len(json.loads(done.stdout)["passes"]) == 2
    chosen = settings_of(tmp_path / "chosen")
    assert chosen.embedding_size < DeepSettings().embedding_size
    assert chosen.l2 > 0
    assert chosen.dropout > 0
    assert chosen.number_bins > 0
    # what was given stays, also where it is the default of the list
    more = ("--set", "epochs=1", "--set", "l2=0", "--set", "layers=[8]")
    done = run(*words, str(tmp_path / "given"), *more)
    given = settings_of(tmp_path / "given")
    assert (given.epochs, given.l2, given.layers) == (1, 0, (8,))
    assert given.dropout == chosen.dropout
    done = run(*words, str(tmp_path / "plain"), "--set", "by_rows=false", "--set", "layers=[8]")
    assert settings_of(tmp_path / "plain") == DeepSettings(by_rows=False, layers=(8,))


def test_a_training_that_continues_keeps_the_network_of_before(files: Path, tmp_path: Path) -> None:
    words = ("train", "--label", "click", "--set", "epochs=1")
    first = ("--set", "embedding_size=6", "--set", "layers=[8]", "--out", str(tmp_path / "one"))
    assert run(*words, "--table", str(files / "valid.csv"), *first).exit_code == 0
    pacsv.write_csv(table(500, 4), tmp_path / "newer.csv")
    more = ("--continue", str(tmp_path / "one"), "--out", str(tmp_path / "two"))
    done = run(*words, "--table", str(tmp_path / "newer.csv"), *more)
    assert done.exit_code == 0, done.exception
    assert settings_of(tmp_path / "two").embedding_size == 6


def test_chosen_vectors_are_shared_evenly_by_the_heads_that_were_given() -> None:
    given = DeepSettings(model="transformer", attention_heads=8)
    assert [suited(given, n).embedding_size for n in (5_000, 50_000, 500_000)] == [8, 8, 16]
    thirds = DeepSettings(model="transformer", attention_heads=3, embedding_size=6)
    assert suited(thirds, 5_000).embedding_size == 6
    assert suited(DeepSettings(attention_heads=8), 5_000).embedding_size == 4  # it has no heads


def test_more_rows_need_less_penalty_and_allow_longer_vectors() -> None:
    sizes = [suited(DeepSettings(), n) for n in (5_000, 50_000, 500_000, 50_000_000)]
    for small, large in pairwise(sizes):
        assert small.embedding_size <= large.embedding_size
        assert small.l2 >= large.l2
        assert small.dropout >= large.dropout
        assert small.batch_rows <= large.batch_rows
        assert small.epochs >= large.epochs


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_rows_are_counted_without_reading_them(tmp_path: Path, name: str) -> None:
    rows = pa.table({"x": np.arange(1234)})
    write = pacsv.write_csv if name.endswith("csv") else pq.write_table
    write(rows, tmp_path / name)
    assert count_rows(tmp_path / name) == pytest.approx(1234, abs=1)
