"""Customer service in a worker: its file, its parts, and the threads that make turns.

A turn may wait for a generative model or for the shop's own system of orders, so it is made in a thread. It does not take the turn
of a page: a model that takes its two seconds holds up no page. How many are made and wait at once is limited; what is more is refused
while that is cheap.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event, Lock
from typing import TypeVar

from baihuo import assist
from baihuo.bundle import read_live
from baihuo.core import NotFound, Product, Query, ShopError, ShopPaths, Surface
from baihuo.monitor import Metrics
from baihuo.serve.ids import new_id, nobodys_id, now_us
from baihuo.serve.traffic.guard import Overloaded
from baihuo.serve.worker.followers import Follower, requests_first
from baihuo.serve.worker.worker import NotReady, Worker

_LOG = logging.getLogger(__name__)
_POLL_MS = 500  # interval of looking whether knowledge, policy, orders or the release changed
_OPENED_WITHIN = 0.5  # of the time of a reply
_Made = TypeVar("_Made")


_PROVEN = ("visitor_token", "server_key")


def belongs_to(
    conversation: assist.Conversation, *, signed_id: str | None, named_id: str | None
) -> bool:
    """Whether a conversation is the requester's.

    One that a signed visitor or the shop's server began needs the signature; one of a visitor who was only named, that name; one without
    any visitor, its own id, which only its client was given.

    Args:
        signed_id: the visitor of a token or of the cookie.
        named_id: a visitor whom a shop believes without a signature.
    """
    who = conversation.identity
    if who.visitor_id == nobodys_id(conversation.conversation_id):
        return True
    return who.visitor_id == (signed_id if who.proof in _PROVEN else named_id)


class Assistant:
    """Customer service of one worker process. The file of conversations is made with the first conversation."""

    def __init__(
        self, paths: ShopPaths, setup: assist.AssistSetup, worker: Worker, metrics: Metrics
    ) -> None:
        self.settings = settings = setup.assist
        self.is_attended: Callable[[str, int], bool] = lambda conversation_id, at_us: False
        self._setup = setup
        self._paths, self._worker, self._metrics = paths, worker, metrics
        self._lock = Lock()
        self._service: assist.Service | None = None
        self._opener: assist.PartsOpener | None = None
        self._is_open = Event()
        self._follower = Follower("assist", self._follow, every_ms=_POLL_MS, metrics=metrics)
        self._is_following = False
        self._n_under_way = 0
        self._most = settings.turns_at_once + settings.max_waiting
        self._threads = ThreadPoolExecutor(settings.turns_at_once, thread_name_prefix="assist")

    async def identify(
        self, visitor_id: str, *, shopper_id: str | None, is_signed: bool
    ) -> assist.Identity:
        """Who begins a conversation; see :meth:`Service.identify`."""
        service = self.service()
        return await self._in_thread(
            partial(service.identify, visitor_id, shopper_id=shopper_id, is_signed=is_signed)
        )

    async def start(self, conversation: assist.Conversation) -> assist.Reply:
        """Begin a conversation."""
        return await self._in_thread(lambda: self.service().start(conversation))

    async def say(
        self,
        conversation_id: str,
        message_id: str,
        text: str,
        *,
        page_product_id: str | None,
        language: assist.Language | None,
        client_address: str = "",
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> assist.Said:
        """Answer a message; see :meth:`Service.say`."""
        turn = await self._in_thread(
            partial(
                self.service().say,
                *(conversation_id, message_id, text),
                page_product_id=page_product_id,
                language=language,
                client_address=client_address,
                is_wanted=is_wanted,
            )
        )
        if turn.taken is not None:
            decision, steps = turn.taken.decision, turn.taken.steps
            self._metrics.assist_turns.labels(decision.kind, decision.reason).inc()
            self._metrics.assist_seconds.observe(sum(step.ms for step in steps) / 1_000)
            for step in steps:
                if step.failure:
                    self._metrics.assist_failures.labels(step.stage).inc()
                elif step.stage == "check" and step.note:
                    for reason in step.note.split(", "):
                        self._metrics.assist_held_back.labels(reason).inc()
        return turn

    async def add_feedback(
        self, conversation_id: str, kind: assist.FeedbackKind, message_id: str | None
    ) -> None:
        """Keep what the shopper thinks."""
        store = self.service().store
        await self._in_thread(
            lambda: store.add_feedback(conversation_id, kind, at_us=now_us(), message_id=message_id)
        )
        self._metrics.assist_feedback.labels(kind).inc()

    async def read(self, read: Callable[[assist.ConversationStore], _Made]) -> _Made:
        """Read from the file of conversations, in a thread.

        Raises:
            NotFound: the shop has none yet.
        """
        return await self._in_thread(lambda: read(self.service().store))

    def conversation(
        self, store: assist.ConversationStore, conversation_id: str
    ) -> assist.Conversation:
        """A conversation, unless its visitor asked to be forgotten after it began.

        Raises:
            NotFound: there is none, or its visitor asked.
        """
        found = store.conversation(conversation_id, at_us=now_us())
        receipt = self._worker.erased.request_of(found.identity.visitor_id)
        began_us = store.began_at_us(conversation_id)
        if receipt is not None and began_us <= receipt.requested_at_us:
            raise NotFound(
                "there is no such conversation, or it was erased",
                fix="begin one: POST /v1/assist/conversations",
            )
        return found

    def service(self) -> assist.Service:
        """The service, opened at its first use."""
        with self._lock:
            if self._service is None:
                store = assist.ConversationStore(
                    self._paths.conversations_file,
                    self._worker.pseudonyms.text,
                    pending_us=int(self.settings.pending_minutes * 60_000_000),
                    reserve_bytes=self._worker.reserve_bytes,
                    limits=assist.QueueLimits(
                        by_visitor=self.settings.queue_by_visitor,
                        by_address=self.settings.queue_by_address,
                    ),
                    hashed=self._worker.pseudonyms.hash_of,
                )
                self._service = assist.Service(
                    store, self._parts, clock=now_us, is_attended=self._has_a_person
                )
            return self._service

    def follow(self) -> None:
        """Begin to open the parts, and to follow what they are made of."""
        if self.settings.enabled:
            self._follower.start()
            self._is_following = True

    def suggester(self) -> assist.Suggester | None:
        """What finds answers to suggest to the desk; None: nothing was imported or learned."""
        parts = self._parts()
        if parts.retriever is None:
            return None
        return assist.Suggester(parts.retriever, parts.understander)

    def close(self) -> None:
        """End the threads, then close the files."""
        if self._is_following:
            self._follower.close()
            self._follower.join()
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._service is not None:
            self._service.store.close()
        if self._opener is not None:
            self._opener.close()

    def _parts(self) -> assist.AssistParts:
        """The parts as they are now. The first messages of a process wait for them, for a part of their time."""
        self._is_open.wait(timeout=_OPENED_WITHIN * self.settings.reply_s)
        opener = self._opener
        if opener is None:
            return assist.AssistParts(is_opening=True)
        return opener.parts if self.is_open else replace(opener.parts, is_opening=True)

    def _has_a_person(self, conversation_id: str, at_us: int) -> bool:
        """A file of the desk that cannot be read costs no reply: then the desk counts as empty."""
        try:
            return self.is_attended(conversation_id, at_us)
        except (ShopError, OSError) as error:
            _LOG.warning("customer service does not know who is at the desk: %s", error)
            return False

    @property
    def is_open(self) -> bool:
        """Whether all parts are open."""
        return self._is_open.is_set()

    def _follow(self) -> None:
        """Open what changed: the release, the knowledge, the policy, the orders."""
        if self._opener is None:
            self._opener = assist.PartsOpener(
                self._paths,
                self._setup,
                clock=now_us,
                shelf=WorkerShelf(self._worker),
                products=self._worker.catalog,
                note=lambda outcome: self._metrics.assist_model.labels(outcome).inc(),
            )
        with requests_first():
            release = self._release()
            self._opener.refresh(release)
        if release is not None or read_live(self._paths.bundles) is None:
            self._is_open.set()

    def _release(self) -> assist.AssistRelease | None:
        try:
            state = self._worker.state()
        except NotReady:
            return None
        bundle = self._paths.bundles / state.pair.bundle_id
        return assist.AssistRelease(bundle=bundle, encoders=state.generation.encoders)

    async def _in_thread(self, run: Callable[[], _Made]) -> _Made:
        """
        Raises:
            Overloaded: too many turns are made or wait already.
        """
        if self._n_under_way >= self._most:
            raise Overloaded("too many messages are being answered")
        self._n_under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        finally:
            self._n_under_way -= 1


class WorkerShelf:
    """The catalogue and the search page as customer service asks for them. Searches are pages like others: ranked, logged, and their clicks are learned from."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def product(self, product_id: str) -> Product | None:
        """As the catalogue has it now."""
        return self._worker.catalog.get_many([product_id]).get(product_id)

    def search(
        self, text: str, *, visitor_id: str, language: assist.Language, n: int
    ) -> Sequence[Product]:
        """The first products of the search page; none before anything was released."""
        query = Query(
            query_id=new_id(),
            surface=Surface.SEARCH,
            visitor_id=visitor_id,
            at_us=now_us(),
            query_text=text,
            language=language,
            page_size=n,
        )
        try:
            served = self._worker.page(query, is_continued=False)
        except NotReady:
            return ()
        ids = [placed.product_id for placed in served.page.placed]
        found = self._worker.catalog.get_many(ids)
        return [found[i] for i in ids if i in found]
