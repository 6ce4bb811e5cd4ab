"""A path of the wrong kind is one clear error: a file where a folder is meant, and the other way round."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from baihuo.cli import main

TABLE = "shop,price,click\n" + "\n".join(f"s{i % 3},{i},{i % 2}" for i in range(40)) + "\n"


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--table", "t.csv", "--label", "click", "--out", "t.csv"),
        ("train", "--table", "t.csv", "--label", "click", "--out", "t.csv/model"),
        ("schema", "--out", "t.csv"),
        ("schema", "--out", "x" * 300),
        ("status", "--shop", "t.csv"),
        ("tune", "--table", "t.csv", "--label", "click", "--out", "t.csv"),
    ],
)
def test_a_path_of_the_wrong_kind_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["baihuo", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert words[-1].partition("/")[0][:40] in errors
    assert "fix:" in errors
    assert [f.name for f in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_text() == TABLE
