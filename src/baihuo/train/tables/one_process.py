"""One of the processes that share a training: ``python -m baihuo.train.tables.one_process``, started by :mod:`.shared_training`."""

from __future__ import annotations

import json
import signal
import sys
import time

from baihuo.core import ShopError
from baihuo.train.tables.processes import Group, joined
from baihuo.train.tables.start_processes import started

_EVERY_S = 0.1


def main() -> None:
    """Train as asked on standard input; progress, report or error as lines of JSON."""
    from baihuo.train.tables.shared_training import job_of
    from baihuo.train.tables.stage import train_in

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C: the parent says what to do
    request, start = started()
    try:
        with joined(start) as group:
            report = train_in(group, job_of(request), _Lines(group))
            if group.is_first:
                print(json.dumps({"report": report}), flush=True)
    except ShopError as error:
        about = {"kind": type(error).__name__, "what": error.what, "fix": error.fix}
        print(json.dumps({"error": about}), flush=True)
        sys.exit(1)


class _Lines:
    """Progress of the first process for its parent, some times a second."""

    def __init__(self, group: Group) -> None:
        self._is_first, self._last = group.is_first, 0.0

    def __call__(self, task: str, n_done: int, n_total: int) -> None:
        now = time.monotonic()
        if self._is_first and (now - self._last > _EVERY_S or n_done == n_total):
            self._last = now
            print(json.dumps({"progress": [task, n_done, n_total]}), flush=True)


if __name__ == "__main__":
    main()
