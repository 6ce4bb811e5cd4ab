"""The report: what came in, what became of it, and whether training may go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from baihuo.core import BadInput, NotFound, QualityStop
from baihuo.engine import written_whole
from baihuo.quality.counts import (
    Day,
    Finding,
    InputFile,
    Limit,
    RefusedRows,
    StepCount,
    WithheldValues,
)

SCHEMA_VERSION = 1
"""Raised when a field of ``report.json`` changes its meaning or goes; added ones do not raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Everything ``report.json`` holds."""

    rules_version: str
    owner: str
    note: str
    steps: tuple[StepCount, ...]
    findings: tuple[Finding, ...]
    limits: tuple[Limit, ...]
    days: tuple[Day, ...]
    not_checked: tuple[str, ...] = ()  # "orphans: the catalogue is empty"
    looked_at: tuple[str, ...] = ()  # "pictures: 5,012 opened"
    checked_at_us: int = 0  # our clock when it was checked, µs UTC
    run_id: str = ""  # equal for equal results: what a bundle says it was trained on
    version: str = ""  # of quality.yaml, as its owner wrote it
    refused: tuple[RefusedRows, ...] = ()  # rows that no import could read, by table
    withheld: tuple[WithheldValues, ...] = ()  # values that no import could read, by table
    files: tuple[InputFile, ...] = ()  # what was imported, oldest first

    @property
    def noted(self) -> list[Finding]:
        """What checks found and changed nothing about: a person decides."""
        return [finding for finding in self.findings if not finding.is_change]

    @property
    def n_noted(self) -> int:
        """How many findings that are: a hole, a bot or a wrong clock is one."""
        return sum(finding.n_findings for finding in self.noted)

    @property
    def stops(self) -> list[str]:
        """Why training must not go on; empty when it may."""
        return [limit.words for limit in self.limits if limit.verdict == "stop"]

    @property
    def warnings(self) -> list[str]:
        return [limit.words for limit in self.limits if limit.verdict == "warn"]

    def table(self, name: str) -> StepCount:
        """All steps of ``events`` or ``products`` together. A row repaired twice counts twice."""
        steps = [s for s in self.steps if s.table == name]
        if not steps:
            return StepCount("all", name, 0, 0, 0, 0, 0)
        n_kept = steps[-1].n_kept
        return StepCount(
            "all",
            name,
            n_in=steps[0].n_in,
            n_kept=n_kept,
            n_quarantined=sum(s.n_quarantined for s in steps),
            n_merged=sum(s.n_merged for s in steps),
            n_repaired=min(sum(s.n_repaired for s in steps), n_kept),
            n_erased=sum(s.n_erased for s in steps),
            n_noted=sum(s.n_noted for s in steps),
        )

    @property
    def verdict(self) -> str:
        """``ok``, ``warn`` or ``stop``."""
        return "stop" if self.stops else "warn" if self.warnings else "ok"

    def named(self) -> QualityReport:
        """The same with its ``run_id``, a hash of everything else in it."""
        blank = replace(self, run_id="")
        return replace(self, run_id=hashlib.sha256(blank.to_json().encode()).hexdigest()[:16])

    def raise_if_stopped(self, page: Path | None = None) -> None:
        """Stop training when the data failed its checks.

        Args:
            page: where ``report.html`` is; None: in the shop's ``2-clean``.

        Raises:
            QualityStop: with every reason, and which lines of ``quality.yaml`` decided.
        """
        if not self.stops:
            return
        names = sorted({limit.name for limit in self.limits if limit.verdict == "stop"})
        checks = sorted(
            {f.check for f in self.findings if any(n.startswith(f.step) for n in names)}
            | {n.rpartition(".")[2] for n in names if n.startswith("notes.")}
        )
        ask = f" (ask {self.owner})" if self.owner else ""
        explain = f"; `baihuo check --explain {checks[0]}` says more" if checks else ""
        raise QualityStop(
            "the data failed its checks, so nothing is trained on it:\n"
            + "\n".join(f"  - {words}" for words in self.stops),
            fix=f"look at {page or '2-clean/report.html'} and fix the source{explain}{self._listed()}. If the data is right and "
            f"the limit is wrong, change {', '.join(names)} in quality.yaml{ask}",
        )

    def _listed(self) -> str:
        """How to see the refused rows, where there are any."""
        reasons = [reason for rows in self.refused for reason in rows.reasons]
        return (
            f"; `baihuo quarantine list --check {reasons[0]}` shows refused rows" if reasons else ""
        )

    def to_json(self) -> str:
        """``report.json``: equal input and rules give equal bytes."""
        body = {
            "schema_version": SCHEMA_VERSION,
            "verdict": self.verdict,
            "tables": {name: asdict(self.table(name)) for name in ("events", "products")},
            "stops": self.stops,
            "warnings": self.warnings,
            "noted": {finding.check: finding.n_findings for finding in self.noted},
            **asdict(self),
        }
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"

    def save(self, path: Path) -> None:
        with written_whole(path) as part:
            part.write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> QualityReport:
        """Read ``report.json``.

        Raises:
            NotFound: there is none: the data was never checked.
            BadInput: it is not a report of this version.
        """
        if not path.exists():
            raise NotFound(f"no quality report at {path}", fix="run `baihuo check` first")
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if body["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema_version is {body['schema_version']}")
            for finding in body["findings"]:  # of an earlier version
                finding.setdefault("n_findings", finding["n_rows"])
            return _read()(body)
        except (ValueError, KeyError, TypeError, RuntimeError) as error:  # rows that do not add up
            raise BadInput(
                f"{path} is not a quality report of version {SCHEMA_VERSION}: {error}",
                fix="run `baihuo check` again",
            ) from error


@cache
def _read() -> Callable[[object], QualityReport]:
    return TypeAdapter(QualityReport).validate_python
