"""A flood of logins: argon2 costs a good part of a second each time, and no page may wait for it."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from tests.serve.people import OWN, Browser, csrf_in, make_account
from tests.waiting import wait_until

from baihuo.access import Passwords, Role
from baihuo.serve.app import load_all
from baihuo.serve.console.logins import Logins

_N_AT_ONCE = 24


class HeldHasher:
    """Compares when it is let go, and remembers how many did so at once, and with which priority."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self._lock = threading.Lock()
        self.let_go = threading.Event()
        self.n_now = self.n_most = self.n_started = 0
        self.priorities: set[int] = set()

    def hash(self, text: str) -> str:
        return self._hasher.hash(text)

    def check_needs_rehash(self, kept: str) -> bool:
        return False

    def verify(self, kept: str, text: str) -> bool:
        with self._lock:
            self.n_now += 1
            self.n_started += 1
            self.n_most = max(self.n_most, self.n_now)
            if sys.platform == "linux":
                thread = threading.get_native_id()
                self.priorities.add(os.getpriority(os.PRIO_PROCESS, thread))
        try:
            assert self.let_go.wait(60)
            return self._hasher.verify(kept, text)
        finally:
            with self._lock:
                self.n_now -= 1


@pytest.fixture
def held(client: TestClient) -> Any:
    load_all(client.app)  # type: ignore[arg-type]
    hasher, state = HeldHasher(), client.app.state  # type: ignore[attr-defined]
    before = state.console
    state.console = replace(before, logins=Logins(Passwords(hasher)))  # type: ignore[arg-type]
    yield hasher
    hasher.let_go.set()
    state.console = before


def test_while_many_log_in_pages_and_health_are_answered_and_those_beyond_are_told_to_wait(
    client: TestClient, held: HeldHasher
) -> None:
    make_account(Path(client.app.state.shop), "ann", Role.VIEWER)  # type: ignore[attr-defined]
    stranger = Browser(client)
    form = {"csrf": csrf_in(stranger.get("/console/login")), "password": "a guess of many"}
    cookie = f"baihuo-login={stranger.http.cookies['baihuo-login']}"

    def guess(n: int) -> int:
        sent = {**OWN, "Cookie": cookie, "Accept": "text/html"}
        return client.post(
            "/console/login", data={**form, "name": f"n{n}"}, headers=sent
        ).status_code

    with ThreadPoolExecutor(_N_AT_ONCE) as flood:
        answers = [flood.submit(guess, n) for n in range(_N_AT_ONCE)]
        wait_until(
            lambda: sum(a.done() for a in answers) == _N_AT_ONCE - 16, what=lambda: held.n_started
        )
        # One compares, fifteen wait, and nothing else does.
        assert client.get("/v1/search?q=phone").is_success
        assert client.get("/").is_success
        assert client.get("/healthz").is_success
        assert client.get("/console/login").is_success
        assert held.n_now == 1
        held.let_go.set()
        statuses = sorted(a.result() for a in answers)
    assert statuses == [401] * 16 + [503] * (_N_AT_ONCE - 16)
    assert held.n_most == 1
    if sys.platform == "linux":
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert held.priorities == {min(own + 10, 19)}
