"""A test that writes to its own linked encoders does not write to those of all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from baihuo.encode import MULTILINGUAL


def test_the_list_of_linked_encoders_is_the_test_s_own(
    exported_encoders: Path, linked_encoders: Callable[[Path], Path], tmp_path: Path
) -> None:
    before = (exported_encoders / "encoders.json").read_text()
    own = linked_encoders(tmp_path / "own")
    (own / "encoders.json").write_text("{}")
    assert (exported_encoders / "encoders.json").read_text() == before
    weights = f"{MULTILINGUAL}/model.onnx"
    assert (own / weights).stat().st_ino == (exported_encoders / weights).stat().st_ino
