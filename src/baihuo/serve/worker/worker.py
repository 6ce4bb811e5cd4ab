"""What a worker holds, kept fresh: events, products and releases, followed in the background."""

from __future__ import annotations

import gc
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baihuo.bundle import Pair, read_live
from baihuo.catalog import Catalog
from baihuo.core import Query, Served, ShopError, ShopPaths
from baihuo.events import EventLog, ServedLog
from baihuo.index import Generation
from baihuo.monitor.metrics import Metrics
from baihuo.rank import Exploration, WhyNot
from baihuo.serve.config import ServeConfig
from baihuo.serve.worker.pagination import continuing
from baihuo.serve.worker.serving_state import ServingState, open_serving_state

_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0  # a release that could not be opened is tried again after this long


class NotReady(ShopError):
    """Nothing can be served yet."""

    status = 503


@dataclass(frozen=True, slots=True)
class AnsweredPage:
    """A page, the index it came from, and what became of a product that was asked for."""

    served: Served
    generation: Generation
    why_not: WhyNot | None = None


class Worker:
    """The logs, the catalogue, and the bundle and index that serve now.

    Three threads follow the event log, the catalogue and ``live.json``. A new release is opened and
    brought up to date beside the old one, then takes its place in one assignment; requests under
    way finish on what they began with.
    """

    def __init__(self, shop: Path, config: ServeConfig, metrics: Metrics) -> None:
        self._paths, self._metrics = ShopPaths(shop), metrics
        self.log = EventLog(self._paths.log)
        self.catalog = Catalog(self._paths.catalog)
        self.served = ServedLog(self._paths.served_log)
        self._seed = random.SystemRandom().getrandbits(32) if config.seed is None else config.seed
        self._exploration = Exploration(
            swap_probability=config.swap_probability, slot_probability=config.slot_probability
        )
        self._state: ServingState | None = None
        self._refused: tuple[Pair, float, str] | None = None
        self._is_closing = threading.Event()
        self._followers = [
            _Follower("release", config.poll_live_ms, self._follow_release, self),
            _Follower("log", config.poll_log_ms, self._follow_log, self),
            _Follower("catalog", config.poll_catalog_ms, self._follow_catalog, self),
        ]

    def start(self) -> None:
        """Begins to follow; :meth:`state` answers when the first release is open."""
        for follower in self._followers:
            follower.start()

    def state(self) -> ServingState:
        """What serves at this moment.

        Raises:
            NotReady: nothing was released yet, it is still being opened, or it cannot be opened.
        """
        if (state := self._state) is not None:
            return state
        if self._refused is not None:
            raise NotReady(
                f"what was released cannot be opened: {self._refused[2]}",
                fix="mend it or go back: baihuo rollback",
            )
        if read_live(self._paths.bundles) is None:
            raise NotReady("nothing was released yet", fix="run: baihuo release")
        raise NotReady("the release is being opened", fix="ask again in a second")

    def refused(self) -> str | None:
        """Why the newest release is not the one that serves; None where it is."""
        return self._refused[2] if self._refused else None

    def page(self, query: Query, *, is_continued: bool) -> Served:
        """The page asked for; see :meth:`answer`."""
        return self.answer(query, is_continued=is_continued).served

    def answer(
        self, query: Query, *, is_continued: bool, why_not: str | None = None
    ) -> AnsweredPage:
        """The page asked for, logged with the values that made it, and the index it came from.

        ``why_not`` names a product: the answer says what became of it, at about the cost of the page.

        Raises:
            NotReady: there is nothing to answer with.
            NotFound: ``similar`` to a product that is not there.
            Conflict: the query id belongs to another question.
        """
        state = self.state()
        first = self.served.get(query.query_id) if is_continued else None
        if first is not None:
            query = continuing(query, first)
        served = state.page(query, first, self.catalog)
        self.served.append(served)
        because = None if why_not is None else state.why_not(served, why_not)
        return AnsweredPage(served, state.generation, because)

    def wake(self) -> None:
        """Something was written here: followers look now and not at their next turn."""
        for follower in self._followers[1:]:
            follower.wake()

    def lags_s(self) -> dict[str, float]:
        """Seconds since each follower last had caught up."""
        return {f.name: f.lag_s() for f in self._followers}

    def close(self) -> None:
        """Ends the followers, then commits what waits."""
        self._is_closing.set()
        for follower in self._followers:
            follower.wake()
        for follower in self._followers:
            follower.join()
        self.served.close()
        self.log.close()
        self.catalog.close()

    def _follow_log(self) -> None:
        if (state := self._state) is not None:
            state.follow_log(self.log)

    def _follow_catalog(self) -> None:
        if (state := self._state) is not None:
            state.follow_catalog(self.catalog)
            self._metrics.products.set(state.generation.n_products)

    def _follow_release(self) -> None:
        live = read_live(self._paths.bundles)
        if live is None or (self._state is not None and self._state.serves(live.now)):
            self._refused = None
            return
        if self._refused is not None:
            pair, tried_at, _ = self._refused
            if pair == live.now and time.monotonic() - tried_at < _RETRY_S:
                return
        try:
            state = open_serving_state(
                self._paths.root,
                live.now,
                self.catalog,
                self.log,
                seed=self._seed,
                exploration=self._exploration,
            )
        except Exception as error:
            self._refused = (live.now, time.monotonic(), str(error))
            raise
        # What a release holds lives as long as it serves: the collector need not walk it again and
        # again in the middle of somebody's request.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._refused, self._state = None, state
        self._metrics.swaps.inc()
        _LOG.info("bundle %s over index %s serves", live.bundle_id, live.index_id)


class _Follower:
    """Calls one function again and again; a failure is logged and counted, never the end."""

    def __init__(
        self, name: str, every_ms: int, follow: Callable[[], None], worker: Worker
    ) -> None:
        self.name, self._every_s, self._follow, self._worker = name, every_ms / 1000, follow, worker
        self._woken = threading.Event()
        self._caught_up_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"follow {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def lag_s(self) -> float:
        return max(0.0, time.monotonic() - self._caught_up_at - self._every_s)

    def _run(self) -> None:
        metrics = self._worker._metrics
        while not self._worker._is_closing.is_set():
            try:
                self._follow()
                self._caught_up_at = time.monotonic()
            except Exception:
                metrics.failures.labels(self.name).inc()
                _LOG.exception("following the %s failed; it will be tried again", self.name)
            metrics.lag_seconds.labels(self.name).set(self.lag_s())
            self._woken.wait(self._every_s)
            self._woken.clear()
