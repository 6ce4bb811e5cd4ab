"""Starts the processes of a training on this machine, and sees how they end.

Each gets its number and where the others are by the first line of its standard input, which stays open: when it ends, the parent is
gone, and so is the child. What the first one prints line by line is for the parent.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from baihuo.core import ShopError

Child = subprocess.Popen[str]

_STARTER = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_SEEN_EVERY_S = 0.2
_LAST_WORDS_S = 10.0  # for the others, when one has ended, to see it and to say why


class ProcessKilled(ShopError):
    """A process was killed from outside, which is also why others failed."""


def torchrun_place() -> tuple[int, int]:
    """Which of how many processes this is, of those that torchrun started; (0, 1) of others."""
    if not all(name in os.environ for name in _STARTER):
        return 0, 1
    return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])


def run_processes(
    command: Sequence[str],
    n: int,
    request: Mapping[str, Any],
    on_line: Callable[[str], None],
) -> None:
    """Run ``n`` processes to their end. ``on_line``: gets each line that the first one prints.

    Args:
        request: What JSON can hold; ``rank``, ``n`` and ``meeting`` (a file) are put beside it.

    Raises:
        ProcessKilled: one was killed.
        ShopError: one ended with an error.
    """
    with tempfile.TemporaryDirectory(prefix="baihuo-") as folder:
        children: list[Child] = []
        try:
            for rank in range(n):
                where = {"rank": rank, "n": n, "meeting": str(Path(folder) / "meeting")}
                children.append(_child(command, {**request, **where}))
            _see_to_the_end(children, on_line)
        finally:
            for child in children:
                _end(child)


def _child(command: Sequence[str], request: Mapping[str, Any]) -> Child:
    # threads that wait by spinning take the cores of the others
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ}
    child = subprocess.Popen(
        [*command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if request["rank"] == 0 else subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    assert child.stdin is not None
    with suppress(OSError):  # it ended already: seen by its code
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
    return child


def _see_to_the_end(children: list[Child], on_line: Callable[[str], None]) -> None:
    first = children[0]
    assert first.stdout is not None
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(first.stdout, lines), daemon=True).start()
    failed, failed_at = -1, 0.0
    while True:
        with suppress(queue.Empty):
            on_line(lines.get(timeout=_SEEN_EVERY_S))
            continue
        codes = [child.poll() for child in children]
        if failed < 0 and any(codes):
            failed, failed_at = next(i for i, c in enumerate(codes) if c), time.monotonic()
        if all(code is not None for code in codes) and lines.empty():
            break
        if failed >= 0 and time.monotonic() - failed_at > _LAST_WORDS_S:
            break
    if failed >= 0:
        # killed from outside is why others failed, too
        killed = next((i for i, child in enumerate(children) if (child.poll() or 0) < 0), failed)
        raise _why(killed, len(children), children[killed].returncode)


def _pass_on(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line)


def _why(rank: int, n: int, code: int) -> ShopError:
    kind: type[ShopError] = ShopError
    how = f"ended with code {code}"
    if code < 0:
        kind = ProcessKilled
        with suppress(ValueError):
            how = f"was killed ({signal.Signals(-code).name})"
    return kind(
        f"process {rank + 1} of the {n} that share this training {how}",
        fix="see what it printed, and whether memory is left; the same command goes on from the last checkpoint",
    )


def _end(child: Child) -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def started() -> tuple[dict[str, Any], tuple[int, int, Path]]:
    """In a child: the request, its number, how many there are, and the file where they meet.

    From now on the process ends when its parent is gone.
    """
    request: dict[str, Any] = json.loads(sys.stdin.readline())

    def end_with_parent() -> None:
        sys.stdin.read()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    return request, (request.pop("rank"), request.pop("n"), Path(request.pop("meeting")))
