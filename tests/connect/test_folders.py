from pathlib import Path

import pytest

from baihuo.connect import data_files
from baihuo.core import NotFound


def test_a_folder_gives_its_data_files_with_the_catalogue_first(tmp_path: Path) -> None:
    for name in ("events.jsonl", "products.jsonl", "ratings.csv", "README.md", "truth"):
        (tmp_path / name).touch()
    assert [p.name for p in data_files([tmp_path])] == ["products.jsonl", "events.jsonl"]


def test_a_folder_without_data_and_a_missing_path_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=tmp_path.name):
        data_files([tmp_path])
    with pytest.raises(NotFound, match="nowhere"):
        data_files([tmp_path / "nowhere.csv"])
