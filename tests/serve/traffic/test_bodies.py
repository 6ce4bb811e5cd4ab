"""Bodies: read whole within bytes, values, time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import coroutines

from baihuo.serve.traffic.bodies import (
    Body,
    BodyLimits,
    BodyMemory,
    ClientGone,
    TooLarge,
    TooSlow,
    require_values,
)
from baihuo.serve.traffic.guard import Overloaded

_LIMITS = BodyLimits(max_bytes=1_000_000, max_values=1_000)


def _receive(parts: list[bytes | None], *, every_s: float = 0.0) -> Any:
    """``receive`` of ASGI: the parts; None: the client is gone."""
    left: Iterator[tuple[int, bytes | None]] = iter(enumerate(parts))

    async def receive() -> dict[str, Any]:
        if every_s:
            await asyncio.sleep(every_s)
        i, part = next(left)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": i + 1 < len(parts)}

    return receive


def _body(
    parts: list[bytes | None],
    *,
    memory: BodyMemory | None = None,
    within_s: float = 5,
    every_s: float = 0,
) -> Body:
    received = _receive(parts, every_s=every_s)
    return Body(received, _LIMITS, memory or BodyMemory(10**7), within_s=within_s)


def test_parts_are_joined_and_given_once() -> None:
    async def scenario() -> None:
        body = _body([b'{"a"', b":", b"1}"])
        assert await body.read() == b'{"a":1}'
        message = await body()
        assert (message["body"], message["more_body"]) == (b'{"a":1}', False)

    coroutines.run(scenario())


def test_bytes_that_come_in_parts_are_counted() -> None:
    with pytest.raises(TooLarge, match="larger than 976 kB"):
        coroutines.run(_body([b" " * 100_000] * 11).read())


def test_a_body_that_drips_is_given_up() -> None:
    with pytest.raises(TooSlow, match=r"0\.05 seconds"):
        coroutines.run(_body([b" "] * 100, every_s=0.01, within_s=0.05).read())


def test_a_client_that_goes_away_is_told_apart() -> None:
    with pytest.raises(ClientGone):
        coroutines.run(_body([b" ", None, b""]).read())


def test_large_bodies_share_a_memory_and_small_ones_always_get_through() -> None:
    memory = BodyMemory(250_000)
    large = [b" " * 50_000] * 3

    async def scenario() -> None:
        first = _body(list(large), memory=memory)
        await first.read()
        assert memory.n_bytes == 150_000
        second = _body(list(large), memory=memory)
        with pytest.raises(Overloaded):
            await second.read()
        second.close()
        assert len(await _body([b" " * 60_000], memory=memory).read()) == 60_000
        first.close()
        first.close()
        assert memory.n_bytes == 0
        await _body(list(large), memory=memory).read()

    coroutines.run(scenario())


def test_values_are_counted_before_anything_is_parsed() -> None:
    require_values(orjson.dumps([1] * 900), _LIMITS)
    for attack in (b"[" * 5_000, b"{" * 5_000, b"[" + b"1," * 5_000, orjson.dumps([{}] * 5_000)):
        with pytest.raises(TooLarge, match="1,000 values"):
            require_values(attack, _LIMITS)
    text = 'ordinary text, with a [bracket], a {brace} and an escaped " quote. '
    require_values(orjson.dumps({"text": text * 20_000}), _LIMITS)


def test_the_count_takes_linear_time_whatever_quotes_and_backslashes_there_are() -> None:
    for unit in (b'\\"', b'"', b"\\", b'"\\', b'a\\"', b',"\\"'):
        start = time.process_time()
        with contextlib.suppress(TooLarge):
            require_values(b"," * 2_000 + b'"' + unit * (2_000_000 // len(unit)), _LIMITS)
        assert time.process_time() - start < 1.0, unit


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=60,
)


def _n_values(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_n_values(v) for v in inner)


@given(_JSON)
def test_no_body_within_the_limit_is_refused(value: Any) -> None:
    limits = BodyLimits(max_bytes=1, max_values=_n_values(value))
    require_values(orjson.dumps(value), limits)
