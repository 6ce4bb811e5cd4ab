"""Connections that may be neither too many nor too slow: the HTTP protocol of uvicorn with limits.

uvicorn waits without end for the headers of a request and for a client that does not read its answer, and keeps headers of any size.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from baihuo.serve.traffic.guard import Addresses
from baihuo.serve.traffic.settings import TrafficSettings

_SPARE_FILES = 256  # descriptors for stores, static files and libraries
_MOST_DISCARDED = 16 * 2**20  # bytes of a body that was refused
_LINGER_S = 0.5  # an idle connection of a server that stops: a request may be on its way
_MOST_PIPELINED = 16  # requests that wait behind one that is not answered yet
_CHUNK_FRAME = 8  # bytes around a chunk of a body: its size and two ends of lines
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n"
    b"retry-after: 5\r\nconnection: close\r\n\r\n%s"
)


def _problem(status: int, title: str, detail: str, fix: str) -> bytes:
    return (
        f'{{"type":"https://baihuo.dev/problems/{title.lower().replace(" ", "-")}","title":"{title}","status":{status},'
        f'"detail":"{detail}","fix":"{fix}","instance":"","errors":[],"n_not_listed":0}}'
    ).encode()


class Connections:
    """The open connections of one worker.

    At the limit the connection that has been without a request longest makes room: who holds connections open without asking
    anything shuts no client out.
    """

    def __init__(
        self,
        settings: TrafficSettings,
        *,
        most_files: int | None = None,
        when_closed: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            most_files: Descriptors that the process may open; None: as the system says.
            when_closed: Called for each connection that is closed to make room, or because it was too slow or too greedy.
        """
        files = raise_file_limit() if most_files is None else most_files
        self.settings = settings.connections
        self.header_bytes = settings.limits.header_bytes
        self.most = max(16, min(self.settings.most, files - _SPARE_FILES))
        self.when_closed, self.n_closed = when_closed, 0
        self._addresses = Addresses(settings.rates.exempt)
        self._open: set[LimitedProtocol] = set()
        self._without_request: OrderedDict[LimitedProtocol, None] = OrderedDict()
        self._by_client: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: LimitedProtocol) -> bool:
        """Count a connection; False: its client has too many, or all are answering requests."""
        client = self._addresses.client(connection.client[0] if connection.client else None)
        connection.limited_client = client
        if client is not None and self._by_client[client] >= self.settings.most_by_address:
            return False
        if len(self._open) >= self.most:
            if not self._without_request:
                return False
            idle, _ = self._without_request.popitem(last=False)
            idle.cut_off()
            self.closed(idle)
        self._open.add(connection)
        self._without_request[connection] = None
        if client is not None:
            self._by_client[client] += 1
        return True

    def closed(self, connection: LimitedProtocol) -> None:
        """Forget a connection. May be called again."""
        self._without_request.pop(connection, None)
        if connection in self._open:
            self._open.discard(connection)
            client = connection.limited_client
            if client is not None:
                self._by_client[client] -= 1
                if not self._by_client[client]:
                    del self._by_client[client]

    def asked(self, connection: LimitedProtocol) -> None:
        """A request of this connection is complete."""
        self._without_request.pop(connection, None)

    def answered(self, connection: LimitedProtocol) -> None:
        """Its request is answered; it may stay open for the next one."""
        if connection in self._open:
            self._without_request[connection] = None


class LimitedProtocol(HttpToolsProtocol):
    """One connection. ``limits_by`` is set by :func:`protocol_with`."""

    limits_by: Connections
    limited_client: str | None = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._n_discarded = 0  # bytes of a body after its answer
        self._n_head_bytes = 0  # of a request whose headers are not complete
        self._is_head = True  # until they are, and again after the body
        self._n_body = self._n_chunks = 0  # of the body that is being read
        self._n_framing = (
            0  # its bytes that are no body: sizes and extensions of chunks, and trailers
        )
        self._is_refused = False
        self._is_ending = False  # the server stops: the next answer is the last
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limits_by.opened(self):
            self._expect_head()
            return
        body = _problem(
            503,
            "Overloaded",
            "too many connections are open",
            "close some, or ask again in 5 seconds",
        )
        self._refuse(_BUSY % (len(body), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.limits_by.closed(self)
        self._stop_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._is_head:
            self._n_head_bytes += len(data)
            if self._head_timer is None:  # the first bytes of another request on this connection
                self._expect_head()
        cycle, n_body, was_body = self.cycle, self._n_body, not self._is_head
        super().data_received(data)
        if was_body and not self._is_head and self.cycle is cycle:
            self._n_framing += len(data) - (self._n_body - n_body)
            if self._n_framing > self.limits_by.header_bytes + _CHUNK_FRAME * self._n_chunks:
                self._is_refused = True
                self.cut_off()
        if self._is_head and self._n_head_bytes > self.limits_by.header_bytes:
            self._refuse_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers of a body are left out: uvicorn would add them to the headers that the limits have already seen,
        without an end (31 MB of them took 590 MB)."""
        if self._is_head:
            super().on_header(name, value)

    def on_chunk_header(self) -> None:
        """Called by the parser for each chunk of a body."""
        self._n_chunks += 1

    def on_headers_complete(self) -> None:
        if self._is_refused:
            return
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._is_refused = True
            self.cut_off()
            return
        self._is_head, self._n_head_bytes = False, 0
        self._n_body = self._n_chunks = self._n_framing = 0
        self._stop_head_timer()
        super().on_headers_complete()
        if self._is_ending:
            self._newest_cycle().keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._n_body += len(body)
        if self.cycle.response_complete:
            # Refused. What is still being sent is read, so that the client sees the answer and not a reset, up to a limit.
            self._n_discarded += len(body)
            if self._n_discarded > _MOST_DISCARDED and not self.transport.is_closing():
                self.cut_off()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_head, self._n_discarded = True, 0
        if self.cycle.response_complete:
            self._stop_head_timer()
        else:
            self.limits_by.asked(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_head and self._head_timer is None:  # the body of a refused request
            self._expect_head()
        if not self.pipeline and self.cycle.response_complete:
            self.limits_by.answered(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._read_timer is None:
            seconds = self.limits_by.settings.read_s
            self._read_timer = self.loop.call_later(seconds, self._too_slow)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def shutdown(self) -> None:
        """The server stops. What was asked is answered, also what is still on its way: uvicorn would close a connection whose request
        it has not read yet, and its client would not know whether its events were taken.
        """
        self._is_ending = True
        if self.cycle is None or (self.cycle.response_complete and not self.pipeline):
            self.loop.call_later(_LINGER_S, self._close_if_idle)
        else:
            self._newest_cycle().keep_alive = False

    def _newest_cycle(self) -> RequestResponseCycle:
        """The request read last: one that waits behind others, or the one that is being answered."""
        return self.pipeline[0][0] if self.pipeline else self.cycle

    def _close_if_idle(self) -> None:
        if self.transport.is_closing() or not self._is_head:
            return  # it closes after its answer
        if self._n_head_bytes:  # half a head: it has the time that heads have
            self.loop.call_later(_LINGER_S, self._close_if_idle)
        elif self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def cut_off(self) -> None:
        """Close at once, whatever is still to be sent or read."""
        self.limits_by.n_closed += 1
        self.limits_by.when_closed()
        self.transport.abort()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self.limits_by.settings.header_s, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.cut_off()

    def _refuse_head(self) -> None:
        body = _problem(
            431,
            "Headers too large",
            f"address and headers are longer than {self.limits_by.header_bytes} bytes",
            "send fewer or shorter headers",
        )
        head = f"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self._refuse(head.encode() + body)

    def _refuse(self, answer: bytes) -> None:
        self._is_refused = True
        self._stop_timers()
        self.transport.write(answer)
        self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_timers(self) -> None:
        self._stop_head_timer()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


def protocol_with(connections: Connections) -> type[LimitedProtocol]:
    """The protocol for uvicorn's ``http``, with these limits."""
    return type("LimitedProtocol", (LimitedProtocol,), {"limits_by": connections})


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return 65_536 if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
