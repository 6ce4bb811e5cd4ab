"""Hostile requests by a seed, to every address that the application has: an answer below 500, soon, without a trace of our code."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import TEAM_KEY, copied
from tests.waiting import slowness, wait_until_ready

from baihuo.serve import ServeConfig, create_app

_MOST_S = 2.0  # of one request on an ordinary machine; the loop is held by none for longer than half a second (bench/abuse.py)
_TEXTS: list[Any] = [
    "",
    " ",
    "\0",
    "a\0b",
    "%00",
    "\ud800",
    "\u202e",
    "ﷺ" * 300,
    "a" * 3_000,
    "../../etc/passwd",
    "..%2f..%2f",
    "' OR 1=1 --",
    '"><script>alert(1)</script>',
    "{{7*7}}",
    "${jndi:ldap://x}",
    "=cmd|' /C calc'!A0",
    "手机" * 400,
    "1e999",
    "NaN",
    "-1",
    "9" * 5_000,
    "0x10",
    "١٢٣",
    "½",
    "a AND (" * 200,
    "brand:[" * 50,
    "((((" * 300,
    "-" * 500,
    "under " * 300,
    "price:[* TO *]",
    "\r\nSet-Cookie: a=b",
    "2e308",
    "9223372036854775808",
    "null",
    "[]",
    "{}",
]
_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**53,
    2**63,
    2**64,
    -(2**63) - 1,
    0.1,
    1e308,
    [],
    {},
    [[]],
    [None],
    {"a": {"b": []}},
]
_RAW = [
    b"",
    b"{",
    b"[" * 3_000,
    b'{"a":' * 900,
    b"\xff\xfe",
    b"null",
    b"0",
    b'""',
    b"NaN",
    b'{"q": NaN}',
    b'{"q": 1e999}',
    b'{"q": "\\ud800"}',
    b'{"a": 1, "a": 2}',
    b"\0" * 50,
    b'{"' + b"k" * 9_000 + b'": 1}',
    b"9" * 6_000,
]
_TYPES = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "application/json; charset=utf-7",
]
_METHODS = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]


@pytest.fixture(scope="module")
def client(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(copied(built, tmp_path_factory.mktemp("hostile")), ServeConfig(seed=1))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as opened:
        wait_until_ready(opened)
        yield opened


class Requests:
    """Requests of one seed. Half of them are nearly right, so that they come past the first check."""

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self._rng, self._document = random.Random(seed), document
        paths = [(p, m.upper(), o) for p, of in document["paths"].items() for m, o in of.items()]
        pages = [
            "/",
            "/search",
            "/p/{product_id}",
            "/docs",
            "/placeholders/{x}.svg",
            "/pictures/{x}",
            "/static/{x}",
        ]
        self._operations = paths + [(page, "GET", {}) for page in pages]

    def next(self) -> dict[str, Any]:
        rng = self._rng
        path, method, operation = rng.choice(self._operations)
        while "{" in path:
            start, end = path.index("{"), path.index("}")
            path = path[:start] + _in_path(self._text()) + path[end + 1 :]
        parameters = {
            p["name"]: self._text()
            for p in operation.get("parameters", ())
            if p["in"] == "query" and rng.random() < 0.4
        }
        if rng.random() < 0.2:
            parameters[_address_text(self._text())[:200]] = self._text()
        asked = {
            "method": method if rng.random() < 0.9 else rng.choice(_METHODS),
            "url": path,
            "params": {k: _address_text(v) for k, v in parameters.items()},
            "headers": self._headers(),
        }
        if method in ("POST", "PATCH", "PUT"):
            asked["content"] = self._body(operation)
        return asked

    def _headers(self) -> dict[str, str]:
        rng = self._rng
        headers = {"Content-Type": rng.choice(_TYPES) if rng.random() < 0.3 else _TYPES[0]}
        if rng.random() < 0.6:
            headers["Authorization"] = f"Bearer {TEAM_KEY}"
        if rng.random() < 0.2:
            name = rng.choice(
                [
                    "Cookie",
                    "Accept-Language",
                    "Origin",
                    "Referer",
                    "If-None-Match",
                    "Range",
                    "X-Request-Id",
                ]
            )
            headers[name] = "".join(c for c in str(self._text()) if 32 <= ord(c) < 127)[:4_000]
        return headers

    def _body(self, operation: dict[str, Any]) -> bytes:
        rng = self._rng
        if rng.random() < 0.15:
            return rng.choice(_RAW)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        made = self._of(content.get("schema", {}), 0)
        return json.dumps(made, ensure_ascii=True, default=str).encode()

    def _of(self, schema: dict[str, Any], depth: int) -> Any:
        rng = self._rng
        if rng.random() < 0.12 or depth > 6:
            return rng.choice(_VALUES) if rng.random() < 0.5 else self._text()
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._of(rng.choice(schema[choice]), depth + 1)
        if "enum" in schema:
            return rng.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            known = schema.get("properties", {})
            made = {
                name: self._of(one, depth + 1)
                for name, one in known.items()
                if name in schema.get("required", ()) or rng.random() < 0.3
            }
            if rng.random() < 0.1:
                made[str(self._text())[:300]] = rng.choice(_VALUES)
            return made
        if kind == "array":
            return [
                self._of(schema.get("items", {}), depth + 1)
                for _ in range(rng.choice((0, 1, 1, 2, 30)))
            ]
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", -(2**40)), schema.get("maximum", 2**40)
            return rng.choice([low, high, low - 1, high + 1, 1, 1_700_000_000_000_000])
        return rng.choice(["lamp", "p1", "手机", "v1", self._text()])

    def _text(self) -> str:
        rng = self._rng
        one = str(rng.choice(_TEXTS))
        return one if rng.random() < 0.8 else one + str(rng.choice(_TEXTS))


def _in_path(text: str) -> str:
    """A part of a path; dots and slashes stay as they are."""
    return quote(text.encode("utf-8", "replace"), safe="./")[:9_000] or "-"


def _address_text(text: str) -> str:
    """A text that the client can put into an address: what is no Unicode becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def test_no_request_ends_in_an_error_of_ours(client: TestClient) -> None:
    seed, n_requests = 1, 400
    requests = Requests(client.get("/openapi.json").json(), seed)
    most_s, answered = _MOST_S * slowness(), set[int]()
    for number in range(n_requests):
        asked = requests.next()
        began = time.process_time()
        answer = client.request(**asked)
        took_s = time.process_time() - began
        where = f"request {number} of seed {seed}: {asked!r:.600}"
        answered.add(answer.status_code)
        assert answer.status_code < 500 or answer.status_code in (501, 503, 507), (
            f"{where}: {answer.text[:300]}"
        )
        assert took_s < most_s, f"{where}: {took_s:.1f} s"
        assert "Traceback" not in answer.text
        assert "baihuo/" not in answer.text or asked["url"].startswith("/docs"), where
        assert len(answer.content) < 3_000_000, where
    assert {200, 404, 422} <= answered
    assert client.get("/readyz").status_code == 200
