"""The ads of running campaigns over an index: their products' rows, and which of them a page may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ad_context import AdContext
from baihuo.ads.audiences import Audiences
from baihuo.ads.campaign import Campaign
from baihuo.ads.columns import codes
from baihuo.ads.settings import Audience
from baihuo.ads.store import BrandSafety
from baihuo.ads.targeting import CompiledTargeting, PageContext, broad_texts
from baihuo.core import is_latin
from baihuo.index import Generation

_N_TOP = 6  # most relevant products, whose categories are those of a search


class AdTable:
    """Ads, an entry each: ``campaign_row`` and ``product_rows``, ``[ads]``; rows of products are -1 where the index has none.
    ``advertiser_row``: ``[campaigns]``."""

    def __init__(
        self,
        campaigns: Sequence[Campaign],
        safety: BrandSafety,
        generation: Generation,
        *,
        audiences: Mapping[str, Audience],
    ) -> None:
        """
        Args:
            safety: What the shop bans.
            audiences: Of the shop; those that no campaign asks for are not looked for.
        """
        asked = {name for campaign in campaigns for name in campaign.targeting.audiences}
        self._asked = {name: of for name, of in audiences.items() if name in asked}
        self._generation = generation
        snapshot, row_of = generation.snapshot, generation.row_of
        paths: dict[str, Sequence[str]] = {}
        if safety.categories:
            for product_id in {p for c in campaigns for p in c.product_ids}:
                row = row_of.get(product_id, -1)
                code = snapshot.category_code[row] if row >= 0 else -1
                paths[product_id] = snapshot.category_names[code] if code >= 0 else ()
        texts = {latin: broad_texts(campaigns, latin=latin) for latin in (True, False)}
        self._reads_vectors = {latin for latin, of in texts.items() if of}
        self.targeting = CompiledTargeting(
            campaigns,
            categories=paths,
            safety=safety,
            vectors={
                latin: np.stack([generation.encode_query(text) for text in texts[latin]])
                for latin in self._reads_vectors
            },
        )
        self.campaign_row = self.targeting.campaign_row
        self.advertiser_row = codes(np.array([c.advertiser_id for c in campaigns], dtype=object))[0]
        self.product_rows = np.empty(0, dtype=np.int32)
        self._version = -1
        self.follow()

    def is_behind(self) -> bool:
        """Whether the catalogue changed since the last :meth:`follow`."""
        return self._version != self._generation.snapshot.content_version

    def follow(self) -> None:
        """Find the ads' products in the index as it is now."""
        version, row_of = self._generation.snapshot.content_version, self._generation.row_of
        rows = [row_of.get(product_id, -1) for product_id in self.targeting.product_ids]
        self.audiences = Audiences(self._asked, self._generation.snapshot) if self._asked else None
        self.product_rows, self._version = np.array(rows, dtype=np.int32), version

    def eligible(self, context: AdContext) -> NDArray[np.intp]:
        """Ads whose campaign asks for this page and visitor."""
        return self.targeting.eligible(self.page(context))

    def reasons(self, campaign_row: int, context: AdContext) -> tuple[str, ...]:
        """Why a campaign is not for this page and visitor; empty: it is."""
        campaign_id = self.targeting.campaigns[campaign_row].campaign_id
        return self.targeting.reasons(campaign_id, self.page(context))

    def page(self, context: AdContext) -> PageContext:
        """The page as campaigns see it. The categories of a search are those of its filter, else of its most relevant products."""
        query, snapshot = context.query, self._generation.snapshot
        if query.filters.category:
            categories: set[tuple[str, ...]] = {query.filters.category}
        else:
            rows = [context.anchor_row]
            if context.answer is not None:
                rows = context.answer.rows[:_N_TOP].tolist()
            codes = {int(snapshot.category_code[row]) for row in rows if row >= 0}
            categories = {tuple(snapshot.category_names[code]) for code in codes if code >= 0}
        text, vector = query.query_text, None
        if text and is_latin(text) in self._reads_vectors:
            vector = self._generation.encode_query(text)
        return PageContext(
            surface=str(query.surface),
            at_us=query.at_us,
            hour=context.hour,
            query_text=text,
            query_vector=vector,
            categories=tuple(categories),
            audiences=frozenset()
            if self.audiences is None or context.is_contextual
            else self.audiences.of(context),
            has_consent=not context.is_contextual,
        )
