"""The desk of a shop, open for one server process: its files, its settings, and what suggests answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from baihuo import assist
from baihuo.access import Scope
from baihuo.core import NotFound, ShopPaths
from baihuo.serve.api.access import access_of
from baihuo.serve.traffic.guard import Addresses


class DeskRoom:
    """Files are opened, and made, by the first request that needs them."""

    def __init__(
        self,
        paths: ShopPaths,
        settings: assist.DeskSettings,
        masked: Callable[[str], str],
        suggester: Callable[[], assist.Suggester | None] = lambda: None,
    ) -> None:
        """
        Args:
            masked: A text without its personal data.
            suggester: What suggests answers now; None: nothing does.
        """
        self.paths, self.settings, self.suggester = paths, settings, suggester
        self.hours: assist.OpeningHours = settings.opening_hours()
        self._masked = masked
        self._lock = threading.Lock()
        self._files: _Files | None = None

    @property
    def desk(self) -> assist.Desk:
        """What may be done."""
        return self._open().desk

    @property
    def duty(self) -> assist.DutyFile:
        """Who is on duty."""
        return self._open().duty

    def state(self, *, at_us: int) -> assist.DeskState:
        """Whether the desk is open. A shop whose desk was never opened has no file of it, and gets none."""
        if not self.paths.desk_file.exists():
            return assist.DeskState(False, (), self.hours.opens_at(at_us))
        return assist.desk_state(self.duty, self.settings, self.hours, at_us=at_us)

    def is_attended(self, conversation_id: str, at_us: int) -> bool:
        """Whether a person has this conversation, and somebody is at the desk now."""
        if not self.state(at_us=at_us).is_open:
            return False
        try:
            return self.desk.queue.find(conversation_id, at_us=at_us).claimed_by is not None
        except NotFound:
            return False  # it was closed meanwhile

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            if self._files is not None:
                self._files.close()
                self._files = None

    def _open(self) -> _Files:
        with self._lock:
            if self._files is None:
                self._files = _Files(self.paths, self.settings, self._masked)
            return self._files


@dataclass(eq=False)
class _Files:
    paths: ShopPaths
    settings: assist.DeskSettings
    masked: Callable[[str], str]

    def __post_init__(self) -> None:
        self.store = assist.ConversationStore(self.paths.conversations_file, self.masked)
        queue = assist.DeskQueue(self.paths.conversations_file, claim_us=self.settings.claim_us)
        pairs = assist.JudgedPairs(self.paths.judged_pairs_file, self.masked)
        self.desk = assist.Desk(self.store, queue, pairs)
        self.duty = assist.DutyFile(self.paths.desk_file)

    def close(self) -> None:
        for file in (self.store, self.desk.queue, self.desk.pairs, self.duty):
            file.close()


_EVERYBODY = Addresses(())  # people at the desk are few for all: no network is exempt


def queue_address(request: Request) -> str:
    """Return the address that the limits of the desk's queue count; empty for the shop's server, which speaks for many, and where there is none."""
    key = access_of(request).find(request)
    if key is not None and key.allows(Scope.DESK):
        return ""
    return _EVERYBODY.client(request.client.host if request.client else None) or ""


def desk_room_of(request: Request) -> DeskRoom:
    """The desk of the application."""
    room: DeskRoom = request.app.state.desk
    return room
