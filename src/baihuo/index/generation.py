"""An index generation: the files of :func:`baihuo.index.build`, and the changes since."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from baihuo.core import READING_KINDS, BadInput, NotFound, Product
from baihuo.encode import MINILM, Encoders
from baihuo.index.attribute_groups import alphabetical, by_attribute
from baihuo.index.catalogue_words import catalogue_words
from baihuo.index.delta import with_offer, with_products, without_products
from baihuo.index.kinds import Kinds, Label
from baihuo.index.lru_cache import LruCache
from baihuo.index.match import PAIR_SCORES, Match, match, pair_scores
from baihuo.index.pinyin import Sounds
from baihuo.index.purposes import WISH, Wish, wished_kinds
from baihuo.index.query_limits import QueryLimits
from baihuo.index.query_parser import SPELLING, Lexicon, parse_query
from baihuo.index.read_as import NOTE as READ_AS
from baihuo.index.read_as import load_read_as
from baihuo.index.read_limits import read_limits
from baihuo.index.row_vectors import RowVectors
from baihuo.index.sealed import MANIFEST, is_generation, verified
from baihuo.index.search_tuning import UNTUNED, SearchTuning
from baihuo.index.segment import Dictionaries, Segment, load_segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.sound_reading import SoundReader
from baihuo.index.spelling import corrected, load_surfaces
from baihuo.index.synonyms import NO_SYNONYMS, Synonyms
from baihuo.index.traditional import to_simplified
from baihuo.index.wishes import SOURCE as PURPOSE
from baihuo.index.wishes import may_be_wish, wish_match
from baihuo.index.words import visible

if TYPE_CHECKING:
    from baihuo.index.answers import AnswerSet

Floats = NDArray[np.float32]
_ALL_BUT_PRICE = tuple(kind for kind in READING_KINDS if kind not in ("price", WISH))
_FIRST_TEXTS = ("red 16gb phone under 100", "100元以内的红色女鞋 38")  # limits of every kind


class Generation:
    """A searchable version of the catalogue, with deltas for products added or removed later.

    Thread-safe. Every change makes a new :class:`Snapshot` and swaps it in; a reader that needs
    consistent columns takes ``snapshot`` once and reads from it. A product keeps its row for the life of
    the generation, also if its text changes, or if it is added again after a removal.
    """

    def __init__(
        self,
        index_id: str,
        snapshot: Snapshot,
        encoders: Encoders,
        lexicon: Lexicon,
        tuning: SearchTuning = UNTUNED,
        as_typed: Sequence[str] = (),
        completes_words: bool = True,
    ) -> None:
        self.index_id, self.encoders, self.lexicon = index_id, encoders, lexicon
        self._as_typed, self.completes_words = tuple(as_typed), completes_words
        self.tuning = tuning
        self.snapshot = snapshot
        self.answers: LruCache[AnswerSet] = LruCache(64)
        self._matches: LruCache[Match] = LruCache(64)
        self._limits: LruCache[QueryLimits] = LruCache(512)
        self._query_vectors: LruCache[Floats] = LruCache(4096)
        self._swap, self._content = Lock(), Lock()

    @staticmethod
    def open(
        folder: Path,
        encoders: Encoders,
        synonyms: Synonyms = NO_SYNONYMS,
        tuning: SearchTuning = UNTUNED,
    ) -> Generation:
        """Open the files of :func:`baihuo.index.build`; the arrays are memory-mapped. Every byte is checked against its hash
        first, once in a process.

        Args:
            folder: what :func:`baihuo.index.build` returned.
            encoders: those of the bundle that the index serves.
            synonyms: of the shop: :func:`baihuo.index.read_synonyms`.
            tuning: of the bundle's searches.

        Raises:
            NotFound: no generation in ``folder``.
            BadInput: other encoders made its vectors.
            BrokenFile: a file is not as it was built; says which, and what to run.
        """
        if not is_generation(folder):
            raise NotFound(f"no index generation in {folder}", fix="run `baihuo release`")
        verified(folder)
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        _refuse_other_encoders(folder, manifest, encoders)
        with _nothing_collected():
            segment = load_segment(folder, encoders=manifest["encoders"])
            snapshot = first_snapshot(segment, folder, manifest)
        kinds = Kinds.load(folder).with_synonyms(synonyms.same)
        surfaces = {**kinds.english_words(), **load_surfaces(folder)}
        lexicon = Lexicon(kinds, surfaces, Sounds.load(folder), load_read_as(folder))
        return Generation(
            manifest["index_id"],
            snapshot,
            encoders,
            lexicon,
            tuning,
            manifest.get("as_typed", ()),
            manifest.get("completes_words", True),
        )

    def tuned(self, tuning: SearchTuning) -> Generation:
        """The same products with another tuning. Later changes of one do not reach the other."""
        return Generation(
            self.index_id,
            self.snapshot,
            self.encoders,
            self.lexicon,
            tuning,
            self._as_typed,
            self.completes_words,
        )

    def prepare(self) -> None:
        """Make now what the first searches would make: dictionaries, patterns, and tables of the catalogue."""
        _prepare(self.snapshot)
        for text in _FIRST_TEXTS:
            read_limits(text, self.snapshot, (), self.lexicon.kinds.names)

    # Readers: the current state of the index.

    @property
    def n(self) -> int:
        """Number of rows, including removed products: the length of every column."""
        return self.snapshot.n

    @property
    def product_ids(self) -> NDArray[np.object_]:
        """``[n]``."""
        return self.snapshot.product_ids

    @property
    def row_of(self) -> Mapping[str, int]:
        """Row of each live product."""
        return self.snapshot.row_of

    def product(self, row: int) -> Product:
        """The product in ``row``, with current price and stock."""
        s = self.snapshot
        texts, local = s.stored(row)
        return replace(texts[local], **s.offer(row))

    def has_content(self, row: int, content_hash: bytes) -> bool:
        """Whether the product in ``row`` surely is the one with this :func:`baihuo.catalog.content_hash`, whatever its price and
        stock. An index of an older version does not know: False."""
        texts, local = self.snapshot.stored(row)
        return texts.has_content(local, content_hash)

    def fields(self, row: int) -> dict[str, Any]:
        """The same as a row of :data:`baihuo.core.tables.PRODUCTS`; takes a fifth of the time."""
        s = self.snapshot
        texts, local = s.stored(row)
        return {**texts.fields(local), **s.offer(row)}

    def shown(self, row: int) -> dict[str, Any]:
        """The fields of it that a page shows; takes a fifth of the time again for a product of an earlier page."""
        s = self.snapshot
        texts, local = s.stored(row)
        return {**texts.shown(local), **s.offer(row)}

    def vectors(self, encoder_name: str) -> RowVectors:
        """Vectors of one encoder by row; zeros where the product has no text for it.

        Raises:
            KeyError: the generation has none of that encoder.
        """
        return RowVectors(self.snapshot, encoder_name)

    @property
    def taste_vectors(self) -> RowVectors:
        """Vectors in the space that covers most products: for affinity and similarity."""
        names = self.snapshot.segments[0].vectors
        bilingual = "multilingual" in names
        return self.vectors("multilingual" if bilingual or MINILM not in names else MINILM)

    def encode_query(self, text: str) -> Floats:
        """``[dim]``: the query text in the space of the encoder that :meth:`encoder_of` names."""
        simple = to_simplified(text)
        return self._query_vectors.get(
            simple, lambda: self.encoders.for_text(simple).encode([simple])[0]
        )

    def encoder_of(self, text: str) -> str:
        """The encoder of :meth:`encode_query`. Ask here, not by another form of the text: folded or simplified, a text
        may be Chinese that was not (㍿), or the other way round (㑮), and the encoders differ in ``dim``."""
        return self.encoders.for_text(to_simplified(text)).name

    def limits(
        self, text: str, as_typed: tuple[str, ...] = (), snapshot: Snapshot | None = None
    ) -> QueryLimits:
        """The limits in a query text, and its other words. Pinyin and characters that only sound like words of the catalogue
        are read first, unless ``as_typed`` has ``spelling``."""
        now = self.snapshot if snapshot is None else snapshot
        as_typed = (*as_typed, *self._as_typed)

        def make() -> QueryLimits:
            read, notes = (text, ()) if SPELLING in as_typed else self._by_sound(text, now)
            names = self.lexicon.kinds.names
            limits = read_limits(read, now, as_typed, names)
            is_more = any(r.kind != "price" for r in limits.readings)
            if is_more and limits.rest and WISH not in as_typed:
                found = self.match(limits.rest, now, as_typed)
                if found is not None and may_be_wish(found):
                    # of "uncle is still a kid at heart" only what it may cost is apart from the wish
                    plain = read_limits(read, now, _ALL_BUT_PRICE, names)
                    limits = plain if self._is_wish(plain.rest, now, as_typed) else limits
            return replace(limits, notes=(*notes, *limits.notes)) if notes else limits

        return self._limits.get((now.content_version, text, as_typed), make)

    def _by_sound(self, text: str, snapshot: Snapshot) -> tuple[str, tuple[str, ...]]:
        kinds, sounds = self.lexicon.kinds, self.lexicon.sounds
        surfaces, has_word = self.lexicon.surfaces, self.encoders.has_word

        def is_misspelt(word: str) -> bool:
            return corrected(word, surfaces, is_known=has_word) is not None

        return SoundReader(sounds, snapshot, kinds.keys, has_word, is_misspelt).read(text)

    def match(
        self, text: str, snapshot: Snapshot | None = None, as_typed: tuple[str, ...] = ()
    ) -> Match | None:
        """The match of every row with the query text; None where it is empty.

        Args:
            text: as typed.
            snapshot: None: the current one.
            as_typed: readings of the text to leave out: ``spelling``, ``wish``.
        """
        now = self.snapshot if snapshot is None else snapshot
        words = " ".join(visible(text).split())
        if not words:
            return None
        as_typed = (*as_typed, *self._as_typed)

        def make() -> Match:
            parsed = parse_query(
                words, now, self.lexicon, self.encoders, self._nearest_label, as_typed
            )
            is_changed = any(
                note.startswith(("corrected:", f"{READ_AS}:")) for note in parsed.notes
            )
            meant = parsed.text if is_changed else words
            encoder_name = self.encoder_of(meant)
            if encoder_name in now.segments[0].vectors:
                vector = self.encode_query(meant)
            else:  # a shop without Chinese never loads its encoder: 280 MB
                vector = np.zeros(0, np.float32)
            found = match(parsed, now, encoder_name, vector, self.tuning.weights)
            wish = None if WISH in as_typed else self._wish(found, words)
            if wish is None:
                return found
            name, vector = self.encoder_of(words), self.encode_query(words)
            kinds, weights = self.lexicon.kinds, self.tuning.weights
            return wish_match(wish, found, kinds, now, name, vector, weights)

        return self._matches.get((now.content_version, words, as_typed), make)

    def _wish(self, found: Match, words: str) -> Wish | None:
        """What a text wishes for, of whose words too few were found."""
        kinds, name = self.lexicon.kinds, self.encoder_of(words)
        if name not in kinds.purposes or not may_be_wish(found):
            return None
        nearest = self._nearest_label(words)
        vector = self.encode_query(words)
        return wished_kinds(kinds.purposes[name], name, vector, nearest[1] if nearest else 0.0)

    def _is_wish(self, text: str, snapshot: Snapshot, as_typed: tuple[str, ...]) -> bool:
        found = self.match(text, snapshot, as_typed)
        return found is not None and found.kind is not None and found.kind.source == PURPOSE

    def nearest_categories(self, text: str, *, n: int) -> list[int]:
        """Codes of the ``n`` categories whose kinds have the names nearest to a text, nearest first."""
        kinds, name = self.lexicon.kinds, self.encoder_of(text)
        if not len(kinds.vectors.get(name, ())):
            return []
        order = np.argsort(-(kinds.vectors[name] @ self.encode_query(text)), kind="stable")
        found = (max(w, key=w.__getitem__) for i in order if (w := kinds.labels[name][i].weights))
        return list(islice(dict.fromkeys(found), n))

    def _nearest_label(self, text: str) -> tuple[Label, float] | None:
        """The name of a kind, sold or not, that is nearest to a text, and its cosine."""
        kinds, name = self.lexicon.kinds, self.encoder_of(text)
        if not len(kinds.vectors.get(name, ())):
            return None
        cosines = kinds.vectors[name] @ self.encode_query(text)
        best = int(cosines.argmax())
        return kinds.labels[name][best], float(cosines[best])

    def pair_scores(self, query_text: str, rows: NDArray[np.int32]) -> dict[str, Floats]:
        """Scores of ``rows`` for the words of the query text, without limits that are read in it, each
        ``[len(rows)]``, named by :data:`baihuo.index.match.PAIR_SCORES`. All zeros without words."""
        snapshot = self.snapshot
        match = self.match(self.limits(query_text, (), snapshot).rest, snapshot)
        if match is None:
            zeros = np.zeros(len(rows), np.float32)
            return dict.fromkeys(PAIR_SCORES, zeros)
        return pair_scores(match, rows)

    # Writers: each change is visible to the next reader when the call returns.

    def upsert(self, products: Iterable[Product]) -> None:
        """Add products, or replace those with the same ids. The last of one id counts."""
        wanted = list({p.product_id: p for p in products}.values())
        if not wanted:
            return
        with self._content:  # encoding may take a while; offers must not wait for it
            make = with_products(self.snapshot, wanted, self.encoders)
            _prepare(make(self.snapshot))  # here, so that no search has to
            with self._swap:
                self.snapshot = make(self.snapshot)

    def remove(self, product_ids: Iterable[str]) -> None:
        """Remove products; unknown ids are ignored."""
        with self._content, self._swap:
            self.snapshot = without_products(self.snapshot, list(product_ids))

    def set_offer(
        self, row: int, *, price_minor: int | None = None, stock_units: int | None = None
    ) -> None:
        """Set price or stock of a product. A negative number means not for sale, or not tracked."""
        with self._swap:
            self.snapshot = with_offer(self.snapshot, row, price_minor, stock_units)


def _prepare(snapshot: Snapshot) -> None:
    """Make the tables that are kept with dictionaries and segments; those that are there already cost nothing."""
    by_attribute(snapshot.dictionaries.pairs)
    alphabetical(snapshot.dictionaries.brands)
    catalogue_words(snapshot)
    for segment in snapshot.segments:
        _ = segment.rows_of_pairs, segment.rows_of_measures, segment.term_rows
        for name in ("title_en", "title_zh"):
            segment.has_words_in(name)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without garbage collection: of the many names that an index has, all stay, and each collection would walk them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse_other_encoders(folder: Path, manifest: Mapping[str, Any], encoders: Encoders) -> None:
    """Vectors of two encoders are never compared, even where they have the same name and size."""
    made_by = manifest.get("encoder_hashes")
    if made_by is None:  # of an older version, which had the hash of all
        is_same = manifest["encoders_hash"] == encoders.hash
    else:
        hashes = {e.name: e.hash for e in encoders}
        is_same = all(hashes.get(name) == made for name, made in made_by.items())
    if not is_same:
        raise BadInput(
            f"other encoders made the vectors of {folder}",
            fix="build an index with the shop's encoders: baihuo index; to serve it: baihuo train, baihuo release",
        )


def first_snapshot(segment: Segment, folder: Path, manifest: Mapping[str, Any]) -> Snapshot:
    """The snapshot of a generation without deltas."""

    def array(name: str) -> Any:
        return np.load(folder / f"{name}.npy", allow_pickle=False)

    stored = orjson.loads((folder / "names.json").read_bytes())
    dictionaries = Dictionaries.from_json(stored)
    ids = np.array(stored["product_ids"], dtype=object)
    n = len(ids)
    row_of = dict(zip(stored["product_ids"], range(n), strict=True))
    return Snapshot(
        content_version=0,
        version=0,
        segments=(segment,),
        segment_rows=(np.arange(n, dtype=np.int32),),
        segment_of=np.zeros(n, np.int16),
        local_of=np.arange(n, dtype=np.int32),
        product_ids=ids,
        row_of=row_of,
        rows_ever=row_of,
        is_live=np.ones(n, np.bool_),
        price_minor=array("price_minor"),
        stock_units=array("stock_units"),
        released_at_us=array("released_at_us"),
        brand_code=array("brand_code"),
        category_code=array("category_code"),
        dictionaries=dictionaries,
    )
