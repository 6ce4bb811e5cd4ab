"""Events a second through the log: callers that each wait for their fsync, as HTTP requests do.

python bench/log.py --callers 32 --events 1 --seconds 5
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from baihuo.core import Event, EventType
from baihuo.events import EventLog
from suites.shared.measure import Clock, emit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=32, help="threads that append at once")
    parser.add_argument("--events", type=int, default=1, help="events in one append")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument(
        "--folder", type=Path, help="where the log is written; default: a temporary one"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        log = EventLog(Path(folder) / "log.sqlite")
        waits: list[list[float]] = [[] for _ in range(arguments.callers)]
        deadline = time.perf_counter() + arguments.seconds

        def call(caller: int) -> None:
            i = 0
            while (start := time.perf_counter()) < deadline:
                log.append([_event(f"{caller}-{i}-{j}") for j in range(arguments.events)])
                waits[caller].append(time.perf_counter() - start)
                i += 1

        with Clock() as clock:
            threads = [threading.Thread(target=call, args=(c,)) for c in range(arguments.callers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        log.close()
    ms = 1000 * np.array([w for per_caller in waits for w in per_caller])
    emit(
        bench="log",
        callers=arguments.callers,
        events_per_append=arguments.events,
        events_per_s=len(ms) * arguments.events / clock.wall_s,
        events_per_cpu_s=len(ms) * arguments.events / clock.cpu_s,
        p50_ms=float(np.percentile(ms, 50)),
        p99_ms=float(np.percentile(ms, 99)),
    )


def _event(event_id: str) -> Event:
    return Event(
        event_id=event_id,
        event_type=EventType.CLICK,
        visitor_id="visitor-1",
        occurred_at_us=1_700_000_000_000_000,
        received_at_us=1_700_000_000_000_000,
        query_id="0190f3a8-0000-7000-8000-000000000000",
        product_id="product-1",
        surface="search",
        position=3,
    )


if __name__ == "__main__":
    main()
