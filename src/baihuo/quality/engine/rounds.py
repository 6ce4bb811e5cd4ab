"""The rounds of a run: each step's detectors over the rows that are left, each round once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from baihuo.core import Progress
from baihuo.engine import sql_text
from baihuo.quality.custom.files import STEP_NAME as CUSTOM
from baihuo.quality.engine.journal import Journal
from baihuo.quality.entries import contract_findings
from baihuo.quality.findings import FindingsStore
from baihuo.quality.registry import CHECKS
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import CheckContext, CheckResult, Step

# Nothing is found among no rows, but these still say what could not be checked.
_ALWAYS_RUN = (CUSTOM, "orphans")
_NAMES = frozenset(check.name for check in CHECKS)


@dataclass
class Messages:
    """What steps say besides their findings."""

    not_checked: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # custom checks that could not be run


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Runs steps over a store of findings."""

    rules: QualityRules
    journal: Journal
    progress: Progress
    messages: Messages
    label: str  # in the progress line
    prefix: str = ""  # of the names of rounds in the journal

    def run(
        self, steps: Sequence[Step[Any]], findings: FindingsStore, context: CheckContext
    ) -> None:
        """Run each step's detectors; rounds that a killed run finished are not run again."""
        for n, step in enumerate(steps):
            self.progress(f"{self.label}: {step.name}", n, len(steps))
            settings = self.rules.limits(step.name)
            for detect in step.detectors:
                name = self.prefix + findings.next_round(step.name)
                if name in self.journal.done:
                    findings.resume(step.name, has_found=self.journal.done[name]["has_found"])
                else:
                    is_run = findings.n_in > 0 or step.name in _ALWAYS_RUN
                    is_run = is_run and step.runs(detect, findings.table, context.skipped)
                    result = detect(findings, settings, context) if is_run else CheckResult()
                    contracts = []
                    if findings.n_in and detect is step.detectors[0]:
                        contracts = contract_findings(step.checks, findings, context)
                    selects = _without([*result.selects, *contracts], step, context.skipped)
                    has_found = findings.record(step.name, selects, **result.inputs)
                    self.journal.note(
                        name,
                        has_found=has_found,
                        not_checked=list(result.not_checked),
                        looked_at=list(result.looked_at),
                        failed=list(result.failed),
                    )
                done = self.journal.done[name]
                self.messages.not_checked += done["not_checked"]
                self.messages.looked_at += done["looked_at"]
                self.messages.failed += done["failed"]
        self.progress(self.label, len(steps), len(steps))


def _without(selects: list[str], step: Step[Any], skipped: frozenset[str]) -> list[str]:
    """Return the SELECTs without findings of checks that are turned off, whichever step they belong to.

    One that makes findings of such checks alone is left out: planning it costs more than a small run. Its SQL shows it, where
    every ``rule`` in it is a name and not a column, and no other check is named.
    """
    if not skipped or step.name == CUSTOM:  # a shop's own SQL may hold any word
        return selects
    off = ", ".join(map(sql_text, sorted(skipped)))
    left = []
    for select in selects:
        words = select.split()
        rules = [
            value
            for value, as_, name in zip(words, words[1:], words[2:], strict=False)
            if as_.upper() == "AS" and name.strip(",)") == "rule"
        ]
        are_names = rules and all(rule.strip("'") in _NAMES for rule in rules)
        named = _NAMES.intersection(re.findall(r"'(\w+)'", select))
        if are_names and named <= skipped:
            continue
        is_mixed = not are_names or named & skipped
        left.append(f"SELECT * FROM ({select}) WHERE rule NOT IN ({off})" if is_mixed else select)
    return left
