"""The parts of a turn, opened from a shop's files. Whatever the shop does not have, a turn does without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from baihuo.assist.conversation import AssistParts, Finds
from baihuo.assist.decide import DEFAULT_THRESHOLDS, Thresholds, read_thresholds
from baihuo.assist.goods import GoodsPassages, Shelf
from baihuo.assist.settings import AssistSettings
from baihuo.assist.turns import Passage, Turn, Understanding

PART = "assist"
"""The folder of a bundle with what customer service learned."""


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Passages of the shop's knowledge and of its products."""

    knowledge: Finds | None = None
    goods: GoodsPassages | None = None

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        """Those of the knowledge first, then facts of the product that is talked about, then products that are described."""
        found: list[Passage] = []
        if self.knowledge is not None:
            found += self.knowledge.find(turn, understanding)
        if self.goods is not None:
            if understanding.product_id is not None:
                found += self.goods.of_product(
                    understanding.product_id, understanding.language, turn.text
                )
            known = {p.source_id for p in found}
            searched = self.goods.find_products(turn, understanding)
            found += [p for p in searched if p.source_id not in known]
        return tuple(found)


def thresholds_of(settings: AssistSettings, learned: Path | None) -> Thresholds:
    """The shop's own, else what training found, else the defaults."""
    found = DEFAULT_THRESHOLDS if learned is None else read_thresholds(learned)
    if settings.answer_from is None:
        return found
    return replace(found, answer_from=settings.answer_from)


def open_parts(
    settings: AssistSettings,
    *,
    clock: Callable[[], int],
    shelf: Shelf | None = None,
    learned: Path | None = None,
) -> AssistParts:
    """What turns of a shop are made with.

    Args:
        clock: our clock, in microseconds.
        shelf: the catalogue and the search page; None: nothing is served.
        learned: the folder :data:`PART` of the live bundle; None: nothing was learned.
    """
    goods = None if shelf is None else GoodsPassages(shelf=shelf, clock=clock)
    return AssistParts(
        retriever=Finder(goods=goods),
        thresholds=thresholds_of(settings, learned),
        has_desk=settings.has_desk,
        contact=settings.contact,
        reply_s=settings.reply_s,
    )
