"""Detect personal ids: those that contain an e-mail address, or are a phone number, a resident id or a card.

A search for phone numbers inside of ids finds them by chance: in 3 of 100 random ids of 16 to 18 digits, and in order numbers such as
``522-2913118-7932495``. So a number has to be the whole id, except for a word before it, in a usual format.
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
    # characters of an address, or a line with at most one word before 9 to 19 digits with few separators, and an X
    f"[@＠]|%40|{HIDDEN}|(?m:^)[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ一-鿿\\n]{{0,20}}"
    f"(?:[A-Za-zＡ-Ｚａ-ｚ]{{1,12}}{_AFTER_WORD}{{1,2}}|[一-鿿]{{1,6}}{_AFTER_WORD}{{0,2}})?"
    f"[+＋(（]?{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{8,18}}[XxＸｘ]?[^0-9A-Za-z０-９\\n]{{0,4}}(?m:$)"
)
"""For RE2 and Python: matches every personal id, and others."""
PLAIN_NUMBER = "^[0-9]+$"
PERSONAL_NUMBER = (
    # mobile phones of China and Britain, cards, resident ids
    "^(?:(?:(?:00)?86)?1[3-9][0-9]{9}|(?:0044|0)7[1-57-9][0-9]{8}"
    "|[3-6][0-9]{15}|[0-9]{6}(?:19|20)[0-9]{10})$"
)
"""For RE2 and Python: matches every personal id that matches :data:`PLAIN_NUMBER`, and others."""
_CANDIDATE = re.compile(CANDIDATE)
_ADDRESS = re.compile(f"@|%40|{HIDDEN}")  # without it, a text has no address
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
    """Whether an id may be personal; False is sure. Checks several ids together, a line each."""
    return _CANDIDATE.search(ids) is not None


def is_personal_id(text: str) -> bool:
    """Return whether an id contains an e-mail address, or is a phone number, a resident id or a card. One word and one separator may
    precede a number.

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
