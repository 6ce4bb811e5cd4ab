"""Which ids are personal: one that holds an e-mail address, or that is as a whole a phone number, a resident id or a card.

Numbers are everywhere in ids, and a pattern that looks for a phone number inside of them finds one by chance: in 3 of 100
random ids of 16 to 18 digits, and in order numbers such as ``522-2913118-7932495``. So a number has to be the whole id, but
for a word before it, and has to be written as people write it.
"""

from __future__ import annotations

import re

from baihuo.privacy.emails import HIDDEN
from baihuo.privacy.found import narrowed
from baihuo.privacy.masking import KINDS
from baihuo.privacy.numbers import is_card, is_resident_id
from baihuo.privacy.phones import AREA

_DIGIT = "[0-9０-９]"
_BETWEEN = "[ \u00a0\u3000.．()（）–—－-]{0,3}"
_AFTER_WORD = "[ \u00a0\u3000:：=._/#＃．－–—-]"
CANDIDATE = (
    # what an address is written with, or a line with at most one word before 9 to 19 digits with little between them, and an X
    f"[@＠]|%40|{HIDDEN}|(?m:^)[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ一-鿿\\n]{{0,20}}"
    f"(?:[A-Za-zＡ-Ｚａ-ｚ]{{1,12}}{_AFTER_WORD}{{1,2}}|[一-鿿]{{1,6}}{_AFTER_WORD}{{0,2}})?"
    f"[+＋(（]?{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{8,18}}[XxＸｘ]?[^0-9A-Za-z０-９\\n]{{0,4}}(?m:$)"
)
"""Of RE2 and of Python: matches every personal id, and others."""
PLAIN_NUMBER = "^[0-9]+$"
PERSONAL_NUMBER = (
    # mobile phones of China and Britain, cards, resident ids
    "^(?:(?:(?:00)?86)?1[3-9][0-9]{9}|(?:0044|0)7[1-57-9][0-9]{8}"
    "|[3-6][0-9]{15}|[0-9]{6}(?:19|20)[0-9]{10})$"
)
"""Of RE2 and of Python: matches every personal id that matches :data:`PLAIN_NUMBER`, and others."""
_CANDIDATE = re.compile(CANDIDATE)
_ADDRESS = re.compile(f"@|%40|{HIDDEN}")  # without, most texts need no look for an address
_WHOLE = re.compile(
    r"(?:[A-Za-z]{1,12}[ :=._/#-] ?|[一-鿿]{1,6}[ :=._/#-]? ?)?(?P<number>[+(]?\d[\d ().-]*[\dXx])",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?P<gap>[ .-]?)\d{4}(?P=gap)\d{4}"  # mainland China, mobile
    rf"|(?:\({AREA}\) ?|{AREA}[ -])[2-8]\d{{2,3}}[ -]?\d{{4}}"  # with an area code
    r"|(?:(?:\+|00)44[ -]?(?:\(0\) ?)?|0)7[1-57-9]\d{2}[ -]?\d{3}[ -]?\d{3}"  # Britain, mobile
    r"|(?:(?:\+|00)?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}"  # North America
    r"|\+[1-9](?:[ ().-]{0,2}\d){8,14}",  # any with its country code
    re.ASCII,
)
_SERVICE = re.compile(r"(?:\+?1[ .-])?\(?(?:400|8(?:00|33|44|55|66|77|88))\)?[ .-]")
# A card as it is printed, or 16 digits. 15 or 19 in a row are too often something else: Snowflake ids and orders have 19.
_CARD = re.compile(
    r"[3-6]\d{15}|[3-6]\d{3}(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?:(?P=gap)\d{3})?",
    re.ASCII,
)
_RESIDENT_ID = re.compile(r"\d{6}[ -]?(?:19|20)\d{6}[ -]?\d{3}[\dXx]", re.ASCII)


def may_be_personal(ids: str) -> bool:
    """Whether an id may be personal; False is sure. Several ids, a line each, are looked at together."""
    return _CANDIDATE.search(ids) is not None


def is_personal_id(text: str) -> bool:
    """Whether an id holds an e-mail address, or is as a whole a phone number, a resident id or a card.

    Before a number may stand one word of letters and one separator.

    >>> [is_personal_id(text) for text in ("wx_13800138000", "tel:+86 138 0013 8000", "17-13800138000", "u:anna@mail.com")]
    [True, True, False, True]
    """
    if not may_be_personal(text):
        return False
    narrow = narrowed(text).strip()
    if _ADDRESS.search(narrow) and any(True for _ in KINDS["email"](narrow)):
        return True
    whole = _WHOLE.fullmatch(narrow)
    return whole is not None and _is_personal_number(whole["number"])


def _is_personal_number(number: str) -> bool:
    if _PHONE.fullmatch(number):
        return _SERVICE.match(number) is None
    plain = re.sub("[ -]", "", number).upper()
    if _CARD.fullmatch(number):
        return is_card(plain)
    return _RESIDENT_ID.fullmatch(number) is not None and is_resident_id(plain)
