"""One cell of text, mended in a fixed order: each stage sees what the one before made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from baihuo.quality.checks.text import characters, markup, mojibake

Mend = Callable[[str], str]
TITLE, LONG, JSON = "title", "long", "json"  # one line; several; an object whose texts are mended

MENDED = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("rule", pa.string()),  # NULL: nothing was wrong after all
        pa.field("old", pa.string()),  # before this stage
        pa.field("stage", pa.string()),  # after this stage
        pa.field("new", pa.string()),  # after all of them
    ]
)


def stages(kind: str) -> tuple[tuple[str, Mend], ...]:
    """What is mended, in order. Encoding comes first: damage hides tags, tags do not hide damage."""
    return (
        ("damaged_encoding", mojibake.reread),
        (
            "escaped_text",
            (lambda t: _flat(characters.unescaped(t))) if kind == TITLE else characters.unescaped,
        ),
        ("markup", lambda text: markup.to_text(text, one_line=kind == TITLE)),
        ("hidden_characters", characters.without_hidden),
        ("lookalike_letters", lambda t: t if mojibake.is_doubtful(t) else characters.latin_only(t)),
    )


def mended(text: str, kind: str) -> list[tuple[str, str, str]]:
    """(check, before, after) of each stage that changed the text.

    >>> mended("<b>CafÃ©</b>", "title")
    [('damaged_encoding', '<b>CafÃ©</b>', '<b>Café</b>'), ('markup', '<b>Café</b>', 'Café')]
    """
    if kind == JSON:
        return _mended_json(text)
    changes = []
    for rule, mend in stages(kind):
        new = mend(text)
        if new != text:
            changes.append((rule, text, new))
            text = new
    return changes


def mend_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Batches of ``text``, ``kind`` in; :data:`MENDED` out, one row a change or doubt."""
    rows: list[dict[str, str | None]] = []
    for text, kind in zip(batch["text"].to_pylist(), batch["kind"].to_pylist(), strict=True):
        known = {"text": text, "kind": kind}
        changes = mended(text, kind)
        new = changes[-1][2] if changes else text
        for rule, old, stage in changes:
            shown = _changed(old, stage) if kind == JSON else (old, stage)
            rows.append(known | {"rule": rule, "old": shown[0], "stage": shown[1], "new": new})
        if mojibake.is_doubtful(new):
            rows.append(known | {"rule": "unreadable_characters", "old": new})
    return pa.RecordBatch.from_pylist(rows, schema=MENDED)


def _flat(text: str) -> str:
    return " ".join(text.split("\n"))


def _mended_json(text: str) -> list[tuple[str, str, str]]:
    try:
        now = json.loads(text)
    except ValueError:
        return []  # another step's matter
    is_tight = text == dump(now, is_tight=True)
    changes = []
    for rule, mend in stages(LONG):
        new = _walk(now, mend)
        if new != now:
            changes.append((rule, dump(now, is_tight=is_tight), dump(new, is_tight=is_tight)))
            now = new
    return changes


def _changed(old: str, new: str) -> tuple[str, str]:
    """Of two states of an object only what differs: forty attributes would hide the one."""
    before, after = json.loads(old), json.loads(new)
    if not isinstance(before, dict):
        return old, new
    pairs = list(zip(before.items(), after.items(), strict=True))
    return (
        dump(dict(b for b, a in pairs if b != a), is_tight=False),
        dump(dict(a for b, a in pairs if b != a), is_tight=False),
    )


def _walk(value: Any, mend: Mend) -> Any:
    """A name is mended too, unless another attribute has that name already."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, list):
        return [_walk(v, mend) for v in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for name, v in value.items():
        new = mend(name)
        made[name if new in value or new in made or not new else new] = _walk(v, mend)
    return made


def dump(value: Any, *, is_tight: bool) -> str:
    """A JSON object as the catalogue writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":") if is_tight else None)
