"""Characters that keep words from being found: hidden ones, lookalike letters, full width, escapes."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

# Controls, soft hyphen, zero width, marks and overrides of direction, BOM, private use, annotations.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_BREAKS = "\x0b\x0c\x85\u2028\u2029"
_JOINED_EMOJI = re.compile(
    "(?<=[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])"
)
# Scripts that write with joiners (Arabic and Persian to Malayalam, Mongolian) or from the right.
_NEEDS_MARKS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u1800-\u18af\ufb1d-\ufdff\ufe70-\ufefc]")
_MARKS = "\u200c\u200d\u200e\u200f"
_C1 = re.compile("[\u0080-\u009f]")
# cp1252 read as Latin-1, where the words around say which sign it was: it’s, l’eau, “so”, ‘so’, a – b.
_CONFIRMED = re.compile(
    r"(?<=[A-Za-z])\x92(?=(?:s|t|d|m|re|ve|ll)\b)|(?<=\b[lLdDcCnNjJsS])\x92(?=[^\W\d_])|"
    r"(?<![^\s(])\x93(?=\w)[^\x80-\x9f]*\x94(?!\w)|(?<![^\s(])\x91(?=\w)[^\x80-\x9f]*\x92(?!\w)|"
    r"(?<=\S )[\x96\x97](?= \S)"
)

_CYRILLIC = "АВЕКМНОРСТУХЅІЈаеорсухѕіјԛԝ"
_LATIN = "ABEKMHOPCTYXSIJaeopcyxsijqw"
_AS_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_WORD = re.compile(r"[^\W_]+")
_LOOKALIKE = re.compile(f"[{_CYRILLIC}]")
_OTHER_CYRILLIC = re.compile(f"(?![{_CYRILLIC}])[\u0400-\u052f]")
_BASIC = re.compile("[A-Za-z0-9]")
_TIMES = re.compile(r"(?<=\d)(\s*)[хХ](\s*)(?=\d)")

_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιυρνκ"
_GREEK_AS_LATIN = str.maketrans(_GREEK, "ABEZHIKMNOPTYXoiupvk")
GREEK = f"[A-Za-z][{_GREEK}]|[{_GREEK}][A-Za-z]"
_GREEK_IN_WORD = re.compile(
    f"(?<=[A-Za-z])[{_GREEK}]+(?=[A-Za-z]|\\b)|\\b[{_GREEK}]+(?=[A-Za-z]{{2}})"
)

WIDE = "[Ａ-Ｚａ-ｚ]{2}"
_WIDE_WORD = re.compile("[Ａ-Ｚａ-ｚ０-９](?:[Ａ-Ｚａ-ｚ０-９\u3000]*[Ａ-Ｚａ-ｚ０-９])?")
JOINED = "[\ufb00-\ufb06]"
_AS_SEPARATE = {n: unicodedata.normalize("NFKC", chr(n)) for n in range(0xFB00, 0xFB07)}

PERCENT = "%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}|%25[0-9A-Fa-f]{2}"
_PERCENT_RUN = re.compile("(?:%(?:25){0,9}[0-9A-Fa-f]{2}){2,}")  # an escaped escape begins with %25

_ESCAPE = re.compile(r"\\(?:([nrt])|u([0-9a-fA-F]{4})|(/))")
_NO_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*+\\[^\\\"/bfnrtu']")
_TYPED_ESCAPES = re.compile(r"(?:[\\%]u[0-9a-fA-F]{4})+")
_PATH = re.compile(r"(?:^|[\s\"'(])(?:[A-Za-z]:|\\)\\")


def without_hidden(text: str) -> str:
    """Without characters that are not seen; joiners stay where emoji or a script needs them.

    A C1 control may be the byte of a cp1252 character, and is read as one only where the text around it
    confirms that: an apostrophe of a short form, quotes in pairs, a dash between spaces. Any other is dropped,
    since a letter or a sign in its place would be a guess.

    >>> without_hidden("\\ufeffUSB\\u200b-C \\x97 it\\x92s"), without_hidden("Lea\\x9ather"), without_hidden("👩\\u200d🔧")
    ('USB-C — it’s', 'Leather', '👩\\u200d🔧')
    """
    if not _HIDDEN.search(text):
        return text
    if _C1.search(text):
        text = _CONFIRMED.sub(lambda m: _as_cp1252(m[0]), text)
        if not _HIDDEN.search(text):
            return text
    kept = {m.start() for m in _JOINED_EMOJI.finditer(text)}
    if _NEEDS_MARKS.search(text):
        kept |= {i for i, c in enumerate(text) if c in _MARKS}
    characters = []
    for i, c in enumerate(text):
        if i in kept or not _HIDDEN.match(c):
            characters.append(c)
        elif c in _BREAKS:
            characters.append(" ")
    new = "".join(characters).strip()
    return new if new != text.strip() else text


def _as_cp1252(text: str) -> str:
    return _C1.sub(lambda m: m[0].encode("latin-1").decode("cp1252"), text)


def latin_only(text: str) -> str:
    """The text with Cyrillic and Greek letters in Latin words replaced by those that look the same.

    A text that has Cyrillic letters of its own is a Cyrillic text. Greek letters need Latin letters next to them: α7, 10 μm and Ω are meant.

    >>> latin_only("Shuttle XP\u0421 slim, 4800 \u0445 600"), latin_only("макро USM \u0421"), latin_only("Grοvetti 10 μm α7")
    ('Shuttle XPC slim, 4800 x 600', 'макро USM С', 'Grovetti 10 μm α7')
    """
    text = _GREEK_IN_WORD.sub(lambda m: m[0].translate(_GREEK_AS_LATIN), text)
    if not _LOOKALIKE.search(text) or _OTHER_CYRILLIC.search(text):
        return text

    def latin_word(match: re.Match[str]) -> str:
        word = match[0]
        return word.translate(_AS_LATIN) if _BASIC.search(word) else word

    return _WORD.sub(latin_word, _TIMES.sub(r"\1x\2", text))


def usual_width(text: str) -> str:
    """The text with Latin words of usual width, and a printer's joined letters (ﬁ, ﬂ) apart.

    Signs stay: a Chinese text sets them in full width.

    >>> usual_width("ｍｏｂｉｌｅ　ｐｈｏｎｅ ５２０ ｇ"), usual_width("手机，Ａ款"), usual_width("oﬃce ﬁle")
    ('mobile phone 520 g', '手机，Ａ款', 'office file')
    """
    if text.isascii():
        return text
    text = text.translate(_AS_SEPARATE)
    if re.search(WIDE, text) is None:
        return text
    return _WIDE_WORD.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)


def unescaped(text: str) -> str:
    r"""The text with written-out escapes replaced by what they stand for; paths of files stay, and texts with a backslash that JSON does not have.

    >>> unescaped("Red\\nBlue caf\\u00e9"), unescaped("C:\\new"), unescaped(r"\rtf1\ansi")
    ('Red\nBlue café', 'C:\\new', '\\rtf1\\ansi')
    """
    is_other = "\\" not in text or _PATH.search(text) or _NO_ESCAPE.search(text)
    return text if is_other else _ESCAPE.sub(_unescape, text)


def letters_of_escapes(text: str) -> str:
    r"""The text with ``\\u624b`` and ``%u624b`` read, where all in a row are letters or signs; anything else was typed.

    >>> letters_of_escapes(r"\u77ed\u9774 nike"), letters_of_escapes("%u77ed"), letters_of_escapes(r"black\red \u0000")
    ('短靴 nike', '短', 'black\\red \\u0000')
    """
    return text if _PATH.search(text) else _TYPED_ESCAPES.sub(_letters, text)


def _letters(escapes: re.Match[str]) -> str:
    codes = b"".join(bytes.fromhex(escapes[0][i + 2 : i + 6]) for i in range(0, len(escapes[0]), 6))
    read = codes.decode("utf-16-be", "replace")
    return read if read.isprintable() and "\ufffd" not in read else escapes[0]


def _unescape(escape: re.Match[str]) -> str:
    if escape[1]:
        return "\t" if escape[1] == "t" else "\n"
    if escape[3]:
        return "/"
    code = int(escape[2], 16)
    return escape[0] if code < 32 or 0xD800 <= code <= 0xDFFF else chr(code)


def without_percents(text: str) -> str:
    """The text with percent escapes read, however often they were escaped, where they spell letters in UTF-8; "100%25" and addresses stay.

    >>> without_percents("%E6%B0%B4 bottle"), without_percents("50%20 off"), without_percents("http://a.b/%E6%B0%B4")
    ('水 bottle', '50%20 off', 'http://a.b/%E6%B0%B4')
    >>> without_percents("%25E6%25B0%25B4")
    '水'
    """
    return text if "%" not in text or "://" in text else _PERCENT_RUN.sub(_from_percents, text)


def _from_percents(match: re.Match[str]) -> str:
    try:
        once = re.sub("%(?:25)+(?=[0-9A-Fa-f]{2})", "%", match[0])
        read = unquote_to_bytes(once).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    is_text = not read.isascii() and read.isprintable() and "\ufffd" not in read
    return read if is_text else match[0]
