"""Paths that scripts read are looked at before any work."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from suites.shared.paths import given

BENCH = Path(__file__).parents[2] / "bench"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert given(str(tmp_path)) == tmp_path
    with pytest.raises(argparse.ArgumentTypeError, match=r"no file or folder .*nowhere"):
        given(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("words", [("related", "--shop"), ("encode", "--icecat")])
def test_a_script_names_the_path_and_ends_with_2(tmp_path: Path, words: tuple[str, str]) -> None:
    script, option = words
    path = tmp_path / "nowhere"
    done = subprocess.run(
        [sys.executable, str(BENCH / f"{script}.py"), option, str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 2
    assert f"argument {option}: there is no file or folder {path}" in " ".join(done.stderr.split())


def test_a_shop_without_clean_events_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "related.py"), "--shop", str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 1
    assert f"{tmp_path} has no clean events; run: baihuo check" in done.stderr
    assert "Traceback" not in done.stderr
