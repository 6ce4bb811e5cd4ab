"""Which ads a page may show, by what campaigns ask for: one pass over arrays of campaigns, tables of keywords, then their ads.

A campaign with keywords is for searches that match one of them (and no negative one); without, for every search that finds its products.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ad_context import AdContext
from baihuo.ads.campaign import Campaign, Match
from baihuo.ads.keywords import tokens
from baihuo.ads.store import BrandSafety
from baihuo.core import CATEGORY_SEPARATOR, Surface
from baihuo.index import Generation

_NEAR = 0.80  # cosine of a search with a broad keyword that means the same
_N_TOP = 6  # organic products whose categories are those of a search


@dataclass(frozen=True, slots=True)
class PageTarget:
    """A page as campaigns see it."""

    surface: Surface
    at_us: int
    hour: int  # 0-23, in the time zone of the shop
    query_text: str = ""
    categories: tuple[tuple[str, ...], ...] = ()  # paths of the page
    audiences: frozenset[str] = frozenset()
    is_contextual: bool = False  # campaigns for audiences are left out


class AdIndex:
    """The ads of campaigns: ``campaign_row`` and ``product_rows``, ``[ads]``, ads of a campaign side by side."""

    def __init__(
        self, campaigns: Sequence[Campaign], safety: BrandSafety, generation: Generation
    ) -> None:
        """
        Args:
            safety: Campaigns with a banned word and products of a banned category are left out.
        """
        self.campaigns, self._safety, self._generation = campaigns, safety, generation
        self.campaign_row = np.repeat(
            np.arange(len(campaigns), dtype=np.int32), [len(c.product_ids) for c in campaigns]
        )
        self._product_ids = [i for c in campaigns for i in c.product_ids]
        self.product_rows = np.empty(0, dtype=np.int32)
        self._version = -1
        self.follow()
        surfaces = [set(c.targeting.surfaces) for c in campaigns]
        self._on = {
            s: np.array(
                [
                    s in chosen
                    or (not chosen and (s is Surface.SEARCH or not _asks_keywords(campaign)))
                    for chosen, campaign in zip(surfaces, campaigns, strict=True)
                ],
                dtype=bool,
            )
            for s in Surface
        }
        hours = [c.targeting.hours or range(24) for c in campaigns]
        self._at_hour = np.array([[h in of for h in range(24)] for of in hours], dtype=bool)
        self._starts = np.array([c.starts_at_us for c in campaigns], dtype=np.int64)
        never = np.iinfo(np.int64).max
        self._ends = np.array([c.ends_at_us or never for c in campaigns], dtype=np.int64)
        self._is_banned = np.array([bool(safety.banned_in(c)) for c in campaigns], dtype=bool)
        self._for_audience = np.array([bool(c.targeting.audiences) for c in campaigns], dtype=bool)
        self._audiences = _rows_by(campaigns, lambda c: c.targeting.audiences)
        self._for_category = np.array([bool(c.targeting.categories) for c in campaigns], dtype=bool)
        self._categories = _rows_by(campaigns, lambda c: c.targeting.categories)
        self._for_keyword = np.array([_asks_keywords(c) for c in campaigns], dtype=bool)
        self._positive = _Keywords(campaigns, generation, is_negative=False)
        self._negative = _Keywords(campaigns, generation, is_negative=True)

    def is_behind(self) -> bool:
        """Whether the catalogue changed since the last :meth:`follow`."""
        return self._version != self._generation.snapshot.content_version

    def follow(self) -> None:
        """Find the ads' products in the index as it is now."""
        snapshot, row_of = self._generation.snapshot, self._generation.row_of
        rows = np.array([row_of.get(i, -1) for i in self._product_ids], dtype=np.int32)
        if self._safety.categories:
            banned = [bool(self._safety.banned_category(p)) for p in snapshot.category_names]
            codes = np.where(rows >= 0, snapshot.category_code[rows], -1)
            rows[np.append(banned, False)[codes]] = -1
        self.product_rows, self._version = rows, snapshot.content_version

    def eligible(self, context: AdContext) -> NDArray[np.intp]:
        """Ads whose campaign asks for this page."""
        fits = self.fitting(target_of(context, self._generation))
        return np.flatnonzero(fits[self.campaign_row])

    def fitting(self, page: PageTarget) -> NDArray[np.bool_]:
        """Which campaigns ask for such a page, ``[campaigns]``."""
        fits = self._on[page.surface] & self._at_hour[:, page.hour] & ~self._is_banned
        fits &= (self._starts <= page.at_us) & (page.at_us < self._ends)
        if self._for_audience.any():
            known = () if page.is_contextual else page.audiences
            fits &= ~self._for_audience | self._of(self._audiences, known)
        if self._for_category.any():
            prefixes = {
                CATEGORY_SEPARATOR.join(path[: i + 1])
                for path in page.categories
                for i in range(len(path))
            }
            fits &= ~self._for_category | self._of(self._categories, prefixes)
        if page.surface is Surface.SEARCH and self._for_keyword.any():
            fits &= ~self._for_keyword | self._positive.matching(page.query_text)
        if page.surface is Surface.SEARCH:
            fits &= ~self._negative.matching(page.query_text)
        return fits

    def _of(self, rows_by: dict[str, NDArray[np.intp]], values: Iterable[str]) -> NDArray[np.bool_]:
        found = np.zeros(len(self.campaigns), dtype=bool)
        for value in values:
            if (rows := rows_by.get(value)) is not None:
                found[rows] = True
        return found


class _Keywords:
    """The keywords of campaigns of one sign, by their words."""

    def __init__(
        self, campaigns: Sequence[Campaign], generation: Generation, *, is_negative: bool
    ) -> None:
        self._n, self._generation = len(campaigns), generation
        exact: dict[tuple[str, ...], list[int]] = defaultdict(list)
        phrase: dict[tuple[str, ...], list[int]] = defaultdict(list)
        broad: dict[str, list[tuple[frozenset[str], int]]] = defaultdict(list)
        near: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row, campaign in enumerate(campaigns):
            for keyword in campaign.targeting.keywords:
                if keyword.is_negative is not is_negative:
                    continue
                words = tokens(keyword.text)
                if keyword.match is Match.EXACT:
                    exact[words].append(row)
                elif keyword.match is Match.PHRASE:
                    phrase[words].append(row)
                else:
                    # Found by its longest word, which few searches have.
                    broad[max(words, key=len)].append((frozenset(words), row))
                    if not is_negative:  # a search that only means the same is not refused
                        near[generation.encoder_of(keyword.text)].append((keyword.text, row))
        self._exact, self._phrase, self._broad = dict(exact), dict(phrase), dict(broad)
        self._longest = max(map(len, phrase), default=0)
        self._near = {
            encoder: (
                np.stack([generation.encode_query(text) for text, _ in pairs]),
                np.array([row for _, row in pairs]),
            )
            for encoder, pairs in near.items()
        }
        self.is_empty = not (exact or phrase or broad)

    def matching(self, query_text: str) -> NDArray[np.bool_]:
        """Which campaigns have a keyword of this search, ``[campaigns]``."""
        found = np.zeros(self._n, dtype=bool)
        words = tokens(query_text) if query_text and not self.is_empty else ()
        if not words:
            return found
        found[self._exact.get(words, [])] = True
        for n in range(1, min(self._longest, len(words)) + 1):
            for i in range(len(words) - n + 1):
                found[self._phrase.get(words[i : i + n], [])] = True
        known = frozenset(words)
        for word in known:
            found[[row for asked, row in self._broad.get(word, ()) if asked <= known]] = True
        if self._near:
            near = self._near.get(self._generation.encoder_of(query_text))
            if near is not None:
                vectors, rows = near
                found[rows[vectors @ self._generation.encode_query(query_text) >= _NEAR]] = True
        return found


def target_of(context: AdContext, generation: Generation) -> PageTarget:
    """Return the page as campaigns see it. The categories of a search are those of its filter, else of its first products."""
    query, snapshot = context.query, generation.snapshot
    rows = [context.anchor_row] if context.anchor_row >= 0 else []
    if query.surface is Surface.SEARCH and query.filters.category:
        categories: set[tuple[str, ...]] = {query.filters.category}
    else:
        if query.surface is Surface.SEARCH:
            rows = [row for row in list(context.organic)[:_N_TOP] if row >= 0]
        codes = {int(snapshot.category_code[row]) for row in rows}
        categories = {tuple(snapshot.category_names[code]) for code in codes if code >= 0}
    return PageTarget(
        surface=query.surface,
        at_us=query.at_us,
        hour=context.hour,
        query_text=query.query_text,
        categories=tuple(categories),
        audiences=context.audiences,
        is_contextual=context.is_contextual,
    )


def _asks_keywords(campaign: Campaign) -> bool:
    return any(not keyword.is_negative for keyword in campaign.targeting.keywords)


def _rows_by(
    campaigns: Sequence[Campaign], values: Callable[[Campaign], Sequence[str]]
) -> dict[str, NDArray[np.intp]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, campaign in enumerate(campaigns):
        for value in values(campaign):
            rows[value].append(row)
    return {value: np.array(found, dtype=np.intp) for value, found in rows.items()}
