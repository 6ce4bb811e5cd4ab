"""Requests answered in turns: the parent writes how many, the child answers with what they took. Standard library alone."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import cycle
from typing import Any


def answer_turns(
    requests: Iterable[list[dict[str, Any]]],
    encode: Callable[[Any], Any],
    score: Callable[[Any], Any],
    about: Mapping[str, float | str],
) -> None:
    """Say ``about``, then for each number on standard input score so many requests.

    A request is parsed just before it is timed, as a server has it: its words are in the processor's cache, their hashes
    are not known yet. Each comes as columns, and once more as rows, which are encoded only.
    """
    texts = cycle([(json.dumps(_columns(rows)), json.dumps(rows)) for rows in requests])
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        n, spent, waited = int(line), [0, 0, 0], 0.0
        for _ in range(n):
            as_columns, as_rows = next(texts)
            data = json.loads(as_columns)
            at, start = time.perf_counter(), time.process_time_ns()
            given = encode(data)
            encoded = time.process_time_ns()
            score(given)
            scored = time.process_time_ns()
            waited += time.perf_counter() - at
            rows = json.loads(as_rows)
            again = time.process_time_ns()
            encode(rows)
            took = (encoded - start, scored - encoded, time.process_time_ns() - again)
            spent = [a + b for a, b in zip(spent, took, strict=True)]
        encode_ms, predict_ms, rows_ms = (ns / n / 1e6 for ns in spent)
        found = {
            "cpu_ms": encode_ms + predict_ms,
            "encode_cpu_ms": encode_ms,
            "predict_cpu_ms": predict_ms,
            "of_rows_cpu_ms": rows_ms + predict_ms,
            "wall_ms": 1000 * waited / n,
        }
        print(json.dumps(found), flush=True)


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
