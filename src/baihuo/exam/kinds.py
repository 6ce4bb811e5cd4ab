"""The kinds of dirt of the exam: rows of data in ``bench/dirt``, which an installed package holds next to this file."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from baihuo.core import BadInput
from baihuo.dirt import Kind, read_kinds
from baihuo.exam.shop import words

OWN = "own"  # the hand of those who wrote the checks
READ = "read"  # the sender's spelling is read as what it means: no finding is needed
ALL: dict[str, Kind] = {}


def default_folder() -> Path:
    """The folder of the package's kinds, or that of the repository which the package is in."""
    packaged = Path(__file__).parent / "dirt"
    return (
        packaged
        if (packaged / "hands.yaml").is_file()
        else Path(__file__).parents[3] / "bench" / "dirt"
    )


def load_kinds(folder: Path | None = None) -> None:
    """Fill ``ALL`` with the kinds of a folder, in the order of their hands.

    Raises:
        BadInput: The folder holds no kinds, or a row that cannot be read.
    """
    kinds = _read(folder or default_folder())
    ALL.clear()
    ALL.update(kinds)


@functools.lru_cache(maxsize=1)
def _read(folder: Path) -> dict[str, Kind]:
    return read_kinds(folder, tables())


def tables() -> dict[str, Any]:
    """What rows of data may look up of the simulator's vocabulary: English words with their Chinese ones."""
    lists = words()
    types = [kind | {"materials": dict(kind["materials"])} for kind in lists["types"]]
    materials = {en: zh for kind in types for en, zh in kind["materials"].items()}
    colours = dict(lists["colours"])
    return {
        "types": types,
        "colours": colours,
        "brands": dict(lists["brands"]),
        "words_zh": materials | colours,
    }


def kinds_of(
    names: Iterable[str], steps: Mapping[str, str] | None = None, *, kinds_first: bool = False
) -> list[Kind]:
    """Return the kinds that names stand for: of a kind, of a hand, of a check that kinds name, or of a step of checks.

    Args:
        steps: the step of each check there is.
        kinds_first: what is called as a check is, is that kind alone.

    Raises:
        BadInput: a name is none of these.
    """
    hands = dict.fromkeys(kind.hand for kind in ALL.values())
    checks = set(steps or ()).union(*(kind.checks for kind in ALL.values()))
    known = [*ALL, *hands, *sorted(checks), *dict.fromkeys((steps or {}).values())]
    chosen: dict[str, Kind] = {}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=5, cutoff=0.5) or list(ALL)[:3]
            raise BadInput(
                f"--checks {name!r} is no check, no step, no kind of dirt and no hand",
                fix=f"for example {', '.join(near)}; a hand is one of {', '.join(hands)}, and "
                "`baihuo check --default-rules` lists the steps",
            )
        for kind in ALL.values():
            of_steps = {(steps or {}).get(check) for check in kind.checks}
            of_checks = set() if kinds_first and name in ALL else kind.checks | of_steps
            if name in {kind.name, kind.hand} | of_checks:
                chosen[kind.name] = kind
    return list(chosen.values())
