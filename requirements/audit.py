"""Known vulnerabilities of what is locked: ``python requirements/audit.py``, or ``make audit``.

pip-audit asks PyPI or OSV. Each finding is fixed by a newer version or stands in ``triage.toml`` with a reason and an end; what
has neither fails. Where no service answers, pip-audit says "no known vulnerabilities" all the same, and calls every package
skipped: that is said as not audited, and fails with ``--required`` only, so that a build without a network goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
LOCKS = ("serve.lock", "all.lock")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit found."""

    failures: tuple[str, ...]  # findings without a decision, and decisions that ended
    accepted: tuple[str, ...]
    n_audited: int
    n_skipped: int  # no service knew the package, or none answered


def judge(report: Mapping[str, Any], triage: Sequence[Mapping[str, Any]], today: date) -> Verdict:
    """Compare the findings of pip-audit with the decisions.

    Args:
        report: pip-audit's JSON.
        triage: entries of ``triage.toml``: id, package, reason, until.
        today: decisions that ended before it count no longer.
    """
    decided = {(str(one["package"]), str(one["id"])): one for one in triage}
    failures, accepted, n_skipped = [], [], 0
    for package in report["dependencies"]:
        n_skipped += "skip_reason" in package
        for found in package.get("vulns", ()):
            ids = [found["id"], *found.get("aliases", ())]
            text = f"{package['name']} {package['version']}: {', '.join(ids)}"
            one = next((d for i in ids if (d := decided.get((package["name"], i)))), None)
            if one is None:
                fixed = ", ".join(found.get("fix_versions", ())) or "no version yet"
                failures.append(f"{text}; fixed in {fixed}")
            elif one["until"] < today:
                failures.append(f"{text}; the decision ended on {one['until']}: {one['reason']}")
            else:
                accepted.append(f"{text}; until {one['until']}: {one['reason']}")
    n_all = len(report["dependencies"])
    return Verdict(tuple(failures), tuple(accepted), n_all - n_skipped, n_skipped)


def decisions(path: Path = FOLDER / "triage.toml") -> list[dict[str, Any]]:
    """The decisions, each with its four fields.

    Raises:
        ValueError: a field is missing, or the reason says nothing.
    """
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    for one in entries:
        if {*one} != {"id", "package", "reason", "until"} or not isinstance(one["until"], date):
            raise ValueError(f"{path.name}: {one} needs id, package, reason and until = YYYY-MM-DD")
        if len(one["reason"].split()) < 5:
            raise ValueError(f"{path.name}: {one['id']}: say why it cannot be reached here")
    return entries


def audited(lock: Path) -> dict[str, Any] | None:
    """pip-audit's report of a lock; None where it could not ask anybody."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--disable-pip"]
    command += ["--require-hashes", "-f", "json", "--progress-spinner", "off", "--timeout", "10"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        print(done.stderr.strip().splitlines()[-1:] or "no answer", file=sys.stderr)
        return None


def main(words: list[str]) -> int:
    """0: every finding is decided on, or nobody could be asked and that is not required."""
    is_required, code = "--required" in words, 0
    for name in LOCKS:
        report = audited(FOLDER / name)
        verdict = judge(report or {"dependencies": []}, decisions(), date.today())
        for line in verdict.accepted:
            print(f"{name}: accepted: {line}")
        for line in verdict.failures:
            print(f"{name}: {line}")
        print(f"{name}: {verdict.n_audited} packages audited, {verdict.n_skipped} not audited")
        is_blind = verdict.n_audited == 0 or verdict.n_skipped > 0
        if is_blind:
            print(f"{name}: NOT AUDITED in full: no service of advisories answers from here")
        code |= bool(verdict.failures) or (is_required and is_blind)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
