"""What somebody wrote from tau-bench's policy alone is refused by its rule and touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import assist_tools

EXAM = Path(assist_tools.__file__).parent / "exams" / "violations.yaml"


def test_every_written_violation_is_refused_by_its_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # the exam brings its own shop: nothing else has to be there
    monkeypatch.setattr("sys.argv", ["assist_tools.py", "--violations", str(EXAM)])
    assert assist_tools.main() == 0, capsys.readouterr().out
    assert '"n": 103, "refused": 103, "by_its_rule": 103, "touched": 0' in capsys.readouterr().out
