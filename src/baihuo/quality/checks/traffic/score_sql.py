"""SQL of scores that are made of several pieces of evidence, each 0 (a person) to 1 (a program)."""

from __future__ import annotations


def ramp(value: str, low: str, high: str) -> str:
    """SQL that rises from 0 at ``low`` to 1 at ``high``; 0 where the value is null."""
    rising = f"greatest(0, least(1, (({value}) - ({low})) / (({high}) - ({low}))))"
    return f"round(coalesce({rising}, 0), 3)"


def missing(n: str, n_expected: str, min_expected: int, low: str, high: str) -> str:
    """SQL of the share of expected events that is missing; 0 where too few are expected to judge."""
    return where(f"{n_expected} >= {min_expected}", ramp(f"-{n} / ({n_expected})", low, high))


def where(condition: str, evidence: str) -> str:
    """SQL of an evidence that needs a condition."""
    return f"CASE WHEN {condition} THEN {evidence} ELSE 0 END"


def highest(*evidence: str) -> str:
    """SQL of the strongest evidence."""
    return f"greatest({', '.join(evidence)})"
