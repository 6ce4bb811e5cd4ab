"""Run as a process of its own: appends for ever and says each acknowledged id on standard output."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from baihuo.core import Event, EventType
from baihuo.events import EventLog


def event(event_id: str) -> Event:
    return Event(
        event_id=event_id,
        event_type=EventType.CLICK,
        visitor_id="v1",
        occurred_at_us=1,
        received_at_us=2,
        product_id="p1",
    )


def main() -> None:
    path, name, n_threads, n_calls = (
        Path(sys.argv[1]),
        sys.argv[2],
        int(sys.argv[3]),
        int(sys.argv[4]),
    )
    log = EventLog(path)

    def write(thread: int) -> None:
        for i in range(n_calls):
            ids = [f"{name}-{thread}-{i}-{j}" for j in range(1 + i % 3)]
            log.append([event(e) for e in ids])
            os.write(
                1, ("\n".join(ids) + "\n").encode()
            )  # one write: never half an acknowledgement

    threads = [threading.Thread(target=write, args=(t,)) for t in range(n_threads)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    log.close()


if __name__ == "__main__":
    main()
