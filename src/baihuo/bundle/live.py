"""Which bundle and which index generation serve now: one small file, swapped by rename."""

from __future__ import annotations

import json
import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from baihuo.core import BadInput, LockHolder, NotFound, file_lock
from baihuo.engine import written_whole

LIVE = "live.json"
_N_REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """A bundle and an index generation that served together."""

    bundle_id: str
    index_id: str
    since_us: int  # when it went live, UTC


@dataclass(frozen=True, slots=True)
class LiveBundles:
    """What serves now, and what served before it, newest first."""

    now: Pair
    history: tuple[Pair, ...] = ()

    @property
    def bundle_id(self) -> str:
        return self.now.bundle_id

    @property
    def index_id(self) -> str:
        return self.now.index_id


def read_live(bundles: Path) -> LiveBundles | None:
    """What serves now; None: nothing was released yet.

    Raises:
        BadInput: the file is not what :func:`set_live` writes.
    """
    try:
        text = (bundles / LIVE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        stored = json.loads(text)
        pairs = [
            Pair(p["bundle_id"], p["index_id"], p["since_us"]) for p in [stored, *stored["history"]]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{bundles / LIVE} cannot be read: {error}", fix="release again: baihuo release"
        ) from error
    return LiveBundles(pairs[0], tuple(pairs[1:]))


def set_live(bundles: Path, bundle_id: str, index_id: str) -> LiveBundles:
    """Make this pair live. Readers see the old file or the new one, never a part of it."""
    bundles.mkdir(parents=True, exist_ok=True)
    with _locked(bundles):
        before = read_live(bundles)
        history = () if before is None else (before.now, *before.history)
        return _write(
            bundles, LiveBundles(Pair(bundle_id, index_id, _now_us()), history[:_N_REMEMBERED])
        )


def roll_back(bundles: Path) -> LiveBundles:
    """Make the bundle before this one live again, with the index generation it served with.

    The one left behind drops out of the history, so rolling back twice goes back two bundles. Pairs
    of the same bundle with an older index are passed over: rolling back a model must not stop at a
    catalogue refresh.

    Raises:
        NotFound: nothing served before.
    """
    with _locked(bundles):
        live = read_live(bundles)
        older = previous(live)
        if live is None or older is None:
            raise NotFound("no bundle served before this one", fix="release another bundle")
        history = live.history[live.history.index(older) + 1 :]
        return _write(
            bundles, LiveBundles(Pair(older.bundle_id, older.index_id, _now_us()), history)
        )


def previous(live: LiveBundles | None) -> Pair | None:
    """The newest pair in the history with another bundle than the one that serves."""
    if live is None:
        return None
    return next((p for p in live.history if p.bundle_id != live.bundle_id), None)


def _locked(bundles: Path) -> AbstractContextManager[LockHolder | None]:
    """Two releases at once would lose one of their entries in the history: the second waits."""
    return file_lock(
        bundles / ".live.lock", work=f"another release into {bundles} is running", wait=True
    )


def _write(bundles: Path, live: LiveBundles) -> LiveBundles:
    def plain(p: Pair) -> dict[str, object]:
        return {"bundle_id": p.bundle_id, "index_id": p.index_id, "since_us": p.since_us}

    content = {**plain(live.now), "history": [plain(p) for p in live.history]}
    with written_whole(bundles / LIVE) as part:
        part.write_text(json.dumps(content, indent=1) + os.linesep, encoding="utf-8")
    return live


def _now_us() -> int:
    return time.time_ns() // 1000
