"""What is stored of events, searches and pages: personal data in them becomes pseudonyms before anything is written."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from baihuo.core import Event, Filters, Query, Served, event_fields, fold, secret_file
from baihuo.privacy.identities import Identities, IdMode
from baihuo.privacy.masking import mask
from baihuo.privacy.suspects import is_suspect

_FIELDS = event_fields(Event)
_TEXTS = tuple(f.name for f in _FIELDS if f.spec.type in ("text", "label"))
_OF_PERSONS = ("visitor_id", "session_id", "order_id")
_OTHER_IDS = ("event_id", "query_id")  # ids of products join the catalogue, and stay as they are
_HASHED = "ubi-"  # ids that are a hash of what was sent
_PLAIN_NOTES = ("relaxed", "degraded", "changed")  # the notes of a page that repeat no word
_BETWEEN = "\n"  # no detector reads across it


class Pseudonyms:
    """Masks what a shop stores, with the key of its pseudonyms (``mask.key``).

    A request is answered as it came; only what is written is masked. Masking again changes nothing. Clean tables use the
    same key, so that the same number has the same pseudonym everywhere.
    """

    def __init__(self, key: bytes, ids: IdMode = "plain") -> None:
        """
        Raises:
            ValueError: the key is empty.
        """
        self._key, self.identities = key, Identities(key, ids)

    @classmethod
    def of(cls, key_file: Path, ids: IdMode = "plain") -> Pseudonyms:
        """With the key in the file, which is made the first time, readable by its owner only."""
        return cls(secret_file(key_file, lambda: secrets.token_bytes(32)), ids)

    def text(self, text: str) -> str:
        """A text with its personal data replaced."""
        return mask(text, self._key).text if is_suspect(text) else text

    def event(self, event: Event) -> Event:
        """What is stored of an event: free text and labels masked, ids as the shop stores them."""
        identities = self.identities
        changed: dict[str, str] = {}
        texts = {name: v for name in _TEXTS if (v := getattr(event, name)) is not None}
        if texts and is_suspect(_BETWEEN.join(texts.values())):
            changed = {name: new for name, v in texts.items() if (new := self.text(v)) != v}
        for names, made in ((_OF_PERSONS, identities.of), (_OTHER_IDS, identities.unless_plain)):
            for name in names:
                given = getattr(event, name)
                if given and (new := made(given)) != given:
                    changed[name] = new
        if not changed:
            return event
        if event.event_id.startswith(_HASHED):  # without the key, nobody can guess what was hashed
            digest = hmac.digest(self._key, event.event_id.encode(), "sha256").hex()[:32]
            changed["event_id"] = f"{_HASHED}{digest}"
        return replace(event, **changed)  # type: ignore[arg-type]

    def query(self, query: Query) -> Query:
        """What is stored of the request for a page."""
        visitor_id = self.identities.of(query.visitor_id)
        if is_suspect(_texts_of(query)):
            filters, text = self._filters(query.filters), self.text(query.query_text)
            query = replace(query, query_text=text, filters=filters)
        return query if visitor_id == query.visitor_id else replace(query, visitor_id=visitor_id)

    def served(self, served: Served) -> Served:
        """What is stored of a page: its query, and the words of it that its notes and readings repeat."""
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


def _texts_of(query: Query) -> str:
    """All that was typed in a request for a page."""
    filters = query.filters
    texts = [query.query_text, filters.where, *filters.brands, *filters.category]
    texts += [text for name, values in filters.attributes for text in (name, *values)]
    return _BETWEEN.join(texts)


class _Lost:
    """What was typed and is not stored."""

    def __init__(self, typed: str, stored: str) -> None:
        self._typed, self._stored = fold(typed), fold(stored)

    def has(self, text: str) -> bool:
        """Whether a text repeats a part of it."""
        folded = fold(text)
        return folded in self._typed and folded not in self._stored
