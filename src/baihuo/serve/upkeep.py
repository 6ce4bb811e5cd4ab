"""A separate process that seals served pages: it takes seconds of a core, which no page should wait for."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from baihuo.core import ShopError, ShopPaths
from baihuo.serve.config import ServeConfig
from baihuo.serve.ids import now_us

_LOG = logging.getLogger(__name__)
_NICE = 15  # its processor time is what workers leave
_END_S = 5.0  # for its end; a sealing that is killed goes on at the next


class Upkeep:
    """Looks at an interval whether pages are to be sealed or dropped, and starts a process where they are."""

    def __init__(self, shop: Path, config: ServeConfig) -> None:
        self._path, self._config = ShopPaths(shop).served_log, config
        self._spawn = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._due_at = time.monotonic() + min(60.0, config.upkeep_s)  # not while workers start

    def tick(self) -> None:
        """Called often; a look costs a millisecond."""
        if self._process is not None and not self._process.is_alive():
            self._process.join()
            self._process = None
        if time.monotonic() < self._due_at or self._process is not None:
            return
        self._due_at = time.monotonic() + self._config.upkeep_s
        from baihuo.events import is_upkeep_due

        try:
            if is_upkeep_due(self._path, now_us=now_us(), keep_days=self._config.served_days):
                arguments = (self._path, self._config.served_days)
                self._process = self._spawn.Process(target=_keep_up, args=arguments, daemon=True)
                self._process.start()
        except Exception as error:  # the shop is served whatever becomes of it
            _LOG.warning("served pages are not sealed: %s", error)

    def close(self) -> None:
        """End the process, if one runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(_END_S)


def _keep_up(path: Path, keep_days: float | None) -> None:
    from baihuo.events import keep_up

    os.nice(_NICE)
    try:
        done = keep_up(path, now_us=now_us(), keep_days=keep_days)
    except (ShopError, OSError) as error:
        _LOG.error("served pages were not sealed; the next look tries again: %s", error)
        return
    text = "sealed %d served pages in %d files, dropped %d past their days, freed %d bytes"
    _LOG.info(text, done.n_sealed, done.n_files, done.n_dropped, done.freed_bytes)
