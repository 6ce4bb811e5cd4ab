"""A worker: its stores, the release that it serves, and the threads that keep both up to date."""

from __future__ import annotations

import gc
import hashlib
import logging
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import orjson

from baihuo.ads import AdSeller, Forecast, ServedAd, ShownAd
from baihuo.bundle import Pair, read_live
from baihuo.catalog import Catalog
from baihuo.core import (
    CLOCK,
    CannotWrite,
    Conflict,
    DiskFull,
    Event,
    EventType,
    Query,
    Served,
    ShopError,
    ShopPaths,
    Surface,
    VisitorBasics,
    require_room,
    secret_file,
)
from baihuo.events import AppendResult, EventLog, ServedLog, StoredPage
from baihuo.features import read_replay
from baihuo.index import Generation, RelatedSearches, Suggester, read_related, read_typed_queries
from baihuo.monitor import Metrics
from baihuo.privacy import Erasures, Pseudonyms, Receipt
from baihuo.rank import Exploration, RequestContext, WhyNot
from baihuo.serve.config import ServeConfig
from baihuo.serve.ids import is_anonymous, new_id, now_us
from baihuo.serve.traffic.guard import Admission
from baihuo.serve.worker.followers import Follower, requests_first
from baihuo.serve.worker.serving_state import (
    ErasedVisitors,
    ServingOptions,
    ServingState,
    open_serving_state,
)

_LOG = logging.getLogger(__name__)
_N_RELATED = 6  # related searches of a page
_SHOWN_WITHIN_S = 1.0  # an answer to a write waits so long for pages that show it
_OF_PAGES = 2  # times the reserve: events have the last of the room
_NO_ROOM_BYTES = 256 * 1024  # less is a full disk, also for a worker that wrote nothing lately
_ADS_MS = 500  # interval of reading campaigns and budgets
_PROBE_MS = 1_000  # interval of looking whether a file that could not be written can be
_RETRY_S = 5.0  # before a release that could not be opened is tried again


class NotReady(ShopError):
    """Nothing can be served yet."""

    status = 503


@dataclass(frozen=True, slots=True)
class AnsweredPage:
    """A page, the index that it came from, the place of the product in ``why_not``, related searches, and ads."""

    served: Served
    generation: Generation
    why_not: WhyNot | None = None
    related: tuple[str, ...] = ()
    ads: tuple[ShownAd, ...] = ()


class Worker:
    """The logs, the catalogue, and the release that serves now.

    Five threads follow the event log, the catalogue, ``live.json``, the disk and campaigns. A new release is opened and
    brought up to date while the old one serves, then replaces it in one assignment. A request that has
    started finishes with the release that it started with.
    """

    def __init__(
        self,
        shop: Path,
        config: ServeConfig,
        metrics: Metrics,
        admission: Admission | None = None,
    ) -> None:
        """
        Args:
            admission: The queue of pages; under pressure, pages are made more cheaply. None: never.
        """
        self._paths, self._metrics = ShopPaths(shop), metrics
        self._admission = admission or Admission(config.traffic.admission)
        self.pseudonyms = Pseudonyms.of(self._paths.mask_key_file, config.privacy.ids)
        self.absent_consent = config.privacy.absent_consent
        key = secret_file(self._paths.mask_key_file, lambda: secrets.token_bytes(32))
        self.erased = ErasedVisitors(Erasures(self._paths.erasures_file, key))
        self.reserve_bytes = self._reserve_bytes = config.disk_reserve_bytes
        self._last_failures: dict[str, str] = {}
        self.log = EventLog(
            self._paths.log,
            reserve_bytes=self._reserve_bytes,
            when_failed=partial(self._count_failure, "log"),
        )
        self.catalog = Catalog(self._paths.catalog, reserve_bytes=self._reserve_bytes)
        self.served = ServedLog(
            self._paths.served_log,
            reserve_bytes=_OF_PAGES * self._reserve_bytes,
            when_failed=partial(self._count_failure, "served"),
        )
        self._seed = random.SystemRandom().getrandbits(32) if config.seed is None else config.seed
        self._options = ServingOptions(
            exploration=Exploration(
                swap_probability=config.swap_probability, slot_probability=config.slot_probability
            ),
            order_switches=dict(config.order_switches),
            diversity=config.diversity,
            floods=config.traffic.floods,
            most_new=config.traffic.limits.live_entries,
            absent_consent=config.privacy.absent_consent,
        )
        self.ads = AdSeller(
            self._paths,
            config.ads,
            seed=self._seed,
            n_workers=config.n_workers,
            when_failed=partial(self._count_failure, "auctions"),
            reserve_bytes=_OF_PAGES * self._reserve_bytes,
        )
        self._shared = SharedPages(config.traffic.admission.shared_ms / 1000)
        self._state: ServingState | None = None
        self._log_turn, self._catalog_turn = Lock(), Lock()  # while a follower applies what it read
        self._has_jumped = False
        self._refused: tuple[Pair, float, str] | None = None
        self._replayed_us, self._replay_failed_at = 0, -_RETRY_S
        self._searches = LearnedSearches(self._paths)
        intervals_ms = (
            *(config.poll_live_ms, config.poll_log_ms, config.poll_catalog_ms),
            *(_PROBE_MS, _ADS_MS),
        )
        functions = (
            *(self._follow_release, self._follow_log, self._follow_catalog),
            *(self._follow_disk, self._follow_ads),
        )
        self._followers = [
            Follower(name, function, every_ms=every_ms, metrics=metrics)
            for name, function, every_ms in zip(
                ("release", "log", "catalog", "disk", "ads"), functions, intervals_ms, strict=True
            )
        ]

    def start(self) -> None:
        """Start to follow. :meth:`state` answers when the first release is open."""
        for follower in self._followers:
            follower.start()

    def state(self) -> ServingState:
        """The release that serves at this moment.

        Raises:
            NotReady: nothing was released yet, the release is being opened, or it cannot be opened.
        """
        if (state := self._state) is not None:
            return state
        if self._refused is not None:
            raise NotReady(
                f"the release cannot be opened: {self._refused[2]}",
                fix="repair it, or go back: baihuo rollback",
            )
        if read_live(self._paths.bundles) is None:
            raise NotReady("nothing was released yet", fix="run: baihuo release")
        raise NotReady("the release is being opened", fix="ask again in a second")

    def wait_until_open(self, *, within_s: float) -> None:
        """Wait until a release is open, or there is none, or it cannot be opened."""
        ends_at = time.monotonic() + within_s
        while self._state is None and self._refused is None and time.monotonic() < ends_at:
            if read_live(self._paths.bundles) is None:
                return
            time.sleep(0.02)

    def refused(self) -> str | None:
        """Why the newest release does not serve; None where it does."""
        return self._refused[2] if self._refused else None

    def unwritable(self) -> list[ShopError]:
        """Why events or pages cannot be written now; empty where they can."""
        failures = [self.log.failure, self.served.failure]
        found = [failure for failure in failures if failure is not None]
        if not found:
            try:
                require_room(self._paths.log, max(self._reserve_bytes, _NO_ROOM_BYTES))
            except DiskFull as error:
                found.append(error)
        return found

    def page(self, query: Query, *, is_continued: bool) -> Served:
        """The page of a query, without the rest of :meth:`answer`."""
        return self.answer(query, is_continued=is_continued).served

    def answer(
        self,
        query: Query,
        *,
        is_continued: bool,
        why_not: str | None = None,
        has_consent: bool = True,
    ) -> AnsweredPage:
        """The page of a query. It is logged with the feature values that ranked it.

        Args:
            query: What the visitor wants.
            is_continued: Whether ``query.query_id`` names an earlier page, whose frozen order this
                page continues.
            why_not: Id of a product whose place, or absence, is explained. Costs about as much as
                the page, and up to 16 answers to changed searches where it is not there.
            has_consent: Without it, ads depend on the page alone.

        Raises:
            NotReady: no release is open.
            NotFound: ``similar`` to a product that is not in the index.
            Conflict: the query id belongs to another query.
        """
        state = self.state()
        first = None
        if is_continued:
            query = replace(query, query_id=self.pseudonyms.identities.unless_plain(query.query_id))
            first = self.served.get(query.query_id)
            if first is not None and self.erased.covers_page(first):
                query, first = replace(query, query_id=new_id()), None
        if first is not None:
            query, first = continue_query(query, first, self.pseudonyms.query(query))
        elif is_continued:  # no page has this id: the log must not hold one that a client made up
            query = replace(query, query_id=new_id())
        if query.basics:
            query = self._keep_basics(query, state)
        context, ad_page = None, None
        # An auction asks the click model, which pages made under load go without.
        if self.ads.is_active and not self._admission.is_pressed:
            context = state.ranker.context(query)
            visitor_id = self.pseudonyms.query(query).visitor_id
            ad_page = self.ads.begin(
                context, state.ranker, visitor_id=visitor_id, has_consent=has_consent
            )
        served = self._made(query, first, state, context)
        self.served.append(self.pseudonyms.served(served))
        explained = None if why_not is None else state.why_not(served, why_not)
        related: tuple[str, ...] = ()
        if query.surface is Surface.SEARCH:
            related = self._searches.related(state).of(query.query_text, n=_N_RELATED)
        ads = () if ad_page is None else self.ads.sell(ad_page, served)
        return AnsweredPage(served, state.generation, explained, related, ads)

    def forecast_of(self, campaign_id: str, *, n_pages: int = 500) -> Forecast:
        """What a campaign could get, on the newest pages of the shop.

        Raises:
            NotReady: no release is open.
            NotFound: there is no such campaign, or too few pages were served.
            Conflict: the shop has no ads.
        """
        state = self.state()
        pages = [
            served
            for batch in self.served.batches(newest=n_pages)
            for served in batch
            if served.page.page == 1
        ]
        return self.ads.forecast(campaign_id, pages, state.ranker)

    def ad_of(self, token: str) -> tuple[ServedAd, StoredPage]:
        """The ad of a token, and its page.

        Raises:
            ClickRefused: it is forged, too old, or of a page that was never served.
        """
        pages: list[StoredPage] = []

        def was_served(query_id: str) -> bool:
            pages.extend(page for page in [self.served.get(query_id)] if page is not None)
            return bool(pages)

        ad = self.ads.verified(token, at_us=now_us(), was_served=was_served)
        return ad, pages[0]

    def _made(
        self,
        query: Query,
        first: StoredPage | None,
        state: ServingState,
        context: RequestContext | None,
    ) -> Served:
        """The page, made as cheaply as the number of those that wait demands."""
        if first is not None or query.explain or not self._admission.is_pressed:
            return state.page(query, first, self.catalog, context=context)
        version = (state, self.catalog.stamp())
        is_shared = is_anonymous(query.visitor_id) or state.is_unknown(query.visitor_id)
        if is_shared and (served := self._shared.get(query, version)) is not None:
            self._metrics.cheap_pages.labels("shared").inc()
            return served
        served = state.page(query, None, self.catalog, is_cheap=True)
        if is_shared:
            self._shared.put(served, version)
        self._metrics.cheap_pages.labels("without models").inc()
        return served

    def _keep_basics(self, query: Query, state: ServingState) -> Query:
        """Write the basic information of the request to the event log, where it is new; interests that are no category are left
        out, and say nothing where none is left. The page does not wait for the disk."""
        if query.basics.interests:
            names = state.category_names()
            interests = tuple(i for i in query.basics.interests if i in names) or None
            query = replace(query, basics=replace(query.basics, interests=interests))
        known = state.feature_state.basics(query.visitor_id)
        if not is_anonymous(query.visitor_id) and query.basics.over(known) != known:
            self.submit([profile_event(query.visitor_id, query.basics, query.at_us)])
            state.feature_state.remember(query.visitor_id, query.basics, query.at_us)
        return query

    def submit(self, events: Sequence[Event]) -> Future[AppendResult]:
        """Write events to the log, with the personal data in them masked; see :meth:`EventLog.submit`."""
        return self.log.submit([self.pseudonyms.event(event) for event in events])

    def suggester(self) -> tuple[Suggester, Generation]:
        """What completes a search, and its index. It is made before a release serves, and again after the log was read.

        Raises:
            NotReady: no release is open.
        """
        state = self.state()
        return self._searches.suggester(state), state.generation

    def read_searches(self, state: ServingState | None = None) -> None:
        """Take over what the log says of searches, if its files changed; the follower of releases does so, and no request
        waits for it.

        Args:
            state: a release that is about to serve; None: the one that serves.
        """
        if (serving := state or self._state) is not None:
            self._searches.read(serving)

    def forget(self, visitor_id: str, at_us: int) -> Receipt:
        """Record that a visitor is to be forgotten. On disk when it returns; this worker knows nothing of them from then on,
        the others within a moment."""
        after_seq = self.log.last_seq()
        receipt = self.erased.request(visitor_id, at_us=at_us, after_seq=after_seq)
        self.ads.forget(visitor_id)
        self._followers[1].catch_up(within_s=_SHOWN_WITHIN_S)
        return receipt

    def wake(self) -> None:
        """Follow the log and the catalogue now: this worker has just written to one of them."""
        for follower in self._followers[1:3]:
            follower.wake()

    def show_changes(self) -> None:
        """Wait until pages of this worker show what was just written to the catalogue; a large batch goes on without being waited for."""
        self._followers[2].catch_up(within_s=_SHOWN_WITHIN_S)

    def lags_s(self) -> dict[str, float]:
        """By follower, seconds past its interval since it last caught up."""
        return {f.name: f.lag_s() for f in self._followers}

    def close(self) -> None:
        """End the followers, then commit and close the stores."""
        for follower in self._followers:
            follower.close()
        for follower in self._followers:
            follower.join()
        if self._state is not None:
            self._write_decisions(self._state, is_last=True)
        self.ads.close()
        self.served.close()
        self.log.close()
        self.erased.close()
        self.catalog.close()

    def _follow_log(self) -> None:
        self.erased.follow()
        with self._log_turn:
            if (state := self._state) is not None:
                state.follow_log(self.log, self.erased)
                self._write_decisions(state)
        if state is not None:
            for reason, n in state.gate.held_per_hour(now_us()).items():
                self._metrics.held_back.labels(reason).set(n)
            self._metrics.live_left_out.set(state.feature_state.n_left_out)
            self._see_clock()

    def _see_clock(self) -> None:
        """Say once when the machine's clock jumped, and when it is back."""
        jump_s = CLOCK.jump_s
        self._metrics.clock_jump.set(abs(jump_s))
        if bool(jump_s) != self._has_jumped:
            self._has_jumped = bool(jump_s)
            text = "the machine's clock is %+.0f s from the time that passed; this server does not follow it (docs/traffic.md)"
            _LOG.error(text, jump_s) if jump_s else _LOG.warning(
                "the machine's clock is right again"
            )

    def _follow_disk(self) -> None:
        """Once a write failed, find out when writes succeed again, whether or not anybody writes."""
        self.log.probe()
        self.served.probe()

    def _follow_ads(self) -> None:
        """Take over campaigns, budgets and what other workers sold."""
        if (state := self._state) is not None:
            self.ads.follow(state.ranker, at_us=now_us())

    def _count_failure(self, file: str, n: int, error: Exception) -> None:
        """Called by the thread that writes a file. Of failures one after the other the first is logged."""
        self._metrics.commit_failures.labels(file).inc()
        if file == "served":
            self._metrics.unlogged_pages.inc(n)
        if str(error) != self._last_failures.get(file):
            _LOG.error("%s: %s", file, error)
        self._last_failures[file] = str(error)

    def _follow_catalog(self) -> None:
        with self._catalog_turn:
            if (state := self._state) is not None:
                state.follow_catalog(self.catalog)
        if state is not None:
            self._metrics.products.set(len(state.generation.row_of))

    def _follow_release(self) -> None:
        live = read_live(self._paths.bundles)
        if live is not None:
            CLOCK.know(live.now.since_us)
        if live is None or (self._state is not None and self._state.serves(live.now)):
            self._refused = None
            self._replay()
            self.read_searches()
            return
        if self._refused is not None:
            pair, tried_at, _ = self._refused
            if pair == live.now and time.monotonic() - tried_at < _RETRY_S:
                return
        with requests_first():
            try:
                state = self._open(live.now)
            except Exception as error:
                self._refused = (live.now, time.monotonic(), str(error))
                raise
            state.follow_catalog(self.catalog)  # most of what came while it was opened
            self._swap_in(state)
        self._refused = None
        self._metrics.swaps.inc()
        _LOG.info("bundle %s over index %s serves", live.bundle_id, live.index_id)

    def _open(self, pair: Pair) -> ServingState:
        """A release, or with the one that serves its features as they are on the disk now."""
        state = open_serving_state(
            self._paths.root,
            pair,
            self.catalog,
            self.log,
            seed=self._seed,
            erased=self.erased,
            options=self._options,
            current=self._state,
        )
        state.warm()
        return state

    def _replay(self) -> None:
        """Read the features again, if rows came back from quarantine since those that serve were made."""
        state, replay = self._state, read_replay(self._paths.replay_file)
        if (
            state is None
            or replay is None
            or replay.at_us <= max(state.made_at_us, self._replayed_us)
        ):
            return
        if time.monotonic() - self._replay_failed_at < _RETRY_S:
            return
        with requests_first():
            try:
                self._swap_in(self._open(state.pair))
            except Exception:
                self._replay_failed_at = time.monotonic()
                raise
        self._replayed_us = replay.at_us
        self._metrics.replays.inc()
        _LOG.info("rows that came back from quarantine count: features of %d", replay.at_us)

    def _swap_in(self, state: ServingState) -> None:
        """Let a release serve that knows all that pages of the one before it showed: nothing that a page had is missing on the next."""
        self.read_searches(state)
        # The objects of a release live as long as it serves. Frozen, they are not walked by the
        # garbage collector in the middle of a request.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        with self._log_turn, self._catalog_turn:
            if (before := self._state) is not None:
                before.follow_log(self.log, self.erased)
                self._write_decisions(before, is_last=True)
            state.follow_log(self.log, self.erased)
            state.follow_catalog(self.catalog)
            with suppress(CannotWrite):
                self.log.opened(state.pair.bundle_id, state.opening(now_us()))
            self._state = state

    def _write_decisions(self, state: ServingState, *, is_last: bool = False) -> None:
        """On a full disk pages go on, and what was decided waits: the log of a full disk takes no events either."""
        with suppress(CannotWrite):
            state.write_decisions(self.log, is_last=is_last)


_FROZEN_FIELDS = (
    "surface",
    "query_text",
    "product_id",
    "filters",
    "sort",
    "as_typed",
    "discover",
    "complements",
)


def continue_query(
    query: Query, first: StoredPage, stored: Query
) -> tuple[Query, StoredPage | None]:
    """``query``, from the visitor of its first page, and that page; a request without a visitor id gets that one.

    A link that somebody shared names the query id of another visitor. Who follows it gets the same page of a search of their
    own, with an id of its own: what they click is theirs, and the page is ordered for them.

    Args:
        stored: ``query`` as it would be stored, with its personal data masked: that of the first page is.

    Raises:
        Conflict: the query id belongs to another query.
    """
    for name in _FROZEN_FIELDS:
        if getattr(stored, name) != getattr(first.query, name):
            raise Conflict(
                f"query_id {query.query_id!r} belongs to a query with another {name}",
                fix="leave query_id out to start a new query, or repeat the parameters of the first page",
            )
    if is_anonymous(query.visitor_id):
        return replace(query, visitor_id=first.query.visitor_id), first
    if query.visitor_id != first.query.visitor_id:
        return replace(query, query_id=new_id()), None
    return query, first


_MOST_SHARED = 256  # pages, about 100 kB each


class SharedPages:
    """Pages by what was asked for, which visitors without a history share for a moment while more is asked for than can be made."""

    def __init__(self, max_age_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_age_s, self._clock = max_age_s, clock
        self._pages: OrderedDict[Hashable, tuple[float, Served]] = OrderedDict()

    def get(self, query: Query, version: Hashable) -> Served | None:
        """A page for ``query``, with its query id and visitor, so that it is logged and continued as its own; None where there is none.

        Exploration is that of the page that is shared: its propensities are true of each visitor, and its draws are not independent.

        Args:
            query: Of a visitor without a history.
            version: Of all that a page depends on besides the query. Another one ends the sharing.
        """
        at, served = self._pages.get(_shared_key(query, version), (0.0, None))
        if served is None or self._clock() - at > self._max_age_s:
            return None
        page = replace(served.page, query_id=query.query_id)
        return replace(served, query=query, page=page, served_at_us=query.at_us)

    def put(self, served: Served, version: Hashable) -> None:
        """Share a page."""
        self._pages[_shared_key(served.query, version)] = (self._clock(), served)
        if len(self._pages) > _MOST_SHARED:
            self._pages.popitem(last=False)


def _shared_key(query: Query, version: Hashable) -> Hashable:
    return replace(query, query_id="", visitor_id="", at_us=0), version


_ReadOf: TypeAlias = tuple[ServingState, int]
"""The release and the time of the file that something was made of."""


class LearnedSearches:
    """What the log says of searches: which are suggested while one types, and which are related to a page. Each file is read once for a
    release and a version of the file."""

    def __init__(self, paths: ShopPaths) -> None:
        self._paths = paths
        self._suggester: tuple[_ReadOf, Suggester] | None = None
        self._related: tuple[_ReadOf, RelatedSearches] | None = None

    def suggester(self, state: ServingState) -> Suggester:
        """What completes a search of this release."""
        known = self._suggester
        if known is None or known[0][0] is not state:
            known = self._read_typed(state)
        return known[1]

    def related(self, state: ServingState) -> RelatedSearches:
        """The related searches of this release, as they were last read."""
        known = self._related
        if known is None or known[0][0] is not state:
            known = self._read_related(state)
        return known[1]

    def read(self, state: ServingState) -> None:
        """Take over what changed in the files. A file that cannot be read keeps no release from
        serving: whoever asks for it gets the error."""
        for read in (self._read_related, self._read_typed):
            try:
                read(state)
            except Exception as error:
                _LOG.warning("what the log says of searches was not taken over: %s", error)

    def _read_related(self, state: ServingState) -> tuple[_ReadOf, RelatedSearches]:
        key, known = _read_of(state, self._paths.related_queries), self._related
        if known is None or known[0] != key:
            learned = read_related(self._paths.related_queries)
            self._related = known = (key, RelatedSearches(learned, state.generation))
        return known

    def _read_typed(self, state: ServingState) -> tuple[_ReadOf, Suggester]:
        key, known = _read_of(state, self._paths.typed_queries), self._suggester
        if known is None or known[0] != key:
            typed = read_typed_queries(self._paths.typed_queries)
            self._suggester = known = (key, Suggester(typed, state.generation))
        return known


def _read_of(state: ServingState, file: Path) -> _ReadOf:
    return state, file.stat().st_mtime_ns if file.exists() else 0


def profile_event(visitor_id: str, basics: VisitorBasics, received_at_us: int) -> Event:
    """The event that keeps a change of the basics. Each has its own id: somebody may return to an answer of an hour ago."""
    change = [visitor_id, received_at_us, basics.as_event_fields()]
    content = orjson.dumps(change, option=orjson.OPT_SORT_KEYS)
    return Event(
        event_id="profile-" + hashlib.blake2b(content, digest_size=16).hexdigest(),
        event_type=EventType.PROFILE,
        visitor_id=visitor_id,
        occurred_at_us=received_at_us,
        received_at_us=received_at_us,
        **basics.as_event_fields(),  # type: ignore[arg-type]
    )
