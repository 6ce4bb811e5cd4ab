"""``baihuo release --dry-run``: what the gate says, and nothing is released."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.flow import releasing
from baihuo.release import GateCheck, GateReport


@pytest.mark.parametrize(("is_passed", "code"), [(True, 0), (False, 5)])
def test_a_dry_run_shows_the_gate_and_releases_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_passed: bool, code: int
) -> None:
    report = GateReport(
        bundle_id="abc",
        checks=(GateCheck(name="lift", is_passed=is_passed, measured={}, why="it is better"),),
    )
    released: list[str] = []
    monkeypatch.setattr(releasing, "run_gate", lambda *_, **__: report)
    monkeypatch.setattr(releasing, "release_if_open", lambda *_, **__: released.append("it"))
    monkeypatch.setattr(releasing, "bundle_or_newest", lambda *_: report)
    monkeypatch.setattr(releasing, "_require_not_rolled_back", lambda *_: None)
    monkeypatch.setattr(releasing, "_require_forgotten", lambda *_: None)
    done = CliRunner(env={"COLUMNS": "120"}).invoke(
        app, ["release", "--dry-run", "--shop", str(tmp_path)]
    )
    assert done.exit_code == code, done.output
    assert "it is better" in done.output
    assert "nothing was released" in done.output
    assert released == []


def test_a_dry_run_is_not_forced(tmp_path: Path) -> None:
    words = ["release", "--dry-run", "--force", "--reason", "w", "--shop", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, BadInput)
    assert "--dry-run" in str(done.exception)
