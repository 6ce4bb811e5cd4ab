"""Encode a served page in few bytes, and decode it: names stored once for many pages, defaults left out, numbers in binary, compressed.

``bytes[0]`` is :data:`FORMAT`, the next four the length before compression, the rest an LZ4 block. In it: four
lengths, a JSON array of the other fields, then scores and propensities (float64, one each for a
placed product) and the values of the features (float32, ``[features, placed]``: most features have one value for all products of a page,
and such a column compresses to that value).
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from threading import local
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from pydantic import TypeAdapter

from baihuo.core import Page, Placed, Query, Served

FORMAT = 1
_HEAD = struct.Struct("<BI")
_SIZES = struct.Struct("<III")  # bytes of the JSON, placed products, features
# Zstandard saves a fifth of the bytes and takes three times as long, on the path of every page; sealed files have it.
_CODEC = "lz4_raw"
_QUERY, _PAGE = TypeAdapter(Query), TypeAdapter(Page)
_ELSEWHERE = frozenset({"placed", "trace", "facets", "bundle_id", "index_id"})
_codecs = local()  # a codec of pyarrow is not for two threads at a time


@dataclass(frozen=True, slots=True)
class PageSource:
    """The models, index and features that thousands of pages share, stored once."""

    bundle_id: str
    index_id: str
    feature_names: tuple[str, ...]

    @classmethod
    def of(cls, served: Served) -> PageSource:
        return cls(served.page.bundle_id, served.page.index_id, served.feature_names)

    def to_text(self) -> str:
        """As stored: one JSON array."""
        return orjson.dumps([self.bundle_id, self.index_id, self.feature_names]).decode()

    @classmethod
    def from_text(cls, text: str) -> PageSource:
        """The inverse of :meth:`to_text`."""
        bundle_id, index_id, names = orjson.loads(text)
        return cls(bundle_id, index_id, tuple(names))


def _defaults(record: type) -> dict[str, Any]:
    """Defaults of a record by field; MISSING where it has none."""
    return {
        f.name: f.default if f.default_factory is MISSING else f.default_factory()
        for f in fields(record)
    }


# A changed default would change older pages: raise FORMAT and keep the old defaults for the old format.
QUERY_DEFAULTS = _defaults(Query)
PAGE_DEFAULTS = {k: v for k, v in _defaults(Page).items() if k not in _ELSEWHERE}


def page_to_bytes(served: Served) -> bytes:
    """Encode query, page and order, without the fields of :class:`PageSource`, the trace (for debugging only) and the facets (half of the
    bytes, and no training reads them).
    """
    placed = served.page.placed
    n = len(placed)
    positions = [p.position for p in placed]
    is_run = positions == list(range(positions[0], positions[0] + n)) if n else False
    text = orjson.dumps(
        [
            changed_fields(served.query),
            changed_fields(served.page, query=served.query),
            served.order,
            served.served_at_us,
            positions[:1] if is_run else positions,
            [p.product_id for p in placed],
            _column([p.reason for p in placed]),
            _column([p.reason_detail for p in placed]),
            _column([p.variant_id for p in placed]),
            [i for i, p in enumerate(placed) if p.propensity is None],
        ],
        option=orjson.OPT_SERIALIZE_NUMPY,
        default=_sorted_set,
    )
    numbers = array("d", [p.score for p in placed] + [p.propensity or 0.0 for p in placed])
    values = np.asarray(served.features, dtype="<f4").T.tobytes()
    sizes = _SIZES.pack(len(text), n, len(served.feature_names))
    raw = b"".join((sizes, text, numbers.tobytes(), values))
    return _HEAD.pack(FORMAT, len(raw)) + _codec().compress(raw, asbytes=True)


def bytes_to_page(body: bytes, source: PageSource, *, with_features: bool = True) -> Served:
    """The inverse of :func:`page_to_bytes`.

    Args:
        with_features: False leaves ``features`` empty: pagination needs none.
    """
    raw = _raw(body)
    size, n, n_features = _SIZES.unpack_from(raw)
    at = _SIZES.size
    query_values, page_values, order, at_us, positions, ids, *texts, unknown = orjson.loads(
        raw[at : at + size]
    )
    at += size
    numbers = np.frombuffer(raw, "<f8", 2 * n, at).reshape(2, n)
    query = query_of(query_values)
    placed = _placed(ids, positions, numbers, texts, set(unknown))
    names = source.feature_names if with_features else ()
    values = np.zeros((n, 0), np.float32)
    if with_features:
        flat = np.frombuffer(raw, "<f4", n * n_features, at + numbers.nbytes)
        values = np.ascontiguousarray(flat.reshape(n_features, n).T.astype(np.float32))
    return Served(
        query=query,
        page=page_of(page_values, query, source, placed),
        order=tuple(order),
        feature_names=names,
        features=values,
        served_at_us=int(at_us),
    )


def changed_fields(
    record: Query | Page, *, query: Query | None = None, leave_out: Sequence[str] = ()
) -> dict[str, Any]:
    """The fields of a query, or of the page of ``query``, that differ from their defaults."""
    defaults = QUERY_DEFAULTS if query is None else _page_defaults(query)
    return {
        name: value
        for name, default in defaults.items()
        if (value := getattr(record, name)) is not default
        and value != default
        and name not in leave_out
    }


def query_of(changed: dict[str, Any]) -> Query:
    """Build a query from its :func:`changed_fields`."""
    return _QUERY.validate_python({**_given(QUERY_DEFAULTS), **changed})


def page_of(
    changed: dict[str, Any], query: Query, source: PageSource, placed: tuple[Placed, ...]
) -> Page:
    """Build a page of ``query`` from its :func:`changed_fields`."""
    own = {"placed": placed, "bundle_id": source.bundle_id, "index_id": source.index_id}
    return _PAGE.validate_python({**_given(_page_defaults(query)), **changed, **own})


def _raw(body: bytes) -> bytes:
    form, length = _HEAD.unpack_from(body)
    if form != FORMAT:
        raise ValueError(f"a served page in format {form}; this software knows {FORMAT}")
    return _codec().decompress(memoryview(body)[_HEAD.size :], length, asbytes=True)


def _codec() -> pa.Codec:
    if not hasattr(_codecs, "codec"):
        _codecs.codec = pa.Codec(_CODEC)
    return _codecs.codec


def _page_defaults(query: Query) -> dict[str, Any]:
    """Return the defaults of a page, some of which come from its query."""
    return {
        **PAGE_DEFAULTS,
        "query_id": query.query_id,
        "surface": query.surface.value,
        "page": query.page,
        "page_size": query.page_size,
    }


def _given(defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in defaults.items() if value is not MISSING}


def _column(texts: list[str]) -> list[str] | str:
    """A column of texts; one text where all are the same."""
    return texts[0] if texts and texts.count(texts[0]) == len(texts) else texts


def _placed(
    ids: list[str],
    positions: list[int],
    numbers: np.ndarray[Any, np.dtype[np.float64]],
    texts: list[list[str] | str],
    unknown: set[int],
) -> tuple[Placed, ...]:
    n = len(ids)
    where = range(positions[0], positions[0] + n) if len(positions) != n else positions
    reasons, details, variants = ([t] * n if isinstance(t, str) else t for t in texts)
    return tuple(
        Placed(
            product_id=ids[i],
            position=where[i],
            score=score,
            propensity=None if i in unknown else propensity,
            reason=reasons[i],
            reason_detail=details[i],
            variant_id=variants[i],
        )
        for i, (score, propensity) in enumerate(zip(*numbers.tolist(), strict=True))
    )


def _sorted_set(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} in a served page cannot be stored")


def served_of_v1(body: bytes, names: str, features: bytes) -> Served:
    """Decode a row of the table ``served``.

    Args:
        names: of the features, a line each.
        features: float32, ``[placed, features]``.
    """
    value: dict[str, Any] = orjson.loads(body)
    page = _PAGE.validate_python(value["page"])
    feature_names = tuple(names.split("\n")) if names else ()
    flat = np.frombuffer(features, dtype="<f4")
    return Served(
        query=_QUERY.validate_python(value["query"]),
        page=page,
        order=tuple(value["order"]),
        feature_names=feature_names,
        features=flat.reshape(len(page.placed), len(feature_names)).astype(np.float32),
        served_at_us=int(value["served_at_us"]),
    )
