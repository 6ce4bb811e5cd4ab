"""HTML in a text, turned into what a browser would have shown.

Only names that HTML has are tags: ``a < b``, ``<3`` and ``M<L`` are not markup and stay.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

_BLOCKS = (
    "address article aside blockquote body br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html li main nav ol option p pre section table tbody td tfoot th thead tr ul"
)
_INLINE = (
    "a abbr b big button cite code del em embed font i iframe img input ins label link mark meta object param q s "
    "select small source span strike strong sub sup svg textarea title tt u video audio o:p"
)
_UNSHOWN = "script|style|noscript|template"  # with all that is in them
_NAMES = "|".join(sorted(f"{_BLOCKS} {_INLINE} {_UNSHOWN.replace('|', ' ')}".split(), reverse=True))
_REST = r"""(?:\s(?:[^"'<>]++|"[^"<]{0,2000}"|'[^'<]{0,2000}')*)?/?>"""
_TAG = re.compile(rf"<(/?)({_NAMES}){_REST}", re.I)
_HIDDEN = re.compile(  # whole, or its beginning
    rf"<({_UNSHOWN}){_REST}|(<!--)|<!\[CDATA\[|\]\]>|<!DOCTYPE[^>]{{0,300}}>|<\?xml[^>]{{0,300}}>",
    re.I,
)
_ENDS = {
    "<!--": re.compile("--(>)"),
    **{name: re.compile(rf"</{name}(\s*+>)?", re.I) for name in _UNSHOWN.split("|")},
}
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BLOCK_NAMES = frozenset(_BLOCKS.split())
MAX_ROUNDS = 3  # "&amp;lt;br&amp;gt;" was escaped twice


def to_text(text: str, *, one_line: bool) -> str:
    """The text without tags, entities, scripts and styles; unchanged where it holds none.

    >>> to_text("Soft<br/>&amp; warm <b>wool</b>, a < b, I <3 M<L", one_line=True)
    'Soft & warm wool, a < b, I <3 M<L'
    >>> to_text("<ul><li>One</li><li>Two</li></ul><script>x()</script>", one_line=False)
    'One\\nTwo'

    Args:
        text: Any text.
        one_line: Blocks end in a space (titles), not in a line break (descriptions).
    """
    shown = text
    for _ in range(MAX_ROUNDS):
        new = _TAG.sub(_gap, _without_hidden(shown))
        new = _ENTITY.sub(_character, new)
        if new == shown:
            break
        shown = new
    if shown == text:
        return text
    lines = (_SPACES.sub(" ", line).strip() for line in shown.replace("\xa0", " ").split("\n"))
    return (" " if one_line else "\n").join(line for line in lines if line)


def _without_hidden(text: str) -> str:
    """Each end is looked for once: a pattern from each beginning to its end would look from each of a thousand beginnings."""
    parts, kept_from, at, ends = list[str](), 0, 0, dict[str, re.Match[str] | None]()
    while (found := _HIDDEN.search(text, at)) is not None:
        at = end_at = found.end()
        if name := (found[1] or found[2] or "").lower():
            end = ends.get(name, found)
            if end is not None and end.start() < at:
                end = ends[name] = _ENDS[name].search(text, at)
            if end is None or not end[1]:
                continue
            end_at = end.end()
        parts += [text[kept_from : found.start()], " "]
        at = kept_from = end_at
    return "".join([*parts, text[kept_from:]])


def _gap(tag: re.Match[str]) -> str:
    return "\n" if tag[2].lower() in _BLOCK_NAMES else ""


def _character(entity: re.Match[str]) -> str:
    name = entity[0]
    if name[1] != "#" and name[1:] not in html5:
        return name
    read = html.unescape(name)
    return read if read not in ("\x00", "\ufffd") else name
