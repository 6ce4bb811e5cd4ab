"""Requests answered in turns: the parent writes how many, the child answers with what they took. Standard library alone."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any


def answer_turns(
    requests: Iterable[Any],
    encode: Callable[[Any], Any],
    score: Callable[[Any], Any],
    about: dict[str, float],
) -> None:
    """Say ``about``, then for each number on standard input score so many requests.

    A request is parsed just before it is timed, as a server has it: its words are in the processor's cache, their hashes
    are not known yet.
    """
    texts = cycle([json.dumps(rows) for rows in requests])
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        n, encoding, scoring, waited = int(line), 0, 0, 0.0
        for _ in range(n):
            rows = json.loads(next(texts))
            at = time.perf_counter()
            start = time.process_time_ns()
            given = encode(rows)
            middle = time.process_time_ns()
            score(given)
            end = time.process_time_ns()
            waited += time.perf_counter() - at
            encoding, scoring = encoding + middle - start, scoring + end - middle
        found = {
            "cpu_ms": (encoding + scoring) / n / 1e6,
            "encode_cpu_ms": encoding / n / 1e6,
            "predict_cpu_ms": scoring / n / 1e6,
            "wall_ms": 1000 * waited / n,
        }
        print(json.dumps(found), flush=True)
