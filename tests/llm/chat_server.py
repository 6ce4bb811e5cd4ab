"""A server that answers as the OpenAI API does, by a rule that the test gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Rule = Callable[[str], str | dict[str, float] | int]
"""The text that was asked, to the reply, to the probabilities of its first token, or to a status of an error."""


@contextmanager
def chat_server(
    rule: Rule, *, refuse: int = 0, reply: Any = ...
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its address, and the requests so far. The first ``refuse`` requests are answered with 503, the others with ``reply`` if given."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append({**body, "authorization": self.headers.get("Authorization")})
            if len(requests) <= refuse:
                self.send_error(503)
                return
            answer = rule(body["messages"][-1]["content"])
            if isinstance(answer, int):
                self.send_error(answer)
                return
            body = _reply(answer) if reply is ... else reply
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _reply(answer: str | dict[str, float]) -> dict[str, Any]:
    from math import log

    choice: dict[str, Any] = {"message": {"content": answer if isinstance(answer, str) else "Yes"}}
    if isinstance(answer, dict):
        top = [{"token": token, "logprob": log(p)} for token, p in answer.items()]
        choice["logprobs"] = {"content": [{"top_logprobs": top}]}
    return {"choices": [choice], "usage": {"total_tokens": 50}}
