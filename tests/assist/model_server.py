"""A stand-in for a generative model: it speaks the OpenAI protocol on loopback, with every fault that a model or a server has."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Says = Callable[[str], str]
"""A sentence to what the model makes of it."""


@dataclass
class Script:
    """What the server does. ``faults`` are taken one a request, the last again and again."""

    faults: list[str] = field(default_factory=lambda: [""])
    says: Says = lambda text: text
    requests: list[dict[str, Any]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def next_fault(self) -> str:
        return self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]


def completion(
    content: str = "", tool: str = "", arguments: str = "", total_tokens: int = 40
) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tool:
        function = {"name": tool, "arguments": arguments}
        message["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
    return {"choices": [{"message": message}], "usage": {"total_tokens": total_tokens}}


def said(script: Script, request: dict[str, Any]) -> str:
    data = json.loads(request["messages"][-1]["content"])
    sentences = [{"n": s["n"], "text": script.says(s["text"])} for s in data["sentences"]]
    return json.dumps({"sentences": sentences}, ensure_ascii=False)


class _Handler(BaseHTTPRequestHandler):
    script: Script

    def do_POST(self) -> None:
        with suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        script = self.script
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {"path": self.path, "authorization": self.headers.get("Authorization")}
        script.requests.append({**request, **headers})
        fault = script.next_fault()
        if hasattr(self, f"_{fault}"):
            getattr(self, f"_{fault}")()
        elif fault.isdigit():
            self.send_error(int(fault))
        elif fault == "no_tools" and "tools" in request:
            self.send_error(500, "tools param requires --jinja flag")
        elif fault in ("say", "cancel_order", "get_secret"):
            self._json(completion(tool=fault, arguments=said(script, request)))
        elif fault == "bad_arguments":
            self._json(completion(said(script, request), tool="say", arguments='{"sentences": 5}'))
        elif fault == "cancel_and_say":
            self._json(completion(said(script, request), "cancel_order", '{"order_id": "W1"}'))
        elif fault == "stream":
            self.send_parts([said(script, request)[i : i + 5] for i in range(0, 4_000, 5)])
        else:
            self._json(completion(said(script, request)))

    def _json(self, body: Any) -> None:
        self._bytes(json.dumps(body).encode(), "application/json")

    def _bytes(self, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body)

    def send_parts(self, parts: list[str]) -> None:
        self._bytes(b"", "text/event-stream")
        for part in parts:
            event = {"choices": [{"delta": {"content": part}}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def _slow(self) -> None:
        self.script.stop.wait(20)

    def _drip(self) -> None:
        """A byte now and then: no single read takes long."""
        self._bytes(b"")
        while not self.script.stop.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def _drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.script.stop.wait(0.02):
            self.wfile.write(b"X-More: 1\r\n")
            self.wfile.flush()

    def _endless(self) -> None:
        self._bytes(b"")
        while not self.script.stop.is_set():
            self.wfile.write(b"[" * 65_536)

    def _endless_stream(self) -> None:
        self._bytes(b"", "text/event-stream")
        while not self.script.stop.is_set():
            self.wfile.write(b'data: {"choices": [{"delta": {"content": "ha "}}]}\n\n')
            time.sleep(0.001)

    def _stream_rubbish(self) -> None:
        self._bytes(b"data: {]]\n\ndata: \xff\xfe\n\ndata: [DONE]\n\n", "text/event-stream")

    def _huge(self) -> None:
        self._bytes(json.dumps(completion("x" * 10_000_000)).encode())

    def _rubbish(self) -> None:
        self._bytes(b"\x00\xff\x80<<<>>>")

    def _deep(self) -> None:
        self._bytes(b"[" * 100_000)

    def _html(self) -> None:
        self._bytes(b"<html><body>502 Bad Gateway</body></html>", "text/html")

    def _empty(self) -> None:
        self._bytes(b"")

    def _other_json(self) -> None:
        self._json({"choices": [], "usage": "many"})

    def _numbers(self) -> None:
        self._json({"choices": [{"message": {"content": 42}}]})

    def _prose(self) -> None:
        self._json(completion("Sure! I would be happy to help you with that."))

    def _one_missing(self) -> None:
        self._json(completion('{"sentences": []}'))

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _cut_inside(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices": [')
        self.close_connection = True

    def _no_http(self) -> None:
        self.wfile.write(b"220 smtp.example ESMTP\r\n")
        self.close_connection = True

    def _redirect(self) -> None:
        self.send_response(307)
        self.send_header("Location", "http://169.254.169.254/latest")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def model_server(*faults: str, says: Says = lambda text: text) -> Iterator[tuple[str, Script]]:
    """Its address, and its script with the requests so far."""
    script = Script(list(faults) or [""], says)
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", script
    finally:
        script.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
