"""What a check is: a name, what it does with a row, and words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["quarantine", "merge", "repair", "note", "erase"]
On: TypeAlias = Literal["events", "products"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One reason to touch a row.

    A check of one row alone is wholly data: ``bad`` is its SQL, with ``{setting}`` standing for a
    setting of its step. Checks that compare rows have no ``bad``; their SQL is in the step's file.

    Repairs of one row put ``mended`` (SQL, NULL if not given: "not known") in place of ``field``;
    but where the field is the point of the event (the dwell of a ``dwell``), listed in
    ``fatal_for``, a row without it says nothing and goes to quarantine.
    """

    name: str
    step: str
    on: On
    then: Action
    why: str  # completes "this row was touched because …"
    mend: str  # what to do at the source
    example: str = ""  # a row as it came, and what was done with it
    version: str = "1"  # raised whenever the rule's meaning changes
    bad: str | None = None
    field: str | None = None
    mended: str = "NULL"
    fatal_for: tuple[str, ...] = ()


def describe(check: Check) -> str:
    """The check in words: what, why, how to mend, and an example where it has one.

    >>> print(describe(Check(name="x", step="schema", on="events", then="note", why="w", mend="m")))
    x  (schema, on events, version 1)
      then: note
      why:  w
      mend: m
    """
    then: str = check.then
    if check.fatal_for:
        then += f" (quarantine for {', '.join(check.fatal_for)})"
    lines = [
        f"{check.name}  ({check.step}, on {check.on}, version {check.version})",
        f"  then: {then}",
        f"  why:  {check.why}",
        f"  mend: {check.mend}",
    ]
    if check.example:
        lines.append(f"  example: {check.example}")
    if check.bad:
        lines.append(f"  rule: {check.bad}")
    return "\n".join(lines)
