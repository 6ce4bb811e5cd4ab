"""Reads limits and preferences in the words of a search: prices, sizes, measures, colours, genders, ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from baihuo.core import Reading, fold
from baihuo.index.attribute_readers import colours, genders, preference_for, sizes
from baihuo.index.catalogue_words import NO_KINDS, KindNames, catalogue_words
from baihuo.index.gifts import KIND as GIFT
from baihuo.index.gifts import gifts
from baihuo.index.lattice import Candidate, Text, best_of, standing
from baihuo.index.limits.measures import apart, spelled_out
from baihuo.index.measured_parts import measures
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import NotRead, Preference, QueryLimits
from baihuo.index.read_price import price_of, prices
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.typed_models import TypedModel, typed_models
from baihuo.index.unwanted import unwanted
from baihuo.index.words import query_words

_MAX_CHARACTERS = 200  # of a text; nothing is read in longer ones
_ATTRIBUTES = ("measure", "size", "colour", "gender")


def read_limits(
    text: str,
    snapshot: Snapshot,
    as_typed: Sequence[str] = (),
    kinds: KindNames = NO_KINDS,
) -> QueryLimits:
    """The limits in a query text. The text is unchanged if nothing is read in it.

    Args:
        text: as typed.
        snapshot: its catalogue says which sizes, colours and genders there are.
        kinds: the names of kinds that the catalogue has.
        as_typed: kinds of readings that are words like others, see :data:`baihuo.core.READING_KINDS`. Words
            of a price limit ("under 300") name no product: they are left out either way.
    """
    if not text or len(text) > _MAX_CHARACTERS:
        return QueryLimits(rest=text)
    if "code" not in as_typed and (product := _product_of(text, snapshot)):
        reading = Reading(kind="code", text=fold(text), values=(product,))
        return QueryLimits(rest=text, readings=(reading,), product=product)
    plain = to_simplified(fold(spelled_out(text)))
    is_read = "model" not in as_typed and "code" not in as_typed  # a barcode is both
    numbers = typed_models(plain, snapshot) if is_read else []
    folded, spans = _apart_but(plain, numbers)
    words = replace(catalogue_words(snapshot), kinds=kinds)
    models = [(number, *span) for number, span in zip(numbers, spans, strict=True)]
    lattice = Text(folded, words, snapshot, as_typed, models)
    stand, not_read = standing(lattice, [c for reader in READERS for c in reader(lattice)])
    taken = _taken(stand, lattice)
    price, cheapness = price_of(taken, lattice)
    size = next((c for c in taken if c.kind == "size"), None)
    preferences = [
        *_preferences(("model", "gift", "measure"), taken),
        *preference_for("colour", taken, lattice),
        *preference_for("gender", taken, lattice),
        *_preferences(("without",), taken),
    ]
    not_read += tuple(_inside(c, taken, folded) for c in stand if c not in taken)
    if not taken:
        return QueryLimits(rest=text, not_read=not_read)
    pairs = () if size is None else words.sizes[size.value.key]
    size_read = None if size is None else _size(size, pairs, folded)
    read = [r for r in (price, size_read, *(p.reading for p in preferences)) if r is not None]
    rest, is_gift = lattice.rest(taken), any(c.kind == GIFT for c in taken)
    if not query_words(rest) and is_gift:
        rest = ""
    elif not rest and preferences:  # "red": the preference is all that there is to match
        rest = " ".join(p.reading.text for p in preferences)
    if not read and "price" not in as_typed and not query_words(rest):
        rest = text  # "1元", and nothing costs that
    return QueryLimits(
        rest=rest,
        readings=tuple(read),
        price=price,
        cheapness=cheapness,
        sizes=pairs,
        size=size_read,
        preferences=tuple(preferences),
        notes=tuple(c.note for c in taken if c.note),
        not_read=not_read,
        about=folded if is_gift and not rest else "",
    )


def _taken(stand: Sequence[Candidate], text: Text) -> list[Candidate]:
    """Those taken of the candidates that stand: of sizes the surest, or else the first."""
    taken = best_of(stand)
    asked = [c for c in taken if c.kind not in _ATTRIBUTES]
    is_denied = any(c.kind == "without" and c.value is None for c in taken)
    if is_denied and not text.rest(asked):  # "not phone": something must be asked for
        taken = best_of(c for c in stand if c.kind != "without" or c.value is not None)
    found = [c for c in taken if c.kind == "size"]
    size = min(found, key=lambda c: (c.value.is_bare, c.value.is_number, c.start), default=None)
    return [c for c in taken if c.kind != "size" or c is size]


def _inside(candidate: Candidate, taken: Sequence[Candidate], folded: str) -> NotRead:
    """Why one that stands is not taken."""
    over = next((c for c in taken if c.overlaps(candidate)), None)
    said = folded[candidate.start : candidate.end]
    if over is None:
        return NotRead(candidate.kind, said, "one of its kind is read")
    return NotRead(
        candidate.kind, said, f"{over.kind} {folded[over.start : over.end]!r} is read instead"
    )


def _apart_but(plain: str, models: Sequence[TypedModel]) -> tuple[str, list[tuple[int, int]]]:
    """A folded text with measures apart (:func:`baihuo.index.limits.measures.apart`), but not inside of model numbers, and
    where these stand in it."""
    text, spans, at = "", [], 0
    for model in models:
        text += apart(plain[at : model.start])
        spans.append((len(text), len(text) + model.end - model.start))
        text += plain[model.start : model.end]
        at = model.end
    return text + apart(plain[at:]), spans


def _models(text: Text) -> Iterator[Candidate]:
    """The model numbers, which stand in the rest as the catalogue writes them."""
    for model, start, end in text.models:
        reading = Reading(kind="model", text=text.folded[start:end], values=(model.written,))
        preference = Preference(reading=reading, model=model.joined)
        yield Candidate("model", start, end, model, (preference,), model.written)


def _product_of(text: str, snapshot: Snapshot) -> str:
    """The product whose id, variant or code is the whole text, if it is not also a word of other products."""
    typed = " ".join(text.split())
    if typed in snapshot.row_of:
        rows = np.array([snapshot.row_of[typed]])
    else:
        rows = rows_with(snapshot, [fold(typed)], ["codes"])
    if len(rows) != 1:
        return ""
    if fold(typed).isalpha() or (typed.isdigit() and len(typed) < 5):
        # "lamp" or "15" may be an id, and is also a word.
        words = rows_with(snapshot, [fold(typed)], ["title_en", "title_zh", "category", "model"])
        if len(words):
            return ""
    return str(snapshot.product_ids[rows[0]])


def _size(found: Candidate, pairs: Sequence[Pair], folded: str) -> Reading:
    """The size, with the stored values that it may be."""
    values = tuple(dict.fromkeys(stored for _, stored in pairs))
    return Reading(kind="size", text=folded[found.start : found.end].strip(), values=values)


def _preferences(kinds: Collection[str], taken: Sequence[Candidate]) -> list[Preference]:
    """Those of some kinds, kind by kind."""
    return [p for kind in kinds for c in taken if c.kind == kind for p in c.preferences]


Reader = Callable[[Text], Iterable[Candidate]]
READERS: tuple[Reader, ...] = (
    _models,
    gifts,
    prices,
    unwanted,
    measures,
    sizes,
    colours,
    genders,
)
"""One for each kind of reading; their order changes nothing."""
