"""A finding of the audit needs a decision with an end; nobody asked is not nothing found."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "requirements"
FOUND: dict[str, Any] = {
    "dependencies": [
        {"name": "good", "version": "1.0", "vulns": []},
        {
            "name": "bad",
            "version": "2.0",
            "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"]}],
        },
    ]
}
SKIPPED = {"dependencies": [{"name": "good", "skip_reason": "Dependency not found on PyPI"}]}
REASON = "Only its parser of X is concerned"


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", FOLDER / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["audit"] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    return module


def decision(until: date, id_: str = "CVE-1", package: str = "bad") -> dict[str, object]:
    return {"id": id_, "package": package, "reason": REASON, "until": until}


def test_a_finding_fails_until_it_is_decided_on_and_again_when_the_decision_ends(
    audit: ModuleType,
) -> None:
    today = date(2026, 11, 27)
    assert audit.judge(FOUND, [], today).failures == ("bad 2.0: PYSEC-1, CVE-1; fixed in 2.1",)
    accepted = audit.judge(FOUND, [decision(today)], today)
    assert not accepted.failures
    assert REASON in accepted.accepted[0]
    assert (
        "ended on 2026-11-26"
        in audit.judge(FOUND, [decision(date(2026, 11, 26))], today).failures[0]
    )
    assert audit.judge(FOUND, [decision(today, package="other")], today).failures


@pytest.mark.parametrize("report", [SKIPPED, None])
def test_where_nobody_answers_nothing_is_called_audited(
    audit: ModuleType,
    report: dict[str, Any] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "audited", lambda lock: report)
    assert audit.main([]) == 0
    assert "NOT AUDITED" in capsys.readouterr().out
    assert audit.main(["--required"]) == 1
    monkeypatch.setattr(audit, "audited", lambda lock: FOUND)
    assert audit.main([]) == 1


def test_the_decisions_of_today_have_reasons_and_ends(audit: ModuleType, tmp_path: Path) -> None:
    assert isinstance(audit.decisions(), list)
    file = tmp_path / "triage.toml"
    for text in (
        '[[accepted]]\nid = "X"\npackage = "p"\nreason = "Only its parser of X is concerned"\n',
        '[[accepted]]\nid = "X"\npackage = "p"\nreason = "not reachable"\nuntil = 2027-01-01\n',
    ):
        file.write_text(text)
        with pytest.raises(ValueError, match="X"):
            audit.decisions(file)
