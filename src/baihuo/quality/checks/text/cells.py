"""One cell of text, repaired in a fixed order: each stage sees what the one before made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa

from baihuo.quality.checks.text import characters, markup, mojibake

Repair: TypeAlias = Callable[[str], str]
TITLE, LONG, JSON = "title", "long", "json"  # one line; several; an object with texts in it
TYPED = "typed"  # by a shopper: what looks like the escape of a break, or full width, may be meant
_N_REMEMBERED = 65_536  # texts of attributes, with what they became

REPAIRED = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("rule", pa.string()),  # the stage's check
        pa.field("before", pa.string()),  # this stage
        pa.field("after", pa.string()),  # this stage
        pa.field("new", pa.string()),  # after all stages
    ]
)


def stages(kind: str) -> tuple[tuple[str, Repair], ...]:
    """Each check with its repair, in order. Encoding comes first: damage hides tags, tags do not hide damage."""
    is_typed, is_one_line = kind == TYPED, kind == TITLE

    def read_escapes(text: str) -> str:
        read = (characters.letters_of_escapes if is_typed else characters.unescaped)(text)
        return characters.without_percents(" ".join(read.split("\n")) if is_one_line else read)

    def in_latin(text: str) -> str:
        if mojibake.is_doubtful(text):
            return text
        latin = characters.latin_only(text)
        return latin if is_typed else characters.usual_width(latin)

    return (
        ("damaged_encoding", _reread),
        ("escaped_text", read_escapes),
        ("markup", lambda text: markup.to_text(text, one_line=is_one_line)),
        ("hidden_characters", _without_hidden),
        ("lookalike_letters", in_latin),
    )


# what is left of letters that were read wrongly twice and cut
_STILL_DAMAGED = re.compile("â€|Ã[ƒ‚¢]|ï¿½")


def _reread(text: str) -> str:
    """Read again with the right encoding; as it came where that would still leave damage in it."""
    new = mojibake.reread(text)
    return text if _STILL_DAMAGED.search(new) else new


_BYTES = re.compile("[\u0080-\u00a0\u00ad]")


def _without_hidden(text: str) -> str:
    """Without invisible characters; of letters that were read wrongly they are bytes, and the only way back."""
    if _BYTES.search(text) is not None and mojibake.is_doubtful(text):
        return text
    return characters.without_hidden(text)


def repair_text(text: str, kind: str) -> list[tuple[str, str, str]]:
    """(check, before, after) of each stage that changed the text.

    >>> repair_text("<b>CafÃ©</b>", "title")
    [('damaged_encoding', '<b>CafÃ©</b>', '<b>Café</b>'), ('markup', '<b>Café</b>', 'Café')]
    """
    if kind == JSON:
        return _repair_json(text, stages(LONG))
    changes = []
    for rule, repair in stages(kind):
        new = repair(text)
        if new != text:
            changes.append((rule, text, new))
            text = new
    return changes


def repair_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Batches of ``text``, ``kind`` in; :data:`REPAIRED` out, one row a change or doubt."""
    rows: list[dict[str, str | None]] = []
    # names and values of attributes come again on thousands of products
    of_json = tuple(
        (rule, lru_cache(maxsize=_N_REMEMBERED)(repair)) for rule, repair in stages(LONG)
    )
    for text, kind in zip(batch["text"].to_pylist(), batch["kind"].to_pylist(), strict=True):
        cell = {"text": text, "kind": kind}
        changes = _repair_json(text, of_json) if kind == JSON else repair_text(text, kind)
        new = changes[-1][2] if changes else text
        for rule, before, after in changes:
            if kind == JSON:
                before, after = _differing(before, after)
            rows.append(cell | {"rule": rule, "before": before, "after": after, "new": new})
        if mojibake.is_doubtful(new, is_listing=kind != TYPED):
            rows.append(cell | {"rule": "unreadable_characters", "before": new})
    return pa.RecordBatch.from_pylist(rows, schema=REPAIRED)


def _repair_json(text: str, of_text: Sequence[tuple[str, Repair]]) -> list[tuple[str, str, str]]:
    try:
        value = json.loads(text)
    except ValueError:
        return []  # the step schema reports it
    is_compact = text == _dump(value, is_compact=True)
    changes = []
    for rule, repair in of_text:
        new = _repair_value(value, repair)
        if new != value:
            before, after = (_dump(v, is_compact=is_compact) for v in (value, new))
            changes.append((rule, before, after))
            value = new
    return changes


def _differing(before: str, after: str) -> tuple[str, str]:
    """Of two states of an object only what differs: forty attributes would hide the one that changed."""
    old, new = json.loads(before), json.loads(after)
    if not isinstance(old, dict):
        return before, after
    pairs = [(o, n) for o, n in zip(old.items(), new.items(), strict=True) if o != n]
    return (
        _dump(dict(o for o, _ in pairs), is_compact=False),
        _dump(dict(n for _, n in pairs), is_compact=False),
    )


def _repair_value(value: Any, repair: Repair) -> Any:
    """A JSON value with its texts repaired; a name too, unless another attribute has that name already."""
    if isinstance(value, str):
        return repair(value)
    if isinstance(value, list):
        return [_repair_value(v, repair) for v in value]
    if not isinstance(value, dict):
        return value
    repaired: dict[str, Any] = {}
    for name, v in value.items():
        new = repair(name)
        is_free = new and new not in value and new not in repaired
        repaired[new if is_free else name] = _repair_value(v, repair)
    return repaired


def _dump(value: Any, *, is_compact: bool) -> str:
    """A JSON object as the catalogue writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":") if is_compact else None)
