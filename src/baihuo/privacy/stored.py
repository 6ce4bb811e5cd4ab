"""Mask personal data in events, searches and pages before anything is written."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from baihuo.core import Event, Filters, Query, Served, event_fields, fold, secret_file
from baihuo.privacy.identities import Identities, IdMode, may_be_personal
from baihuo.privacy.masking import is_suspect, mask

_FIELDS = event_fields(Event)
_TEXTS = tuple(f.name for f in _FIELDS if f.spec.type in ("text", "label"))
_OF_PERSONS = ("visitor_id", "session_id", "order_id")
_OTHER_IDS = ("event_id", "query_id")  # ids of products join the catalogue, and stay as they are
_texts_of_event = attrgetter(*_TEXTS)
_ids_of_event = attrgetter(*_OF_PERSONS, *_OTHER_IDS)
_N_REMEMBERED, _SHORT = 8_192, 64  # labels and short searches repeat
_NO_FILTERS = Filters()
_HASHED = "ubi-"  # ids that are a hash of the sent data
_PLAIN_NOTES = ("relaxed", "degraded", "changed")  # page notes without words of the query
_BETWEEN = "\n"  # no detector reads across it


class Pseudonyms:
    """Masks what a shop stores, with the key of its pseudonyms (``mask.key``).

    Requests are answered unmasked; only stored data is masked. Masking again changes nothing. Clean tables use the
    same key, so that the same number has the same pseudonym everywhere.
    """

    def __init__(self, key: bytes, ids: IdMode = "plain") -> None:
        """
        Raises:
            ValueError: the key is empty.
        """
        self._key, self.identities = key, Identities(key, ids)
        self._remembered = lru_cache(maxsize=_N_REMEMBERED)(self._masked)

    @classmethod
    def of(cls, key_file: Path, ids: IdMode = "plain") -> Pseudonyms:
        """Open with the key file, which is created if missing, readable by its owner only."""
        return cls(secret_file(key_file, lambda: secrets.token_bytes(32)), ids)

    def hash_of(self, text: str) -> str:
        """Return a keyed hash that identifies equal texts and cannot be reversed without the key."""
        return hmac.digest(self._key, b"hash:" + text.encode("utf-8", "replace"), "sha256").hex()

    def text(self, text: str) -> str:
        """Mask a text's personal data."""
        return self._remembered(text) if len(text) <= _SHORT else self._masked(text)

    def _masked(self, text: str) -> str:
        return mask(text, self._key).text if is_suspect(text) else text

    def event(self, event: Event) -> Event:
        """Mask an event for storage: free text, labels and ids."""
        changed = {
            name: new
            for name, text in zip(_TEXTS, _texts_of_event(event), strict=True)
            if text is not None and (new := self.text(text)) != text
        }
        changed |= self._changed_ids(event)
        if not changed:
            return event
        if event.event_id.startswith(_HASHED):  # keyed, so that hashed data cannot be guessed
            digest = hmac.digest(self._key, event.event_id.encode(), "sha256").hex()[:32]
            changed["event_id"] = f"{_HASHED}{digest}"
        return replace(event, **changed)  # type: ignore[arg-type]

    def _changed_ids(self, event: Event) -> dict[str, str]:
        """Return the ids of an event that are changed for storage."""
        ids = _ids_of_event(event)
        if self.identities.mode == "plain" and not may_be_personal(
            _BETWEEN.join(filter(None, ids))
        ):
            return {}
        made = (self.identities.of,) * len(_OF_PERSONS) + (self.identities.unless_plain,) * len(
            _OTHER_IDS
        )
        return {
            name: new
            for name, given, stored in zip((*_OF_PERSONS, *_OTHER_IDS), ids, made, strict=True)
            if given is not None and (new := stored(given)) != given
        }

    def query(self, query: Query) -> Query:
        """Mask a request for storage."""
        visitor_id, text = self.identities.of(query.visitor_id), self.text(query.query_text)
        filters = query.filters
        if filters != _NO_FILTERS and is_suspect(_texts_of_filters(filters)):
            filters = self._filters(filters)
        if (visitor_id, text) == (query.visitor_id, query.query_text) and filters is query.filters:
            return query
        return replace(query, visitor_id=visitor_id, query_text=text, filters=filters)

    def served(self, served: Served) -> Served:
        """Mask a page for storage: its query, and words of it in notes and readings."""
        query, page = self.query(served.query), served.page
        if query is served.query:
            return served
        typed, stored = _texts_of(served.query), _texts_of(query)
        if stored != typed:
            lost = _Lost(typed, stored)
            read = tuple(r for r in page.read if not any(map(lost.has, (r.text, *r.values))))
            notes = (n for n in page.notes if ":" not in n or n.split(":")[0] in _PLAIN_NOTES)
            page = replace(page, notes=tuple(notes), read=read)
        return replace(served, query=query, page=page)

    def _filters(self, filters: Filters) -> Filters:
        return replace(
            filters,
            brands=self._texts(filters.brands),
            category=self._texts(filters.category),
            attributes=tuple((self.text(n), self._texts(v)) for n, v in filters.attributes),
            where=self.text(filters.where),
        )

    def _texts(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.text(text) for text in texts)


def _texts_of_filters(filters: Filters) -> str:
    texts = [filters.where, *filters.brands, *filters.category]
    texts += [text for name, values in filters.attributes for text in (name, *values)]
    return _BETWEEN.join(texts)


def _texts_of(query: Query) -> str:
    """Return all typed texts of a request."""
    return _BETWEEN.join((query.query_text, _texts_of_filters(query.filters)))


class _Lost:
    """Typed text that is not stored."""

    def __init__(self, typed: str, stored: str) -> None:
        self._typed, self._stored = fold(typed), fold(stored)

    def has(self, text: str) -> bool:
        """Return whether a text repeats a part of it."""
        folded = fold(text)
        return folded in self._typed and folded not in self._stored
