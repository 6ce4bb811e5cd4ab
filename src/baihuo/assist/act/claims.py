"""Reads from a message who somebody says they are: an e-mail address, or a name with a postal code."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Chinese characters may stand right beside either: \w would take them in.
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}(?![A-Za-z0-9_-])"
)
_POSTAL = re.compile(
    r"(?<![A-Za-z0-9_#-])(?:\d{4,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?![A-Za-z0-9_-])",
    re.A,
)
_SAID_NAME = re.compile(
    r"(?:my name is|name(?:'s| is|:)|i am|i'm|this is)\s+(?P<name>[^\W\d_]+(?:[-' ][^\W\d_]+){1,3})",
    re.I,
)
_NAME = re.compile(r"\b(?P<name>[A-Z][^\W\d_]+(?:[-' ][A-Z][^\W\d_]+){1,3})\b")
_NAME_ZH = re.compile(
    r"(?:我叫|我是|姓名(?:是|[:：])?|名字(?:是|叫)?|本人)\s*(?P<name>[\u4e00-\u9fff]{2,4})"
)
_ALONE_ZH = re.compile(r"^\s*(?P<name>[\u4e00-\u9fff]{2,4})[\s,，、;；]+")
_NO_NAMES = {"and", "with", "zip", "postal", "code", "my", "from", "in", "at", "living"}


@dataclass(frozen=True, slots=True)
class NameClaim:
    """A name and a postal code."""

    first_name: str
    last_name: str
    postal_code: str

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name} {self.postal_code}".casefold()


def claimed_email(text: str) -> str | None:
    """The one e-mail address in a text; None for none, or more than one: only one person is helped in a conversation.

    >>> claimed_email("it's Ada.Park@example.com, thanks")
    'Ada.Park@example.com'
    """
    found = {
        match.group().rstrip(".").lower(): match.group().rstrip(".")
        for match in _EMAIL.finditer(text)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def claimed_names(text: str, *, was_asked: bool) -> list[NameClaim]:
    """Ways to read a name with a postal code; empty where the text has none.

    Args:
        was_asked: Whether we asked who it is: then a name needs no words before it.

    >>> claimed_names("My name is Ada Park and my zip is 62701", was_asked=False)
    [NameClaim(first_name='Ada', last_name='Park', postal_code='62701')]
    >>> claimed_names("王小明 310012", was_asked=True)[0].first_name
    '小明'
    """
    postal = {match.group() for match in _POSTAL.finditer(text)}
    if len(postal) != 1:
        return []
    code = postal.pop()
    patterns = [_SAID_NAME, _NAME_ZH, *((_ALONE_ZH, _NAME) if was_asked else ())]
    for pattern in patterns:
        if match := pattern.search(text):
            return [NameClaim(first, last, code) for first, last in _split(match["name"])]
    return []


def _split(name: str) -> list[tuple[str, str]]:
    if "\u4e00" <= name[0] <= "\u9fff":  # the family name stands first: one character, seldom two
        return [(name[n:], name[:n]) for n in (1, 2) if len(name) > n]
    words = []
    for word in name.split():
        if word.lower() in _NO_NAMES:
            break
        words.append(word)
    if len(words) < 2:
        return []
    return [(" ".join(words[:-1]), words[-1])] if len(words) < 4 else [(words[0], words[1])]
