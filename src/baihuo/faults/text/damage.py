"""Text that a program damaged: encodings, markup, escapes, hidden and lookalike characters."""

from __future__ import annotations

import json
import random

from baihuo.faults.fault import Fault
from baihuo.faults.text.fields import text_fault

_ACCENTS = (
    "It’s made in Köln – ready in 5 minutes.",
    "Café quality, 100 % naïve charm.",
    "Garantía de dos años.",
    "“Best in test” – €20 less than before…",
    "Für Mädchen und Jungen, 30 °C waschbar.",
    "Emballage recyclé à 80 %.",
)
_TWINS = {
    "a": "а",
    "e": "е",
    "o": "о",
    "p": "р",
    "c": "с",
    "x": "х",
    "A": "А",
    "B": "В",
    "C": "С",
    "E": "Е",
    "H": "Н",
    "K": "К",
    "M": "М",
    "O": "О",
    "P": "Р",
    "T": "Т",
    "X": "Х",
}


def _browser(raw: bytes) -> str:
    """Bytes as a careless reader shows them: cp1252, with the five undefined ones as controls."""
    return "".join(_one(b) for b in raw)


def _one(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _more(text: str, rng: random.Random) -> str:
    return f"{text} {rng.choice(_ACCENTS)}"


def _latin(text: str, rng: random.Random) -> str:
    read = rng.choice((_browser, lambda raw: raw.decode("latin-1")))
    damaged = read(_more(text, rng).encode())
    return read(damaged.encode()) if rng.random() < 0.25 else damaged


def _utf8_as_latin(text: str, rng: random.Random) -> str:
    return rng.choice((_browser, lambda raw: raw.decode("latin-1")))(text.encode())


def _gbk_as_latin(text: str, rng: random.Random) -> str | None:
    return _browser(text.encode("gbk", "ignore"))


def _utf8_as_gbk(text: str, rng: random.Random) -> str | None:
    try:
        return text.encode().decode("gbk")
    except UnicodeDecodeError:
        return None  # with something lost it is another kind of damage


def _lost(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return text.encode("gbk", "ignore").decode("utf-8", "replace")
    return text.encode("ascii", "replace").decode()


def _html(text: str, rng: random.Random) -> str:
    return rng.choice(
        (
            f"<p>{text}</p>",
            f'<div class="desc"><b>{text}</b><br/>&nbsp;</div>',
            text.replace(". ", ".<br>", 1) + "&amp; more",
            f"{text}<script type='text/javascript'>track('x < y');</script>",
            f"&lt;ul&gt;&lt;li&gt;{text}&lt;/li&gt;&lt;/ul&gt;",
            f'<span style="color:red">{text}</span>',
        )
    )


def _hidden(text: str, rng: random.Random) -> str:
    at = rng.randrange(1, max(2, len(text)))
    mark = rng.choice(("\u200b", "\u200e", "\u202e", "\u00ad", "\x0c", "\u2060", "\x07"))
    return "\ufeff" + text if rng.random() < 0.25 else text[:at] + mark + text[at:]


def _twin(text: str, rng: random.Random) -> str | None:
    words = text.split(" ")
    able = [
        i
        for i, w in enumerate(words)
        if w.isascii() and w.isalnum() and len(w) > 2 and any(c in _TWINS for c in w)
    ]
    if not able:
        return None
    i = rng.choice(able)
    letters = [k for k, c in enumerate(words[i]) if c in _TWINS]
    k = rng.choice(letters)
    words[i] = words[i][:k] + _TWINS[words[i][k]] + words[i][k + 1 :]
    return (
        " ".join(words)
        if words[i].isalnum() and not all(c in _TWINS.values() for c in words[i])
        else None
    )


def _escaped(text: str, rng: random.Random) -> str:
    if rng.random() < 0.4:
        return json.dumps(_more(text, rng))[1:-1]
    return text.replace(". ", ".\\n", 1) + "\\nMade to last."


FAULTS: tuple[Fault, ...] = (
    text_fault("damaged_encoding", "description_en", _latin),
    text_fault("damaged_encoding", "title_zh", _utf8_as_latin),
    text_fault("damaged_encoding", "title_zh", _gbk_as_latin),
    text_fault("damaged_encoding", "description_zh", _utf8_as_gbk),
    text_fault(
        "unreadable_characters",
        "title_zh",
        _lost,
        lambda t: sum("\u4e00" <= c <= "\u9fff" for c in t) >= 6,
    ),
    text_fault("escaped_text", "description_en", _escaped),
    text_fault("markup", "description_en", _html),
    text_fault("markup", "title_zh", _html),
    text_fault("hidden_characters", "title_en", _hidden),
    text_fault("hidden_characters", "description_zh", _hidden),
    text_fault("lookalike_letters", "title_en", _twin),
)
