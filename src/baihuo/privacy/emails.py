"""Detects e-mail addresses: plain, and obfuscated: ``anna (at) mail (dot) com``, ``anna艾特qq点com``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans

_LETTERS = r"[A-Za-z0-9À-ɏЀ-ӿ](?:[A-Za-z0-9À-ɏЀ-ӿ-]{0,61}[A-Za-z0-9À-ɏЀ-ӿ])?\."
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,63})(?:@|%40)"
    r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
    # domains in other letters: münchen-shop.de, кто.рф; Chinese and Japanese ones are no part of a sentence
    rf"|(?:{_LETTERS}|[ぁ-ヿ一-龥]{{1,20}}\.)+(?:[A-Za-z]{{2,24}}|рф|рус|укр|бел|中国|公司|网络|商城))(?![A-Za-z0-9-])",
    re.ASCII,
)
_OPEN, _CLOSE = r"[(\[{<]", r"[)\]}>]"
_NAME = r"(?<![A-Za-z0-9._%+-])(?P<name>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63})"
_AT = rf" {{0,2}}(?:{_OPEN} ?(?:at|@) ?{_CLOSE}|艾特|爱特) {{0,2}}"
_DOT = rf" {{0,2}}(?:{_OPEN} ?(?:dot|\.) ?{_CLOSE}|\bdot\b|点|\.) {{0,2}}"
_TOP = r"[A-Za-z]{2,24}(?![A-Za-z0-9-])"
_HIDDEN = re.compile(
    rf"{_NAME}{_AT}(?P<domain>[A-Za-z0-9-]{{2,63}}(?:{_DOT}[A-Za-z0-9-]{{2,63}})??{_DOT}{_TOP})",
    re.ASCII | re.IGNORECASE,
)
# in words alone ("look at dot com"): only of well-known mail services
_SPOKEN = re.compile(
    rf"{_NAME} at (?P<domain>(?:gmail|qq|163|126|outlook|hotmail|yahoo|foxmail|icloud|sina|protonmail|live|msn) (?:dot|点) {_TOP})",
    re.ASCII | re.IGNORECASE,
)
HIDDEN = (
    r"(?i:[(\[{<（［｛] ?(?:at|@) ?[)\]}>）］｝])|艾特|爱特|(?i: at [a-z0-9]{2,10} (?:dot|点) )"
)
"""For RE2 and Python: matches every obfuscated address, and others."""
_SAID_DOT = re.compile(rf"{_DOT}", re.IGNORECASE)


def find_emails(text: str) -> Iterator[PersonalDatum]:
    """Find addresses, plain or obfuscated.

    >>> [f.key for f in find_emails("Anna@mail.com, bo_12 (at) gmail (dot) com, li艾特qq点com, good at dot com puns")]
    ['anna@mail.com', 'bo_12@gmail.com', 'li@qq.com']
    >>> [f.key for f in find_emails("https://shop.example/open?email=anna%40mail.com&c=7")]
    ['anna@mail.com']
    """
    found = [
        PersonalDatum(m.start(), m.end(), m.group().replace("%40", "@").lower())
        for m in _EMAIL.finditer(text)
    ]
    for pattern in (_HIDDEN, _SPOKEN):
        found += [
            PersonalDatum(m.start(), m.end(), f"{m['name']}@{_plain(m['domain'])}".lower())
            for m in pattern.finditer(text)
        ]
    yield from TakenSpans().first(sorted(found, key=lambda datum: datum.start))


def _plain(domain: str) -> str:
    return _SAID_DOT.sub(".", domain)
