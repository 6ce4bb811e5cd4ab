"""Characters that programs write where they could not read one: what stood there is lost, and nobody can repair it.

``锟斤拷`` is U+FFFD in UTF-8 read as GBK, ``嚙踝蕭`` the same in Big5, ``占쏙옙`` in EUC-KR, ``пїЅ`` in cp1251;
``烫烫烫`` and ``屯屯屯`` is memory that nobody wrote to; boxes and question marks are letters that a font or an encoding lacks.
"""

from __future__ import annotations

import re

# the same text for RE2 and for Python
PATTERN = (
    "锟斤|斤拷|拷锟|烫烫烫|屯屯屯|^锘|嚙踝|踝蕭|占쏙|쏙옙|пїЅ|Ã¯Â¿Â½|&#65533;|&#[xX][fF]{3}[dD];|%EF%BF%BD|\\\\u[fF]{3}[dD]|"
    "[□▯▢◻囗]{2}|[A-Za-z一-龥][□▯▢〓][A-Za-z一-龥]|〓〓|¿¿|[a-z]¿[a-z]|ÿÿ|þÿ|ÿþ|Ã¢|â‚¬|"
    "[\ue000-\uf8ff]|"  # private use: a box in every font but one
    "(?:[縺繧繝][^a-zA-Z0-9]){2}"
)
# shoppers ask so, and lose their emoji so; a listing does not ask
QUESTION_MARKS = "^ ?[?]{3,} ?[A-Za-z0-9一-龥]|[A-Za-z0-9一-龥] [?]{3,} [A-Za-z0-9一-龥]|[?]{2} [?]{2}|[一-龥][?]{2,}[一-龥]"
# of a search: 黑色????, but not 有货吗????
_LOST_WORDS = re.compile(
    "(?<![吗呢么嘛啊吧几少哪谁])(?<=[一-龥]) ?[?]{4,}|(?<![?])[?]{4,}+ ?[一-龥]"
)
_STOCK, _QUESTION_MARKS = re.compile(PATTERN), re.compile(QUESTION_MARKS)


def is_lost(text: str, *, is_listing: bool) -> bool:
    """Whether letters were replaced by stock characters. A few question marks at an end are a question.

    >>> [is_lost(t, is_listing=True) for t in ("锟斤拷 手机", "□□□ 10mm", "???? Pro Max", "Is it real???", "□10 mm bar")]
    [True, True, True, False, False]
    """
    if _STOCK.search(text) is not None:
        return True
    return is_listing and _QUESTION_MARKS.search(text) is not None


def has_lost_words(query: str) -> bool:
    """Whether a search has four question marks or more beside Chinese that asks nothing.

    >>> has_lost_words("黑色????"), has_lost_words("有货吗????"), has_lost_words("黑色??")
    (True, False, False)
    """
    return _LOST_WORDS.search(query) is not None
