"""Builds an index generation: products, postings, vectors, columns."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import LISTS_FROM, Product, Progress, is_latin, no_progress
from baihuo.encode import MULTILINGUAL, Encoders, VectorCache
from baihuo.engine import seal_folder
from baihuo.index.kind_match import LIKELY
from baihuo.index.kinds import (
    Weights,
    learn_kinds,
    with_purposes,
    with_vectors,
)
from baihuo.index.limits.shop_words import ShopWords, read_shop_words
from baihuo.index.model_runs import NO_RUNS
from baihuo.index.pinyin import sounds_of
from baihuo.index.product_text import ProductText
from baihuo.index.purposes import WISH, Purpose, read_purposes
from baihuo.index.read_as import general_synonyms, save_read_as
from baihuo.index.sealed import MANIFEST, is_there, put
from baihuo.index.segment import (
    Dictionaries,
    Segment,
    make_segment,
    make_vectors,
    offer_columns,
    save_segment,
)
from baihuo.index.spelling import save_surfaces, surfaces_of
from baihuo.index.tagged_heads import TitleTagger, with_names, with_tagged_heads

INDEX_FORMAT = 18  # of the files and of the encoded texts; part of the id, so that a new format makes a new generation


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """What an index holds beside the postings and vectors. Another choice is another generation."""

    lists_from: int = LISTS_FROM
    """With so many products, searches read lists of their vectors instead of all (:mod:`baihuo.index.inverted_file`)."""
    reads_sounds: bool = True  # whether pinyin and characters that sound alike shall be read
    mines_synonyms: bool = True  # whether unknown words are read as others that mean the same
    as_typed: tuple[str, ...] = ()  # readings that every search leaves out
    completes_words: bool = True  # whether the last word of a search is completed from titles
    reads_model_numbers: bool = (
        True  # whether model numbers are found together, apart and with other separators
    )


DEFAULT_OPTIONS = IndexOptions()


def build(
    products: Iterable[Product],
    *,
    encoders: Encoders,
    cache: VectorCache | None,
    out: Path,
    words: Path | None = None,
    options: IndexOptions = DEFAULT_OPTIONS,
    tagger: TitleTagger | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Write a generation under ``out`` and return its folder, which is named by ``index_id``.

    The id is a hash of the catalogue and the encoders: the same catalogue gives the same folder, which
    is then reused, unless it is damaged. A catalogue whose titles are all in Latin letters gets no vectors of the multilingual encoder.

    Args:
        products: the whole catalogue; the last of one id counts.
        encoders: the encoders whose vectors are stored.
        cache: cache of earlier vectors; None encodes all.
        out: the folder of generations, ``6-index``.
        words: the folder of the shop's words, if it has one: its names of colours and units are
            read in queries, and what it says that goods are for.
        options: what is made beside the postings.
        tagger: of the shop, for the heads of titles where products have no categories; None: it has trained none.
    """
    catalogue = ProductText.of(products)
    ids, currencies, is_all_latin = list[str](), Counter[str](), True
    for fields in map(catalogue.fields, range(len(catalogue))):
        ids.append(fields["product_id"])
        currencies[fields["currency"] or ""] += 1
        is_all_latin &= not fields["title_zh"] and is_latin(fields["title_en"] or "")
    names = [n for n in encoders.names if n != MULTILINGUAL or not is_all_latin]
    shop_words = read_shop_words(words)
    purposes = {} if WISH in options.as_typed else read_purposes(words)
    index_id = _index_id(catalogue, encoders, names, shop_words, purposes, options, tagger)
    folder = out / index_id
    if is_there(folder):
        return folder
    vectors = make_vectors(catalogue, encoders, names, cache=cache, progress=progress)
    progress("index", 0, len(catalogue))
    dictionaries = Dictionaries(
        shop_words=shop_words,
        currency=max(filter(None, currencies), key=currencies.__getitem__, default=None),
    )
    columns = offer_columns(catalogue, dictionaries)
    segment = make_segment(
        catalogue, vectors, dictionaries, lists_from=options.lists_from, progress=progress
    )
    if not options.reads_model_numbers:
        segment = replace(segment, model_runs=NO_RUNS)
    tagged: frozenset[str] = frozenset()
    if tagger is not None:
        segment, tagged = with_tagged_heads(segment, catalogue, tagger)
    names_of = dictionaries.head_names().names
    kinds = learn_kinds(segment.heads, columns["category_code"], names_of)
    kinds = with_names(kinds, tagged)
    kinds = with_vectors(kinds, dictionaries.categories.names, encoders, names, cache=cache)
    rows_of = _RowsOfKinds(segment, columns["category_code"])
    kinds = with_purposes(kinds, purposes, rows_of, vectors, encoders, cache=cache)
    out.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{index_id}.", dir=out))
    try:
        save_segment(segment, part)
        kinds.save(part)
        save_surfaces(surfaces_of(catalogue), part)
        if options.reads_sounds:
            sounds_of(catalogue, kinds, segment.heads).save(part)
        save_read_as(general_synonyms(segment) if options.mines_synonyms else (), part)
        for name, column in columns.items():
            np.save(part / f"{name}.npy", column)
        stored = {"product_ids": ids, **dictionaries.to_json()}
        (part / "names.json").write_text(json.dumps(stored, ensure_ascii=False), "utf-8")
        manifest = {
            "index_id": index_id,
            "format": INDEX_FORMAT,
            "encoders": names,
            "encoders_hash": encoders.hash,
            "encoder_hashes": {n: encoders.get(n).hash for n in names},
            "n_products": len(ids),
            "sealed": True,
            "as_typed": sorted(options.as_typed),
            "completes_words": options.completes_words,
        }
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        seal_folder(part)
        put(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress("index", len(catalogue), len(catalogue))
    return folder


@dataclass(frozen=True, slots=True, eq=False)
class _RowsOfKinds:
    """The products of kinds in the base segment."""

    segment: Segment
    category_code: NDArray[np.int32]  # [n]

    def __call__(self, names: Sequence[str], weights: Weights) -> NDArray[np.intp]:
        codes = [code for code, weight in weights.items() if weight >= LIKELY]
        called = [self.segment.heads[name] for name in names if name in self.segment.heads]
        in_categories = np.flatnonzero(np.isin(self.category_code, codes))
        return np.unique(np.concatenate([in_categories, *called]).astype(np.intp))


def _index_id(
    catalogue: ProductText,
    encoders: Encoders,
    names: list[str],
    shop_words: ShopWords,
    purposes: Mapping[str, Purpose],
    options: IndexOptions,
    tagger: TitleTagger | None,
) -> str:
    digest = hashlib.sha256(f"{INDEX_FORMAT}:{[encoders.get(n).hash for n in names]}".encode())
    learned = (options.reads_sounds, options.mines_synonyms, options.reads_model_numbers)
    if not all(learned):
        digest.update(repr(learned).encode())
    digest.update(repr(list(purposes.values())).encode())
    if tagger is not None:
        digest.update(f"tagger {tagger.version}".encode())
    if not options.completes_words:
        digest.update(b"no completed words")
    if options.as_typed:
        digest.update(repr(sorted(options.as_typed)).encode())
    if shop_words != ShopWords():
        digest.update(json.dumps(asdict(shop_words), sort_keys=True).encode())
    if len(catalogue) >= options.lists_from:
        digest.update(b"lists")
    digest.update(catalogue.text)
    return digest.hexdigest()[:16]
