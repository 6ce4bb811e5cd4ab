"""Products that are added, changed and removed over HTTP, and searches that go on meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote

from suites.serve.load import Connections
from suites.serve.shop import distinct_queries

KINDS = ("added", "changed", "removed")
_TOO_LONG_S = 60.0
_SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "mi", "no", "pe", "ru", "sa", "ti")


class Load:
    """Searches at a fixed rate, never the same twice; those that are due are asked, answered or not."""

    def __init__(self, shop: Path, port: int, per_s: float, *, seed: int) -> None:
        self._connections, self._per_s = Connections(port), per_s
        queries = distinct_queries(shop, seed=seed)
        self._queries = chain([next(queries)], queries)  # the first reads the catalogue: seconds
        self.waits_ms: list[float] = []
        self._is_stopped = False

    async def run(self) -> None:
        """Until :meth:`stop`."""
        asked: set[asyncio.Task[None]] = set()
        due = time.perf_counter()
        while not self._is_stopped:
            due = max(due + 1 / self._per_s, time.perf_counter() - 5)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._ask(f"/v1/search?q={quote(next(self._queries))}", due))
            asked.add(task)
            task.add_done_callback(asked.discard)
        await asyncio.gather(*asked)
        self._connections.close()

    async def _ask(self, path: str, due: float) -> None:
        await self._connections.get(path)
        self.waits_ms.append(1000 * (time.perf_counter() - due))

    def stop(self) -> None:
        """Ask no more."""
        self._is_stopped = True


class Changes:
    """Writes one product after the other, with words that no other has, and searches for it."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._connections, self._numbers = Connections(port), count()

    async def round(self) -> dict[str, float]:
        """Seconds until a product that was added, changed, removed is found, found by its new words, gone."""
        product_id = f"fresh{next(self._numbers)}"
        first, second = self._word(), self._word()
        return {
            "added": await self._until(self._put(product_id, first), product_id, first, True),
            "changed": await self._until(self._put(product_id, second), product_id, second, True),
            "removed": await self._until(
                self._send("DELETE", f"/v1/products/{product_id}"), product_id, second, False
            ),
        }

    async def serves(self, index_id: str) -> bool:
        """Whether the worker serves this generation."""
        return index_id in (await self._connections.get("/readyz")).decode()

    async def _until(self, write: object, product_id: str, word: str, wanted: bool) -> float:
        start = time.perf_counter()
        await write  # type: ignore[misc]
        while time.perf_counter() - start < _TOO_LONG_S:
            page = json.loads(await self._connections.get(f"/v1/search?q={word}"))
            if (product_id in {r["product_id"] for r in page["results"]}) == wanted:
                return time.perf_counter() - start
            await asyncio.sleep(0.02)
        raise SystemExit(f"{product_id} is not as written after {_TOO_LONG_S:.0f} s")

    async def _put(self, product_id: str, word: str) -> None:
        row = {
            "product_id": product_id,
            "title_en": f"{word} adapter cable",
            "price_minor": 1_000,
            "currency": "EUR",
            "category": ["Fresh"],
        }
        await self._send("POST", "/v1/products", {"products": [row]})

    async def _send(self, method: str, path: str, body: object = None) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Authorization: Bearer {self._key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{method} {path}: {answer[:300]!r}")

    def _word(self) -> str:
        """A word of six syllables that was not used before."""
        number, word = next(self._numbers) + 12**5, ""
        while number:
            number, at = divmod(number, 12)
            word += _SYLLABLES[at]
        return word

    def close(self) -> None:
        self._connections.close()
