"""Texts that are dear to look through, where a stranger can write: events, searches, suggestions, the chat; and clients that hang up."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import orjson

from suites.abuse.requests import Attack
from suites.abuse.server import Server, send
from suites.abuse.texts import filled, hostile_units
from suites.serve.worker import cpu_s
from suites.shared.measure import emit

_REVIEW_CHARS, _N_REVIEWS = 10_000, 61  # the longest that is taken; 0.61 MB in a batch
_CHAT_CHARS, _N_CHATS = 20_000, 16
_SEARCH_CHARS = 480
_N_UNITS = 60
_TALKS = "/v1/assist/conversations"
_QUIET_S, _MOST_S = 0.5, 60.0


def slow_text(server: Server) -> None:
    """Reviews, queries, searches and suggestions by one visitor with the storefront's cookie, then batches of the unit that was dearest."""
    headers = {"Cookie": f"visitor={server.cookie()}"}
    units = hostile_units(_N_UNITS, seed=server.seed)

    def words(path: str) -> list[Attack]:
        return [_get(path, filled(u, _SEARCH_CHARS, variant=i)) for i, u in enumerate(units)]

    for name, attacks in (
        ("searches", words("/v1/search")),
        ("suggestions", words("/v1/suggest")),
        ("reviews of 10 kB", [_reviews(unit, [i]) for i, unit in enumerate(units)]),
    ):
        tried = _Tried(units)
        server.attack(f"slow text: {_N_UNITS} {name}", tried.run, server, attacks, headers)
    first, second = range(100, 100 + _N_REVIEWS), range(200, 200 + _N_REVIEWS)
    for name, write in (("reviews", _reviews), ("UBI queries", _ubi)):
        dearest = _Tried([tried.dearest])
        batch = write(tried.dearest, first)
        server.attack(f"slow text: 0.61 MB of {name}", dearest.run, server, [batch], headers)
    batches = [write(tried.dearest, second) for write in (_reviews, _ubi)]
    _hang_up(server, "slow text", [_raw(batch, headers) for batch in batches])


def slow_chat(server: Server) -> None:
    """Messages of 20 kB, then those of the dearest unit by four clients, and by clients that do not wait for their answers."""
    units = hostile_units(_N_UNITS, seed=server.seed)
    tried = _Tried(units)
    texts = [filled(unit, _CHAT_CHARS, variant=i) for i, unit in enumerate(units)]
    says = _messages(server, texts)
    server.attack(f"slow chat: {_N_UNITS} messages of 20 kB", tried.run, server, says, {})
    variants = range(100, 100 + _N_CHATS + 6)
    says = _messages(server, [filled(tried.dearest, _CHAT_CHARS, variant=i) for i in variants])
    name = f"slow chat: {_N_CHATS} of the dearest, 4 at a time"
    server.attack(name, _together, server, says[:_N_CHATS], 4)
    _hang_up(server, "slow chat", [_raw(one, {}) for one in says[_N_CHATS:]])


@dataclass
class _Tried:
    """Requests of one unit each, one after the other, and what each cost the server."""

    units: list[str]
    cpu_s: list[float] = field(default_factory=list)

    @property
    def dearest(self) -> str:
        """The unit whose request took the most CPU time."""
        return self.units[self.cpu_s.index(max(self.cpu_s))]

    def run(
        self, server: Server, attacks: Sequence[Attack], headers: Mapping[str, str]
    ) -> Mapping[str, object]:
        """Send all; ``longest_answer_s`` and the CPU time of the dearest."""
        statuses, longest_s = Counter[str](), 0.0
        for one in attacks:
            start, before_s = time.perf_counter(), cpu_s(server.pid)
            statuses += asyncio.run(send(server.port, [one], n_callers=1, headers=headers))
            longest_s = max(longest_s, time.perf_counter() - start)
            self.cpu_s.append(cpu_s(server.pid) - before_s)
        dearest = {"dearest": self.dearest, "dearest_cpu_s": max(self.cpu_s)}
        return {"statuses": dict(statuses), "longest_answer_s": longest_s, **dearest}


def _together(server: Server, attacks: Sequence[Attack], n_callers: int) -> Mapping[str, object]:
    async def all_of_them() -> Counter[str]:
        shares = [attacks[i::n_callers] for i in range(n_callers)]
        sent = await asyncio.gather(*(send(server.port, one, n_callers=1) for one in shares))
        return sum(sent, Counter[str]())

    return {"statuses": dict(asyncio.run(all_of_them()))}


def _messages(server: Server, texts: Sequence[str]) -> list[Attack]:
    """Each text in a conversation of its own, which begins here."""
    with server.client() as client:
        begun = [client.post(_TALKS, json={}) for _ in texts]
    talks = [answer.json()["conversation_id"] for answer in begun]
    return [
        _post(f"{_TALKS}/{talk}/messages", {"text": text})
        for talk, text in zip(talks, texts, strict=True)
    ]


def _reviews(unit: str, variants: Sequence[int]) -> Attack:
    name = hashlib.sha256(unit.encode()).hexdigest()[:16]
    review = {"event_type": "review", "product_id": "p1", "rating": 3}
    rows = [
        {**review, "event_id": f"{name}-{i}", "text": filled(unit, _REVIEW_CHARS, variant=i)}
        for i in variants
    ]
    return _post("/v1/events", {"events": rows})


def _ubi(unit: str, variants: Sequence[int]) -> Attack:
    texts = [filled(unit, _REVIEW_CHARS, variant=i) for i in variants]
    return _post("/v1/events", {"events": [{"user_query": text} for text in texts]})


def _post(path: str, body: object) -> Attack:
    return path, "POST", path, lambda: orjson.dumps(body)


def _get(path: str, text: str) -> Attack:
    return path, "GET", f"{path}?q={quote(text, safe='')[:7_900].rpartition('%')[0]}", bytes


def _raw(attack: Attack, headers: Mapping[str, str]) -> bytes:
    _, method, path, body = attack
    content = body()
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    lines["Content-Length"] = str(len(content))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def _hang_up(server: Server, name: str, requests: Sequence[bytes]) -> None:
    """Cut each request's connection a third of a second after its last byte. Health is not asked for: the CPU time from then on is the work for nobody."""

    async def hang_up(request: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.transport.abort()

    async def all_of_them() -> None:
        await asyncio.gather(*map(hang_up, requests))

    asyncio.run(all_of_them())
    worked_s = _work_s(server.pid)
    server.figure(work_after_hanging_up_s=worked_s)
    line = {"n_hung_up": len(requests), "work_after_hanging_up_s": worked_s}
    emit(attack=f"{name}: clients hang up", **line)


def _work_s(pid: int) -> float:
    """CPU time of all threads of a process until none of them has worked, or waited for a core, for a second; a minute at most."""
    start, end, n_quiet = cpu_s(pid), time.monotonic() + _MOST_S, 0
    done = start
    while n_quiet < 2 and time.monotonic() < end:
        before = cpu_s(pid) + _queue_s(pid)
        time.sleep(_QUIET_S)
        if cpu_s(pid) + _queue_s(pid) - before < 0.1 * _QUIET_S:
            n_quiet += 1
        else:
            n_quiet, done = 0, cpu_s(pid)
    return done - start


def _queue_s(pid: int) -> float:
    """How long the threads of a process waited for a core so far. Linux."""
    waited = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # it ended
            waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9
