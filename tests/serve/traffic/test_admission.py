"""The queue of pages: one at a time, in order, few that wait, and honest refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests import coroutines

from baihuo.serve.traffic.guard import Admission, Overloaded
from baihuo.serve.traffic.settings import AdmissionSettings


def _with(**settings: int) -> Admission:
    return Admission(AdmissionSettings(**{"hold_ms": 0, **settings}))


async def _turns() -> None:
    """As many turns of the loop as lie between two pages."""
    for _ in range(5):
        await asyncio.sleep(0)


def _run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await scenario()

    coroutines.run(bounded())


def test_pages_are_made_one_at_a_time_in_the_order_of_arrival() -> None:
    admission, made, now = _with(max_waiting=9), list[int](), 0

    async def page(n: int) -> None:
        nonlocal now
        async with admission.turn():
            now += 1
            assert now == 1
            await asyncio.sleep(0)
            made.append(n)
            now -= 1

    async def scenario() -> None:
        await asyncio.gather(*(page(n) for n in range(10)))

    _run(scenario)
    assert made == list(range(10))
    assert admission.n_waiting == 0


def test_more_than_may_wait_are_refused_and_counted() -> None:
    admission = _with(max_waiting=2, cheap_from=2)

    async def scenario() -> None:
        await admission.enter()
        waiting = [asyncio.create_task(admission.enter()) for _ in range(2)]
        await asyncio.sleep(0)
        assert admission.is_pressed
        with pytest.raises(Overloaded) as refused:
            await admission.enter()
        assert 1 <= refused.value.retry_after_s <= 3
        assert (refused.value.status, admission.n_refused) == (503, 1)
        for one in waiting:
            admission.leave()
            await one
        admission.leave()
        await _turns()
        assert not admission.is_pressed
        await admission.enter()  # free again

    _run(scenario)


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    admission = _with(max_waiting=5, max_wait_ms=10)

    async def scenario() -> None:
        await admission.enter()
        with pytest.raises(Overloaded):
            await admission.enter()
        assert (admission.n_waiting, admission.n_refused) == (0, 1)
        admission.leave()
        await _turns()
        await admission.enter()

    _run(scenario)


def test_pages_that_never_pause_still_let_others_be_heard_between_them() -> None:
    admission, order = _with(max_waiting=9), list[str]()

    async def page(n: int) -> None:
        async with admission.turn():
            order.append(f"page {n}")

    async def scenario() -> None:
        pages = [asyncio.create_task(page(n)) for n in range(3)]
        for n in range(12):
            await asyncio.sleep(0)
            order.append(f"other {n}")
        await asyncio.gather(*pages)

    _run(scenario)
    at = [order.index(f"page {n}") for n in range(3)]
    assert at[0] == 0
    assert at[1] - at[0] >= 3  # a new connection takes four turns from its beginning to its answer
    assert at[2] - at[1] >= 3


def test_a_client_that_goes_away_gives_its_turn_to_the_next() -> None:
    admission = _with(max_waiting=5)

    async def scenario() -> None:
        await admission.enter()
        first, second, third = (asyncio.create_task(admission.enter()) for _ in range(3))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        assert admission.n_waiting == 2
        admission.leave()
        while admission.n_waiting > 1:
            await asyncio.sleep(0)
        second.cancel()  # after its turn had come
        await asyncio.wait([first, second])
        await third

    _run(scenario)


def test_a_refusal_is_held_back() -> None:
    admission = _with(max_waiting=0, hold_ms=30)

    async def scenario() -> None:
        await admission.enter()
        start = asyncio.get_running_loop().time()
        with pytest.raises(Overloaded):
            await admission.enter()
        assert asyncio.get_running_loop().time() - start >= 0.025

    _run(scenario)
