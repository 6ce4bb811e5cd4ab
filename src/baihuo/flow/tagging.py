"""The tagger of a shop: learned from tagged titles, read for products without a brand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from baihuo import tag
from baihuo.core import NotFound, Progress, fold, no_progress
from baihuo.flow.resources import catalogue_of
from baihuo.settings import Shop
from baihuo.tag import FoundPart, Tagger


@dataclass(frozen=True, slots=True)
class BrandNote:
    """A brand that stands in the title of a product without one, and what speaks for it."""

    product_id: str
    title: str
    brand: str
    probability: float  # of the least sure character
    n_products: int  # of the catalogue that have this brand as theirs
    n_titles: int  # of products without a brand in which it was found, this one too


def train_tagger(
    shop: Shop, file: Path | None, *, dev: Path | None = None, progress: Progress = no_progress
) -> Tagger:
    """tag: learn from a file of tagged titles, or from the shop's own titles with their brands and models; stored in the shop.

    Raises:
        NotFound: no such file, or no catalogue yet.
        BadInput: a line is wrong, or there are too few titles.
    """
    titles = tag.titles_of(catalogue_of(shop)) if file is None else None
    if titles is None:
        assert file is not None
        titles = tag.read_tagged_titles(file)
    tested_on = tag.read_tagged_titles(dev) if dev else ()
    known = {t.text for t in titles}
    unseen = [t for t in tested_on if t.text not in known]
    tagger = tag.train_tagger(
        titles,
        tested_on=unseen or tested_on,
        cut=tag.BRAND if file is None else "",
        progress=progress,
    )
    tag.write_tagger(shop.tagger, tagger)
    return tagger


def tag_text(shop: Shop, text: str) -> list[FoundPart]:
    """tag: the parts of a title.

    Raises:
        NotFound: no tagger was trained.
    """
    return _tagger(shop).tag(text)


def brand_notes(shop: Shop, *, least: float, progress: Progress = no_progress) -> list[BrandNote]:
    """tag: the brands in the titles of products without one, the surest first. Nothing is changed.

    Args:
        least: probability, 0 to 1, below which a brand is not named.

    Raises:
        NotFound: no tagger was trained, or no catalogue yet.
    """
    tagger, products = _tagger(shop), catalogue_of(shop)
    known = Counter(fold(p.brand) for p in products if p.brand)
    without = [p for p in products if not p.brand]
    found: list[tuple[str, str, FoundPart]] = []
    for number, product in enumerate(without, start=1):
        titles = [t for t in (product.title_zh, product.title_en) if t]
        parts = [(t, p) for t in titles for p in tagger.tag(t) if p.tag == tag.BRAND]
        if parts:
            title, best = max(parts, key=lambda x: x[1].probability)
            if best.probability >= least:
                found.append((product.product_id, title, best))
        progress("brands in titles", number, len(without))
    titles_with = Counter(fold(part.text) for _, _, part in found)
    notes = [
        BrandNote(
            product_id=product_id,
            title=title,
            brand=part.text.strip(),
            probability=part.probability,
            n_products=known[fold(part.text)],
            n_titles=titles_with[fold(part.text)],
        )
        for product_id, title, part in found
    ]
    return sorted(notes, key=lambda n: (-n.probability, n.product_id))


def _tagger(shop: Shop) -> Tagger:
    tagger = tag.read_tagger(shop.tagger)
    if tagger is None:
        raise NotFound(
            f"no tagger was trained at {shop.tagger}",
            fix="run: baihuo tagger train TITLES (or without a file, from the shop's own titles)",
        )
    return tagger
