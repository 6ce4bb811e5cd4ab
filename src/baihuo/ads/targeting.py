"""Which ads may be shown on a page: campaigns compiled into masks and inverted lists, so that a page looks at none of them one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.campaign import Campaign, Match
from baihuo.ads.keywords import tokens
from baihuo.ads.store import BrandSafety
from baihuo.core import CATEGORY_SEPARATOR, Surface, is_latin
from baihuo.index import Int8Vectors

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Rows = NDArray[np.int32]
_HOURS = 24
Key = TypeVar("Key")


class NotEligible(StrEnum):
    """Why an ad may not be shown on a page; the first that holds is named."""

    BANNED = "banned"  # the shop banned the product's category, or a word of the campaign
    NOT_YET = "not_yet"
    ENDED = "ended"
    HOUR = "hour"
    SURFACE = "surface"
    CATEGORY = "category"
    NO_CONSENT = "no_consent"  # it asks for an audience
    AUDIENCE = "audience"
    KEYWORD = "keyword"  # no keyword matches the search
    NEGATIVE_KEYWORD = "negative_keyword"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What targeting reads of a page and its visitor."""

    surface: str
    at_us: int  # UTC
    hour: int  # 0-23, in the time zone of the shop
    query_text: str = ""
    query_vector: Floats | None = None  # [dim], length 1, of the encoder of its script
    categories: tuple[tuple[str, ...], ...] = ()  # paths of the page: its filter, its product
    audiences: frozenset[str] = frozenset()  # of the visitor
    has_consent: bool = False  # False: contextual ads only


def broad_texts(campaigns: Iterable[Campaign], *, latin: bool) -> list[str]:
    """The distinct texts of broad keywords of a script, each with its own encoder, sorted: what ``vectors`` of
    :class:`CompiledTargeting` are of."""
    texts = {
        k.text
        for campaign in campaigns
        for k in campaign.targeting.keywords
        if k.match is Match.BROAD and not k.is_negative and is_latin(k.text) is latin
    }
    return sorted(texts)


class CompiledTargeting:
    """The ads of some campaigns, an ad a product of a campaign, in the order given. Immutable; any thread may use it.

    A broad keyword matches a search that has all of its words in any order, or means the same by the encoder; a negative one never
    goes by meaning: an advertiser must be able to tell what it excludes.
    """

    def __init__(
        self,
        campaigns: Sequence[Campaign],
        *,
        categories: Mapping[str, Sequence[str]] | None = None,
        safety: BrandSafety | None = None,
        vectors: Mapping[bool, Floats] | None = None,
        least_cosine: float = 0.7,
    ) -> None:
        """
        Args:
            campaigns: Those that run (``CampaignStore.changes``).
            categories: The category path of each product; only bans read it.
            safety: What the shop bans.
            vectors: ``[texts, dim]``, length 1, of :func:`broad_texts` of Latin script (True) and others (False).
            least_cosine: From which cosine on a search means the same as a broad keyword.
        """
        self.campaigns = tuple(campaigns)
        n = len(self.campaigns)
        sizes = [len(c.product_ids) for c in campaigns]
        self.campaign_row = np.repeat(np.arange(n, dtype=np.int32), sizes)  # [ads]
        self.product_ids = tuple(p for c in campaigns for p in c.product_ids)  # [ads]
        self._sizes, self._starts = np.array(sizes, np.intp), np.cumsum([0, *sizes[:-1]])
        self._row_of = {c.campaign_id: row for row, c in enumerate(campaigns)}
        safety = safety or BrandSafety()
        self._is_banned = np.array([bool(safety.banned_in(c)) for c in campaigns], np.bool_)
        paths = categories if categories and safety.categories else {}
        banned = {p for p, path in paths.items() if safety.banned_category(path)}
        self._is_banned_ad = np.array([p in banned for p in self.product_ids], np.bool_)
        self._has_banned_ads = bool(banned)
        self._starts_at = np.array([c.starts_at_us for c in campaigns], np.int64)
        never = np.iinfo(np.int64).max
        self._ends_at = np.array(
            [never if c.ends_at_us is None else c.ends_at_us for c in campaigns], np.int64
        )
        targets = [c.targeting for c in campaigns]
        self._hours = np.ones((_HOURS, n), np.bool_)
        for row, target in enumerate(targets):
            if target.hours:
                self._hours[:, row] = False
                self._hours[list(target.hours), row] = True
        self._surfaces = _Lists(_surfaces(c) for c in campaigns)
        self._categories = _Lists(t.categories for t in targets)
        self._audiences = _Lists(t.audiences for t in targets)
        self._has_keywords = np.array(
            [any(not k.is_negative for k in t.keywords) for t in targets], np.bool_
        )
        self._asked = _Keywords(self.campaigns, is_negative=False)
        self._refused = _Keywords(self.campaigns, is_negative=True)
        self._broad = {
            latin: (
                Int8Vectors.of(np.asarray(given, np.float32)),
                broad_texts(campaigns, latin=latin),
            )
            for latin, given in (vectors or {}).items()
            if len(given)
        }
        self._least_cosine = least_cosine

    def __len__(self) -> int:
        return len(self.product_ids)

    def eligible(self, page: PageContext) -> NDArray[np.intp]:
        """The rows of ads that may be shown on a page, increasing."""
        is_out = np.zeros(len(self.campaigns), np.bool_)
        for _, fails in self._failures(page):
            is_out |= fails
        rows = np.flatnonzero(~is_out)
        sizes = self._sizes[rows]
        # The ads of a campaign stand side by side: each run of rows begins at its campaign's first.
        before = np.cumsum(sizes) - sizes
        ads = np.repeat(self._starts[rows] - before, sizes) + np.arange(sizes.sum())
        return ads[~self._is_banned_ad[ads]] if self._has_banned_ads else ads

    def reasons(self, campaign_id: str, page: PageContext) -> tuple[NotEligible, ...]:
        """All reasons why a campaign is not eligible, whatever its products; empty: it is.

        Raises:
            KeyError: it does not run.
        """
        row = self._row_of[campaign_id]
        return tuple(reason for reason, fails in self._failures(page) if fails[row])

    def _failures(self, page: PageContext) -> Iterator[tuple[NotEligible, Mask]]:
        """Reasons with the campaigns that each excludes: ``[campaigns]``."""
        if self._is_banned.any():
            yield NotEligible.BANNED, self._is_banned
        yield NotEligible.NOT_YET, self._starts_at > page.at_us
        yield NotEligible.ENDED, self._ends_at <= page.at_us
        yield NotEligible.HOUR, ~self._hours[page.hour]
        yield NotEligible.SURFACE, self._surfaces.without((page.surface,))
        above = {
            CATEGORY_SEPARATOR.join(path[: i + 1])
            for path in page.categories
            for i in range(len(path))
        }
        yield NotEligible.CATEGORY, self._categories.without(above)
        if not page.has_consent:
            yield NotEligible.NO_CONSENT, ~self._audiences.is_empty
        else:
            yield NotEligible.AUDIENCE, self._audiences.without(page.audiences)
        if page.surface == Surface.SEARCH:
            words = tokens(page.query_text)
            lacking = self._has_keywords.copy()
            for rows in (*self._asked.matches(words), *self._near(page)):
                lacking[rows] = False
            yield NotEligible.KEYWORD, lacking
            refused = np.zeros(len(self.campaigns), np.bool_)
            for rows in self._refused.matches(words):
                refused[rows] = True
            yield NotEligible.NEGATIVE_KEYWORD, refused

    def _near(self, page: PageContext) -> Iterator[_Rows]:
        """Campaigns with a broad keyword that means what was searched for."""
        space = self._broad.get(is_latin(page.query_text))
        if space is None or page.query_vector is None or not page.query_text.strip():
            return
        vectors, texts = space
        near = vectors.dot(page.query_vector) >= self._least_cosine
        yield from (self._asked.texts[texts[i]] for i in np.flatnonzero(near).tolist())


def _surfaces(campaign: Campaign) -> tuple[str, ...]:
    """Keywords are about searches: without surfaces they mean searches only."""
    target = campaign.targeting
    is_asking = any(not k.is_negative for k in target.keywords)
    return target.surfaces or ((str(Surface.SEARCH),) if is_asking else ())


class _Lists:
    """Campaigns by the values of one field, alternatives of each other; a campaign without values takes any."""

    def __init__(self, values: Iterable[Sequence[str]]) -> None:
        rows: dict[str, list[int]] = defaultdict(list)
        is_empty = []
        for row, given in enumerate(values):
            is_empty.append(not given)
            for value in given:
                rows[value].append(row)
        self.is_empty = np.array(is_empty, np.bool_)
        self._rows = {value: np.array(found, np.int32) for value, found in rows.items()}

    def without(self, values: Iterable[str]) -> Mask:
        """Campaigns that ask for something else than any of ``values``."""
        lacking = ~self.is_empty
        for value in values:
            if value in self._rows:
                lacking[self._rows[value]] = False
        return lacking


class _Keywords:
    """The keywords of campaigns, by their words: a search looks up its runs of words, whatever the number of keywords."""

    def __init__(self, campaigns: Sequence[Campaign], *, is_negative: bool) -> None:
        exact: dict[tuple[str, ...], list[int]] = defaultdict(list)
        phrase: dict[tuple[str, ...], list[int]] = defaultdict(list)
        broad: dict[frozenset[str], list[int]] = defaultdict(list)
        texts: dict[str, list[int]] = defaultdict(list)
        for row, campaign in enumerate(campaigns):
            for keyword in campaign.targeting.keywords:
                words = tokens(keyword.text)
                if keyword.is_negative is not is_negative:
                    continue
                if keyword.match is Match.BROAD:
                    broad[frozenset(words)].append(row)
                    texts[keyword.text].append(row)
                else:
                    (exact if keyword.match is Match.EXACT else phrase)[words].append(row)
        self._exact, self._phrase = _arrays(exact), _arrays(phrase)
        self.texts = _arrays(texts)  # of broad keywords
        self._longest = max(map(len, phrase), default=0)
        # Each broad keyword is looked up by the one of its words that fewest others have.
        n_with: dict[str, int] = defaultdict(int)
        for words_of in broad:
            for word in words_of:
                n_with[word] += 1
        self._broad: dict[str, list[tuple[frozenset[str], _Rows]]] = defaultdict(list)
        for needed, rows in _arrays(broad).items():
            rarest = min(needed, key=lambda word: (n_with[word], word))
            self._broad[rarest].append((needed, rows))

    def matches(self, words: tuple[str, ...]) -> Iterator[_Rows]:
        """Campaigns of keywords that match the words of a search."""
        if words in self._exact:
            yield self._exact[words]
        if self._phrase:
            for start in range(len(words)):
                for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                    rows = self._phrase.get(words[start:end])
                    if rows is not None:
                        yield rows
        given = frozenset(words)
        for word in given if self._broad else ():
            for needed, rows in self._broad.get(word, ()):
                if needed <= given:
                    yield rows


def _arrays(lists: Mapping[Key, list[int]]) -> dict[Key, _Rows]:
    return {key: np.array(rows, np.int32) for key, rows in lists.items()}
