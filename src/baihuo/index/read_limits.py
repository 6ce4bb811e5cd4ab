"""Reads limits and preferences in the words of a search: prices, sizes, measures, colours, genders, ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from baihuo.core import Reading, fold
from baihuo.index.attribute_readers import (
    Word,
    colours_in,
    genders_in,
    size_in,
    title_terms,
)
from baihuo.index.catalogue_words import NO_KINDS, Codes, KindNames, catalogue_words
from baihuo.index.gifts import KIND, gift_preferences, recipient_in
from baihuo.index.limits.measures import (
    apart,
    kit_of,
    measures_in,
    rounded_lengths,
    spelled_out,
    spoken_measures,
)
from baihuo.index.limits.words import limit_words
from baihuo.index.measured_parts import measured_part_end
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import Preference, QueryLimits
from baihuo.index.read_price import read_price
from baihuo.index.reader import Reader
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified
from baihuo.index.typed_models import TypedModel, typed_models
from baihuo.index.unwanted import (
    denial_before,
    denied_terms,
    end_of_denial,
    unwanted_in,
    word_for_lacking,
)
from baihuo.index.words import query_words

_MAX_CHARACTERS = 200  # of a text; nothing is read in longer ones
_MOST_MEASURES = 8  # of a text


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
    reader = Reader(folded, words, snapshot, as_typed)
    models = _models(numbers, spans, reader)
    gift = None if KIND in as_typed else recipient_in(folded)
    given = [] if gift is None else gift_preferences(gift, reader)
    price, cheapness = read_price(reader)
    without = _without(reader)
    measures = [] if "measure" in as_typed else _measures(reader)
    size, pairs = _size(reader)
    colours, genders = list[Preference](), list[Preference]()
    unread = reader.unread()
    if "colour" not in as_typed:
        found = colours_in(unread, reader)
        without += _denied(found, reader)
        colours = _preferences("colour", found, reader)
    if "gender" not in as_typed:
        typed_genders = [
            word
            for word in genders_in(unread, reader)
            if not any(folded.startswith(name, word.start) for name in kinds.gendered)
        ]
        genders = _preferences("gender", typed_genders, reader)
    preferences = (*models, *given, *measures, *colours, *genders, *without)
    read = [r for r in (price, size, *(p.reading for p in preferences)) if r is not None]
    if not reader.cuts:
        return QueryLimits(rest=text, not_read=tuple(reader.not_read))
    rest = reader.rest()
    if not query_words(rest) and given:
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
        size=size,
        preferences=preferences,
        notes=tuple(reader.notes),
        not_read=tuple(reader.not_read),
        about=folded if given and not rest else "",
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


def _models(
    found: Sequence[TypedModel], spans: Sequence[tuple[int, int]], reader: Reader
) -> list[Preference]:
    """The model numbers, which stand in the rest as the catalogue writes them."""
    for model, (start, end) in zip(found, spans, strict=True):
        reader.cut(start, end, model.written)
    return [
        Preference(
            reading=Reading(kind="model", text=reader.folded[start:end], values=(model.written,)),
            model=model.joined,
        )
        for model, (start, end) in zip(found, spans, strict=True)
    ]


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


def _size(reader: Reader) -> tuple[Reading | None, tuple[Pair, ...]]:
    """The size, and the attributes and stored values that it may be."""
    if "size" in reader.as_typed:
        return None, ()
    typed = size_in(reader.unread(), reader)
    if typed is None or not reader.is_free(typed.start, typed.end):
        return None, ()
    reader.cut(typed.start, typed.end)
    pairs = reader.words.sizes[typed.key]
    values = tuple(dict.fromkeys(stored for _, stored in pairs))
    text = reader.folded[typed.start : typed.end].strip()
    return Reading(kind="size", text=text, values=values), pairs


def _measures(reader: Reader) -> list[Preference]:
    """The measures, each with the words that say what it is of: "16gb ram" beside a laptop."""
    folded, found = reader.folded, []
    written = list(measures_in(folded))
    dimensions = {dimension for m in written for dimension, _ in m.sizes}
    # 半斤 beside 2.5千克 is a word: a product has one weight, and digits are surer.
    spoken = [
        m for m in spoken_measures(folded) if not (m.is_in_words and m.sizes[0][0] in dimensions)
    ]
    measures = sorted((*written, *spoken), key=lambda m: m.start)
    for measured in islice(measures, _MOST_MEASURES):
        if not reader.is_free(measured.start, measured.end):
            continue
        text = folded[measured.start : measured.end]
        if rows_with(reader.snapshot, [text], ["brand"]).size:
            continue  # 3M
        if text.removeprefix("+").isdigit():
            text = measured.label  # 8+256
        reading = Reading(kind="measure", text=text, values=(measured.label,))
        preference = Preference(
            reading=reading, sizes=measured.sizes, rounded=rounded_lengths(measured)
        )
        if measured.is_in_words and reader.is_name("measure", text, [text], preference):
            continue  # 三寸金莲
        reader.cut(measured.start, measured_part_end(measured, folded, reader.words.kinds))
        found.append(preference)
        if (kit := kit_of(folded, measured)) is not None:
            reader.cut(kit.start, kit.end)
            reading = Reading(kind="measure", text=kit.label, values=(kit.label,))
            found.append(Preference(reading=reading, sizes=kit.sizes))
    return found


def _without(reader: Reader) -> list[Preference]:
    """What products shall not have: they must not be lifted by its words."""
    if "without" in reader.as_typed:
        return []
    found = []
    n_cuts, n_notes = len(reader.cuts), len(reader.notes)
    for start, end, word in unwanted_in(reader.unread(), reader):
        if not reader.is_free(start, end):
            continue
        if lacking := word_for_lacking(word, reader.snapshot):
            reader.cut(start, end, lacking)
            continue
        reader.cut(start, end)
        if not (terms := denied_terms(word, reader.snapshot)):
            reader.notes.append(f"unknown_word:{word}")
            continue
        reading = Reading(kind="without", text=reader.folded[start:end].strip(), values=(word,))
        found.append(Preference(reading=reading, terms=tuple(terms)))
    if len(reader.cuts) > n_cuts and not reader.rest():  # "not phone": something must be asked for
        del reader.cuts[n_cuts:], reader.notes[n_notes:]
        return []
    return found


def _denied(colours: Sequence[Word], reader: Reader) -> list[Preference]:
    """The colours that products shall not have; read where `without` is, they are not read as wanted."""
    found = []
    named = reader.words.colours
    for word in colours:
        start = denial_before(reader.folded, word.start)
        if start is None or not reader.is_free(start, word.end):
            continue
        end = end_of_denial(reader.folded, word.end)
        reader.cut(start, end)
        if "without" in reader.as_typed:
            continue
        text = reader.folded[start:end].strip()
        found.append(
            Preference(
                reading=Reading(kind="without", text=text, values=(word.name,)),
                exact=_codes(named.exact, [word.name]),
                terms=tuple(title_terms(word.name, named)),
            )
        )
    return found


def _preferences(kind: str, found: Sequence[Word], reader: Reader) -> list[Preference]:
    """One preference for all words of a kind: "red or blue", 男女."""
    named = reader.words.colours if kind == "colour" else reader.words.genders
    kept = [word for word in found if reader.is_free(word.start, word.end)]
    if not kept:
        return []
    for word in kept:
        reader.cut(word.start, word.end, word.kept)
    names = tuple(dict.fromkeys(word.name for word in kept))
    suits = {other for name in names for other in limit_words().suits.get(name, ())}
    reading = Reading(kind=kind, text=" ".join(word.text for word in kept), values=names)
    return [
        Preference(
            reading=reading,
            exact=_codes(named.exact, names),
            wider=np.union1d(_codes(named.wider, names), _codes(named.exact, sorted(suits))),
            known=named.codes,
            terms=tuple(terms for name in names for terms in title_terms(name, named)),
        )
    ]


def _codes(by_name: Mapping[str, Codes], names: Sequence[str]) -> Codes:
    found = [by_name[name] for name in names if name in by_name]
    return np.concatenate(found) if found else np.empty(0, np.int64)
