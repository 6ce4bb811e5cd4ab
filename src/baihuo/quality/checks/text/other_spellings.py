"""Latin words in letters that are not found: Greek lookalikes, full width, joined letters; and words in percent escapes of an address.

Greek letters are only taken for Latin ones beside Latin letters: α7, 10 μm and Ω are meant. Full width is undone where a word
is set so, then for every letter and number of the text: half a repair helps nobody. Signs stay in a Chinese text, which sets them so.
A printer's joined letters (ﬁ, ﬂ) are two or three letters by Unicode's compatibility decomposition, and stand in no alphabet.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιυρνκ"
_LATIN = "ABEZHIKMNOPTYXoiupvk"
_AS_LATIN = str.maketrans(_GREEK, _LATIN)
GREEK = f"[A-Za-z][{_GREEK}]|[{_GREEK}][A-Za-z]"
_GREEK_IN_WORD = re.compile(
    f"(?<=[A-Za-z])[{_GREEK}]+(?=[A-Za-z]|\\b)|\\b[{_GREEK}]+(?=[A-Za-z]{{2}})"
)

WIDE = "[Ａ-Ｚａ-ｚ]{2}"
_WIDE_WORD = re.compile("[Ａ-Ｚａ-ｚ０-９](?:[Ａ-Ｚａ-ｚ０-９\u3000]*[Ａ-Ｚａ-ｚ０-９])?")
_AS_NARROW = {**{c: chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}, 0x3000: " "}
_HAN_OR_KANA = re.compile("[\u3040-\u30ff\u3400-\u9fff]")

JOINED = "[\ufb00-\ufb06]"
_AS_SEPARATE = {n: unicodedata.normalize("NFKC", chr(n)) for n in range(0xFB00, 0xFB07)}

PERCENT = "%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}"
_PERCENT_RUN = re.compile("(?:%[0-9A-Fa-f]{2}|\\+(?=%)){2,}")


def in_latin(text: str) -> str:
    """The text with Latin words in Latin letters of usual width.

    >>> in_latin("Grοvetti ｍｏｂｉｌｅ　ｐｈｏｎｅ ５２０ ｇ，10 μm, α7, ΟΜΕΓΑ"), in_latin("手机，Ａ款")
    ('Grovetti mobile phone 520 g,10 μm, α7, ΟΜΕΓΑ', '手机，Ａ款')
    >>> in_latin("oﬃce ﬁle, ﬀ")
    'office file, ff'
    """
    if text.isascii():
        return text
    text = without_greek(text).translate(_AS_SEPARATE)
    if re.search(WIDE, text) is None:
        return text
    if _HAN_OR_KANA.search(text) is None:
        return text.translate(_AS_NARROW)
    return _WIDE_WORD.sub(lambda m: m[0].translate(_AS_NARROW), text)


def without_greek(text: str) -> str:
    """The text with Greek letters in Latin words replaced by those that look the same."""
    return _GREEK_IN_WORD.sub(lambda m: m[0].translate(_AS_LATIN), text)


def without_percents(text: str) -> str:
    """The text with percent escapes read, where they spell letters in UTF-8; "100%25" and addresses stay.

    >>> without_percents("%E6%B0%B4 bottle"), without_percents("50%20 off"), without_percents("http://a.b/%E6%B0%B4")
    ('水 bottle', '50%20 off', 'http://a.b/%E6%B0%B4')
    """
    if "%" not in text or "://" in text:
        return text
    return _PERCENT_RUN.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    try:
        read = unquote_to_bytes(match[0].replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    is_text = not read.isascii() and read.isprintable() and "\ufffd" not in read
    return read if is_text else match[0]
