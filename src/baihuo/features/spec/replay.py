"""Which state a running server is asked to take over: one with rows that came back from quarantine.

A server counts what comes, and starts from a state that SQL made of all clean rows. Rows that come back belong to the past, where
adding to counters cannot put them without counting something twice. So the state is made again, and servers read it: whole, or not.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from baihuo.engine import written_whole


@dataclass(frozen=True, slots=True)
class Replay:
    """A server whose state is older than ``at_us`` reads the state of its features again."""

    at_us: int  # when the state was made, µs UTC
    made_of: str  # what was decided about rows by then


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the checks had seen when a state was made of the rows that they left."""

    seen_seq: int = 0
    """The newest row of the live log that they saw, also one that they took out: a server must not count it from the log, since a
    fixed copy of it may be among the events."""
    made_of: str = ""
    """What was decided about rows by then (see :class:`Replay`)."""


def read_replay(file: Path) -> Replay | None:
    """What :func:`write_replay` wrote; None where there is none, or none that this version can read."""
    try:
        body = json.loads(file.read_bytes())
        return Replay(int(body["at_us"]), str(body["made_of"]))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def write_replay(file: Path, replay: Replay) -> None:
    """Ask running servers for it. The file is replaced in one step."""
    with written_whole(file) as part:
        part.write_text(json.dumps(asdict(replay)) + "\n", encoding="utf-8")


def replay_of(state: Path) -> Replay | None:
    """When and of what the state in a folder was made; None where there is none."""
    return read_replay(state / "meta.json")
