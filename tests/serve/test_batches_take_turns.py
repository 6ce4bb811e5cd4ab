"""Batches that come together hold the event loop no longer at a time than one alone."""

from __future__ import annotations

import asyncio
import itertools

from tests.coroutines import run

from baihuo.serve.api.batch_validation import validate_in_slices

_ONE_SLICE = 50


def test_batches_that_come_together_have_one_slice_a_turn_of_the_loop_among_them() -> None:
    n_read, seen = 0, list[int]()

    def read(row: object) -> object:
        nonlocal n_read
        n_read += 1
        return row

    async def watch() -> None:
        while True:
            seen.append(n_read)
            await asyncio.sleep(0)

    async def all_together() -> list[list[object]]:
        watching = asyncio.create_task(watch())
        batches = [list[object](range(1_000)) for _ in range(16)]
        done = await asyncio.gather(*(validate_in_slices(rows, read) for rows in batches))
        watching.cancel()
        return [batch.kept for batch in done]

    assert run(all_together()) == [list(range(1_000))] * 16
    assert max(after - before for before, after in itertools.pairwise(seen)) <= _ONE_SLICE


def test_a_batch_comes_back_whole_whatever_its_length() -> None:
    for n in (0, 1, 49, 50, 51, 100, 999):
        batch = run(validate_in_slices(list(range(n)), lambda row: row))
        assert batch.kept == list(range(n))
