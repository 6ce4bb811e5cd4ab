"""A shop's own HTTP API of orders on loopback, as docs/assist_acts.md says, that can be made slow, down, lying or broken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from baihuo.assist import SqliteOrders, write_from

Body = dict[str, Any] | None


@dataclass
class ShopApi:
    """What the API does, and what it was asked."""

    orders: SqliteOrders
    asked: list[tuple[str, str]] = field(default_factory=list)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)  # by idempotency key
    changes: list[str] = field(default_factory=list)  # keys that changed something
    tamper: Callable[[str, str, Body], Body] | None = None  # of answers: method, path, body
    before: Callable[[str, str], None] | None = None  # of requests
    status: int = 0  # of every answer, if not 0
    raw: bytes | None = None  # instead of every answer
    drip_s: float = 0.0  # between the bytes of an answer
    lost_answers: int = 0  # writes that are done, and then the connection breaks

    def answer(self, method: str, path: str, body: Any, key: str) -> tuple[int, Body]:
        """Status and body."""
        parts = urlsplit(path)
        kind, _, record_id = unquote(parts.path.removeprefix("/api/")).partition("/")
        by = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if method == "POST":
            return self.write(body, key)
        found: Any = None
        if kind == "writes":
            found = self.done.get(record_id)
            return (200, found) if found else (404, None)
        if kind == "shoppers" and by:
            return 200, {"shoppers": [_json(s) for s in self._shoppers(by)]}
        if kind == "orders" and by:
            return 200, {"orders": [_json(o) for o in self.orders.orders_of(by["shopper_id"])]}
        readers: dict[str, Callable[[str], Any]] = {
            "shoppers": self.orders.shopper,
            "orders": self.orders.order,
            "products": self.orders.product,
            "variants": self.orders.variant,
        }
        found = readers[kind](record_id)
        return (200, _json(found)) if found is not None else (404, None)

    def write(self, body: Any, key: str) -> tuple[int, Body]:
        """The shop's own write: idempotent by key, refused where the order has another version."""
        if key in self.done:
            return 200, {**self.done[key], "is_repeat": True}
        write = write_from(body["tool"], body["arguments"])
        order = self.orders.order(body["arguments"].get("order_id", ""))
        if order is not None and order.version != body["order_version"]:
            return 409, {"error": "the order has changed"}
        written = self.orders.write(
            write, shopper_id=body["shopper_id"], key=key, at_us=body["at_us"], check=lambda _: None
        )
        self.changes.append(key)
        self.done[key] = {
            "tool": body["tool"],
            "shopper_id": body["shopper_id"],
            "order": None if written.order is None else _json(written.order),
            "shopper": _json(written.shopper),
        }
        return 200, self.done[key]

    def _shoppers(self, by: dict[str, str]) -> list[Any]:
        if "email" in by:
            found = self.orders.shopper_by_email(by["email"])
        elif "visitor_id" in by:
            found = self.orders.shopper_of_visitor(by["visitor_id"])
        else:
            found = self.orders.shopper_by_name_and_zip(**by)
        return [] if found is None else [found]


def _json(record: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = record.model_dump(mode="json")
    return dumped


@contextmanager
def served(api: ShopApi) -> Iterator[str]:
    """The address of the API while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def _do(self) -> None:
            n = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(n)) if n else None
            api.asked.append((self.command, self.path))
            if api.before is not None:
                api.before(self.command, self.path)
            key = self.headers.get("Idempotency-Key") or ""
            status, answer = (
                (api.status, None) if api.status else api.answer(self.command, self.path, body, key)
            )
            if api.lost_answers and self.command == "POST":
                api.lost_answers -= 1
                self.connection.close()
                return
            if api.tamper is not None:
                answer = api.tamper(self.command, self.path, answer)
            text = b"" if answer is None else json.dumps(answer).encode()
            self._send(status, text if api.raw is None else api.raw)

        def _send(self, status: int, data: bytes) -> None:
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if not api.drip_s:
                    self.wfile.write(data)
                    return
                for i in range(len(data)):
                    self.wfile.write(data[i : i + 1])
                    self.wfile.flush()
                    time.sleep(api.drip_s)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A request that ends after its test has no shop any more; what matters is what the client sees."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
