"""Ask running servers to load a state with rows released from quarantine.

A server starts from a state that SQL made of all clean rows, and counts new events. Released rows belong to the past, which counters cannot
change without double counting. So a new state is made, which servers load as a whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from baihuo.engine import written_whole


@dataclass(frozen=True, slots=True)
class Replay:
    """A server whose state is older than ``at_us`` reloads its feature state."""

    at_us: int  # when the state was made, µs UTC
    made_of: str  # decisions on rows by then


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The check that a state is based on."""

    seen_seq: int = 0
    """The newest row of the live log it saw, removed ones included: a server must not count it from the log, because the events may have a
    fixed copy."""
    made_of: str = ""
    """Decisions on rows by then (see :class:`Replay`)."""


def read_replay(file: Path) -> Replay | None:
    """Read the file of :func:`write_replay`; None if missing or of an unknown version."""
    try:
        body = json.loads(file.read_bytes())
        return Replay(int(body["at_us"]), str(body["made_of"]))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def write_replay(file: Path, replay: Replay) -> None:
    """Request a replay from running servers, atomically."""
    with written_whole(file) as part:
        part.write_text(json.dumps(asdict(replay)) + "\n", encoding="utf-8")


def replay_of(state: Path) -> Replay | None:
    """Return when and of what the state in a folder was made; None if missing."""
    return read_replay(state / "meta.json")
