"""The parts of a turn, opened from a shop's files, and again where a file changed. What the shop does not have, a turn does without."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from baihuo.assist.act.opening import OpenActs, open_acts
from baihuo.assist.check import WordsCheck
from baihuo.assist.compose.rephrasing import open_rephraser
from baihuo.assist.conversation import AssistParts, Finds
from baihuo.assist.decide import DEFAULT_THRESHOLDS, Thresholds, read_thresholds
from baihuo.assist.goods import GoodsPassages, Shelf
from baihuo.assist.goods.facts import title_of
from baihuo.assist.goods.words import looks_for
from baihuo.assist.knowledge.reviews import ProductReviews, ReviewFile
from baihuo.assist.knowledge.store import KnowledgeStore
from baihuo.assist.learning.chinese_sounds import sounds_for
from baihuo.assist.orders.catalog_offers import Products
from baihuo.assist.policy.topics import RULE_WORDS, topic_of
from baihuo.assist.retrieve.agreement import IntentOf, agreed, remembered
from baihuo.assist.retrieve.opening import Writing, open_retriever
from baihuo.assist.retrieve.policy_passages import PolicyPassages, policy_passages
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.settings import AssistSettings, AssistSetup
from baihuo.assist.turns import Language, Passage, PassageKind, Turn, Understanding
from baihuo.assist.understand.text_features import Sounds
from baihuo.assist.understand.understander import Understander
from baihuo.core import ShopError, ShopPaths
from baihuo.encode import Encoders, VectorCache

_LOG = logging.getLogger(__name__)
PART: Final = "assist"
"""The folder of a bundle with what customer service learned."""
_SURELY = 0.9
_SAYS_ALL = (PassageKind.POLICY, PassageKind.REVIEW)
_UNDERSTANDING, _ANSWERS = "understanding", "answers"


@dataclass(frozen=True, kw_only=True)
class AssistRelease:
    """What serves now."""

    bundle: Path
    encoders: Encoders


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Passages of the shop's knowledge, of its policy and of its products."""

    knowledge: Finds | None = None
    goods: GoodsPassages | None = None
    policy: PolicyPassages | None = None
    intent_of: IntentOf | None = None

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        """Those of the knowledge and the policy first, then facts of the product that is talked about, then products that are
        described."""
        found: list[Passage] = []
        if self.knowledge is not None:
            of_knowledge = self.knowledge.find(turn, understanding)
            found += agreed(of_knowledge, understanding, self.intent_of)
        if self.policy is not None:
            names_order = any(e.kind == "order_id" for e in understanding.entities)
            asked = (
                "" if names_order else self._read(turn, understanding)
            )  # else its own state answers
            product = None if self.goods is None else self.goods.spoken_of(turn, understanding)
            found = self.policy.beside(found, asked, understanding.language, product)
        if self.goods is not None:
            about = understanding.product_id
            if about is None and self.goods.page_is_meant(turn):
                about = turn.conversation.page_product_id
            if about is not None:
                found += self.goods.of_product(about, understanding.language, turn.text)
            if not _is_answered(found, turn):
                known = {p.source_id for p in found}
                searched = self.goods.find_products(turn, understanding)
                found += [p for p in searched if p.source_id not in known]
        return tuple(found)

    def _read(self, turn: Turn, understanding: Understanding) -> str:
        """The message, as the knowledge writes where it asks for nothing of the policy as it was typed."""
        if topic_of(turn.text) is None and isinstance(self.knowledge, Retriever):
            return self.knowledge.read(turn.text, understanding.language)
        return turn.text


def _is_answered(found: list[Passage], turn: Turn) -> bool:
    """Whether the knowledge surely answers, and nothing is looked for: then no page is made. "Do you have this in blue?" is answered
    by the variants."""
    surely = [p for p in found if (p.p_right or 0.0) >= _SURELY]
    if looks_for(turn.text):
        surely = [p for p in surely if p.kind in _SAYS_ALL or p.source_id.endswith("#variant")]
    return bool(surely)


class PartsOpener:
    """Opens the parts of a shop's turns. For one thread; the parts themselves may be used by many.

    A part that cannot be opened is left out, or stays as it was, and the log says why once: the others go on.
    """

    def __init__(
        self,
        paths: ShopPaths,
        setup: AssistSetup,
        *,
        clock: Callable[[], int],
        shelf: Shelf | None = None,
        products: Products | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """
        Args:
            clock: our clock, in microseconds.
            shelf: the catalogue and the search page; None: nothing is served.
            products: the catalogue, for what is sold now.
            note: called with each outcome of the generative model.

        Raises:
            BadInput: ``assist_llm.address`` is no address.
        """
        self._paths, self._setup, self._clock = paths, setup, clock
        self._shelf, self._products = shelf, products
        settings = setup.assist
        self._reviews: ReviewFile | None = None
        goods = None
        if shelf is not None:
            goods = GoodsPassages(shelf=shelf, clock=clock, reviews=self._reviews_of)
        self._goods = goods
        self._made_of: dict[str, object] = {}
        self._problems: dict[str, str] = {}
        self._acts: list[OpenActs] = []  # the last one serves; turns may still use those before it
        self._store: KnowledgeStore | None = None
        self._intent_of: IntentOf | None = None
        self.parts = AssistParts(
            understander=Understander.untrained(title_of=self._title),
            retriever=Finder(goods=goods),
            rephraser=open_rephraser(setup.llm, key=setup.llm_key, note=note),
            checker=WordsCheck(),
            thresholds=_thresholds(settings, None),
            has_desk=settings.has_desk,
            contact=settings.contact,
            reply_s=settings.reply_s,
        )

    def refresh(self, release: AssistRelease | None) -> AssistParts:
        """Open what changed since the last call, and return the parts. Costs next to nothing where nothing changed."""
        learned = None if release is None else release.bundle / PART
        if learned is not None and not learned.is_dir():
            learned = None
        self._open("reviews", self._paths.reviews_file.exists(), self._open_reviews)
        self._open("acts", self._stamp_of_acts(), self._open_acts)
        self._open("understanding", learned, lambda: self._open_understanding(learned))
        self._open(
            "knowledge",
            (
                self._edition(),
                _mtime(self._paths.policy_file),
                None if release is None else release.bundle,
            ),
            lambda: self._open_knowledge(release, learned),
        )
        return self.parts

    def close(self) -> None:
        """Close all files."""
        for acts in self._acts:
            acts.close()
        if self._store is not None:
            self._store.close()
        if self._reviews is not None:
            self._reviews.close()

    def _open(self, what: str, made_of: object, open_it: Callable[[], None]) -> None:
        if what in self._made_of and self._made_of[what] == made_of:
            return
        try:
            open_it()
        except ShopError as error:
            if self._problems.get(what) != str(error):
                _LOG.warning("customer service goes on without new %s: %s", what, error)
            self._problems[what] = str(error)
            return  # tried again with the next call
        self._made_of[what] = made_of
        self._problems.pop(what, None)

    def _stamp_of_acts(self) -> object:
        return (self._paths.orders_file.exists(), _mtime(self._paths.policy_file))

    def _open_reviews(self) -> None:
        if self._reviews is None and self._paths.reviews_file.exists():
            self._reviews = ReviewFile(self._paths.reviews_file)

    def _reviews_of(self, product_id: str) -> ProductReviews | None:
        return None if self._reviews is None else self._reviews.of_product(product_id)

    def _open_acts(self) -> None:
        if self._setup.orders.address is None and not self._paths.orders_file.exists():
            return
        acts = open_acts(self._paths, self._setup.orders, products=self._products)
        self._acts.append(acts)
        self.parts = replace(self.parts, tools=acts.tools, identifier=acts.identification)

    def _open_understanding(self, learned: Path | None) -> None:
        settings = self._setup.assist
        understander = Understander.untrained(title_of=self._title)
        if learned is not None and (learned / _UNDERSTANDING).is_dir():
            understander = Understander.open(learned / _UNDERSTANDING, title_of=self._title)
        thresholds = _thresholds(settings, learned)
        reads = understander.messages is not None
        self._intent_of = remembered(understander.intent_of) if reads else None
        finder = self.parts.retriever
        if isinstance(finder, Finder):
            finder = replace(finder, intent_of=self._intent_of)
        self.parts = replace(
            self.parts, understander=understander, thresholds=thresholds, retriever=finder
        )

    def _edition(self) -> int | None:
        if not self._paths.knowledge_file.exists():
            return None
        if self._store is None:
            self._store = KnowledgeStore(self._paths.knowledge_file)
        return self._store.edition

    def _open_knowledge(self, release: AssistRelease | None, learned: Path | None) -> None:
        knowledge: Finds | None = None
        policy = policy_passages(self._paths.policy_file)
        more = () if policy is None else policy.entries()
        if release is not None and (self._store is not None or more):
            models = None if learned is None else learned / _ANSWERS
            cache = VectorCache(self._paths.vectors)
            try:
                knowledge = open_retriever(
                    self._store,
                    release.encoders,
                    models=models,
                    cache=cache,
                    more=more,
                    writing=Writing(self._sounds, (RULE_WORDS,)),
                )
            finally:
                cache.close()
        finder = Finder(
            knowledge=knowledge, goods=self._goods, policy=policy, intent_of=self._intent_of
        )
        self.parts = replace(self.parts, retriever=finder)

    def _sounds(self, texts: Iterable[str]) -> Sounds:
        """Those that were learned with the messages; else looked up, which takes half a second."""
        understander = self.parts.understander
        if isinstance(understander, Understander) and understander.messages is not None:
            learned = understander.messages.sounds
            if learned.of:
                return learned
        return sounds_for(texts)

    def _title(self, product_id: str, language: Language) -> str | None:
        product = None if self._shelf is None else self._shelf.product(product_id)
        return None if product is None else title_of(product, language)


def _thresholds(settings: AssistSettings, learned: Path | None) -> Thresholds:
    """The shop's own, else what training found, else the defaults."""
    found = DEFAULT_THRESHOLDS if learned is None else read_thresholds(learned)
    if settings.answer_from is None:
        return found
    return replace(found, answer_from=settings.answer_from, answer_from_zh=None)


def _mtime(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
