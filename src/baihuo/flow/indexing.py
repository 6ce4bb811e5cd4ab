"""The index of a shop: its catalogue, and what its search log says."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from baihuo import index, tag
from baihuo.core import Progress, no_progress
from baihuo.encode import Encoders, VectorCache
from baihuo.flow.extracting import with_extracted
from baihuo.flow.resources import catalogue_of, encoder_folder, engine, open_index
from baihuo.settings import Shop

_SURE_THING = 0.8  # probability of the tagger from which a thing of a title is its head


def make_index(shop: Shop, *, progress: Progress = no_progress) -> Path:
    """encode and index: the catalogue's terms and vectors as one immutable generation, with what the clean search log
    says of words that no product has.

    Raises:
        NotFound: there is no clean catalogue yet.
        BadInput: an encoder is not as it was exported.
    """
    settings = shop.settings()
    catalogue = with_extracted(
        catalogue_of(shop), shop.extracted_attributes if settings.llm.attributes else None
    )
    threads = settings.engine.threads or os.cpu_count() or 1
    folder = encoder_folder(shop, progress=progress)
    encoders = Encoders.open(folder, n_threads=threads, verify=True)
    cache = VectorCache(shop.vectors)
    try:
        folder = index.build(
            catalogue,
            encoders=encoders,
            cache=cache,
            out=shop.index,
            words=shop.words,
            options=index.IndexOptions(
                lists_from=settings.index.lists_from,
                reads_sounds=settings.index.pinyin,
                mines_synonyms=settings.index.mined_synonyms,
                reads_model_numbers=settings.index.model_numbers,
                as_typed=settings.index.as_typed,
                completes_words=settings.index.complete_words,
            ),
            tagger=_title_tagger(shop) if settings.index.tagged_heads else None,
            progress=progress,
        )
        return _with_log(shop, folder, encoders)
    finally:
        cache.close()


def _title_tagger(shop: Shop) -> index.TitleTagger | None:
    """The shop's tagger, as the index asks it; None where none was trained."""
    tagger = tag.read_tagger(shop.tagger)
    if tagger is None:
        return None

    def things(title: str) -> list[str]:
        parts = tagger.tag(title)
        return [p.text for p in parts if p.tag == tag.THING and p.probability >= _SURE_THING]

    return index.TitleTagger(hashlib.sha256(shop.tagger.read_bytes()).hexdigest(), things)


def _with_log(shop: Shop, folder: Path, encoders: Encoders) -> Path:
    """The index with what the clean search log says, and beside it the files of searches that are suggested and related."""
    if not any(shop.clean_events.glob("*.parquet")):
        return folder
    queries = index.write_typed_queries(
        shop.typed_queries,
        tables=engine(shop),
        events=shop.clean_events,
        least_visitors=shop.settings().surfaces.search.suggest_visitors,
    )
    made = index.with_clicked_words(
        folder,
        tables=engine(shop),
        events=shop.clean_events,
        encoders=encoders,
        typed=queries if shop.settings().index.mined_synonyms else None,
    )
    learned = index.learn_related(
        queries, open_index(shop, made, encoders), tables=engine(shop), events=shop.clean_events
    )
    index.write_related(shop.related_queries, learned)
    return made
