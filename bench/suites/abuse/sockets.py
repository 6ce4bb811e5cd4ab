"""Clients that are slow, silent or greedy. Each function holds its connections for some seconds, then closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeAlias

Connections: TypeAlias = "Callable[[int, float], Coroutine[None, None, None]]"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _opened(port: int, n: int) -> list[Stream]:
    found = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", port) for _ in range(n)), return_exceptions=True
    )
    return [one for one in found if not isinstance(one, BaseException)]


async def _held(
    port: int, n: int, seconds: float, first: bytes, more: bytes, *, every_s: float
) -> None:
    """``n`` connections that send ``first``, then ``more`` again and again. None reads an answer."""
    streams = await _opened(port, n)

    async def hold(stream: Stream) -> None:
        _, writer = stream
        try:
            writer.write(first)
            for _ in range(round(seconds / every_s)):
                await asyncio.sleep(every_s)
                writer.write(more)
                await asyncio.wait_for(writer.drain(), every_s)
        except (OSError, TimeoutError):
            pass  # it was cut off, or nobody takes more
        finally:
            writer.transport.abort()

    await asyncio.gather(*map(hold, streams))


async def silent(port: int, seconds: float) -> None:
    """949 connections that ask nothing."""
    await _held(port, 949, seconds, b"", b"", every_s=seconds)


async def slow_headers(port: int, seconds: float) -> None:
    """949 connections that send a header a second."""
    head = b"GET /search HTTP/1.1\r\nHost: a\r\n"
    await _held(port, 949, seconds, head, b"X: 1\r\n", every_s=1.0)


async def half_bodies(port: int, seconds: float) -> None:
    """949 connections that promise 4 MB and send little by little."""
    head = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n"
    await _held(port, 949, seconds, head + b'{"events": [', b"1,", every_s=1.0)


async def large_half_bodies(port: int, seconds: float) -> None:
    """100 connections that send 3.9 of 4 MB, and no more."""
    head = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n"
    await _held(port, 100, seconds, head + b" " * 3_900_000, b" ", every_s=1.0)


async def endless_chunks(port: int, seconds: float) -> None:
    """50 connections that send chunks without end, and declare no length."""
    head = b"POST /v1/search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    await _held(port, 50, seconds, head, chunk, every_s=0.05)


async def endless_headers(port: int, seconds: float) -> None:
    """50 connections that send one header without end."""
    await _held(port, 50, seconds, b"GET / HTTP/1.1\r\nX: ", b"a" * 65_536, every_s=0.05)


async def deaf(port: int, seconds: float) -> None:
    """300 connections that ask for pages and read no answer."""
    ask = b"GET /search?q=phone&page_size=100 HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"
    await _held(port, 300, seconds, ask * 3, b"", every_s=seconds)


async def pipelined(port: int, seconds: float) -> None:
    """20 connections that send 5,000 requests at once."""
    await _held(
        port, 20, seconds, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 5_000, b"", every_s=1
    )


async def reopened(port: int, seconds: float) -> None:
    """Connections that are opened and closed as fast as it goes."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        for _, writer in await _opened(port, 50):
            writer.transport.abort()


SLOW: tuple[Connections, ...] = (
    silent,
    slow_headers,
    half_bodies,
    large_half_bodies,
    endless_chunks,
    endless_headers,
    deaf,
    pipelined,
    reopened,
)
