"""Text that was read with the wrong encoding (mojibake), read again with the right one.

A repair is made only where it is certain: the wrong reading, undone byte by byte, gives strict UTF-8
(or GBK, Big5) whose characters people write, and writing those down wrongly again gives the damaged
text back. What looks damaged and fails that is left for a person: :func:`is_doubtful`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

MAX_ROUNDS = 3  # encoded wrongly twice is common, more than three times was not seen


def _cp1252() -> dict[str, int]:
    """Character to byte, also of Latin-1. Bytes that the code page leaves undefined, browsers read as C1 controls."""
    table = {}
    for byte in range(0x80, 0x100):
        with contextlib.suppress(UnicodeDecodeError):
            table[bytes([byte]).decode("cp1252")] = byte
        table.setdefault(chr(byte), byte)
    return table


_BYTES = _cp1252()


def _class(first: int, last: int) -> str:
    letters = "".join(c for c, byte in _BYTES.items() if first <= byte <= last)
    return f"[{re.escape(letters)}]"


_NEXT = _class(0x80, 0xBF)
# what sequences of UTF-8 look like when their bytes are read one by one
_RUNS = re.compile(
    f"(?:{_class(0xC2, 0xDF)}{_NEXT}|{_class(0xE0, 0xEF)}{_NEXT}{{2}}|{_class(0xF0, 0xF4)}{_NEXT}{{3}})+"
)
# What people write; a reading that gives anything else (Samaritan, private use) was no damage.
_WRITTEN = re.compile(
    "[\u0080-\u017f\u0192\u0218-\u021b\u02c6\u02dc\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f\u1e00-\u1eff\u2002-\u206f"
    "\u20a0-\u20bf\u2100-\u27bf\u2b00-\u2bff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\ufe0f\ufeff\uff00-\uffef"
    "\U0001f000-\U0001faff]+"
)
# Three and four bytes that spell these do not happen by chance: quotes, dashes, signs, emoji.
_SURE = re.compile("[\u2002-\u2bff\u3000-\u303f\ufe0f\ufeff\uff00-\uffef\U0001f000-\U0001faff]")
_LATIN = re.compile("[\u0080-\u017f]")
_C1 = re.compile("[\u0080-\u009f]")
_CLOSES = re.compile("[\u2018-\u201d\u2013\u2014\u2026\u2122\xa0\xae\xa9\xbb\xb0\xb9\xb2\xb3\xb1]")


def reread(text: str) -> str:
    """The text as it was meant, or unchanged where nothing is certain.

    >>> reread("CafÃ© â€™nâ€™ cream"), reread("ÃƒÂ©tui"), reread("CAFÉ™ and Ø±")
    ('Café ’n’ cream', 'étui', 'CAFÉ™ and Ø±')
    """
    current = text
    for _ in range(MAX_ROUNDS):
        new = next((new for repair in _REPAIRS if (new := repair(current)) != current), current)
        if new == current:
            break
        current = new
    # C1 controls appear while double damage is undone, and never stay at the end
    has_controls = len(_C1.findall(current)) > len(_C1.findall(text))
    return text if has_controls or (current != text and _is_half_read(current)) else current


def _is_half_read(text: str) -> bool:
    """Whether some of it is still damaged: bytes were lost, so that no reading of the whole is confirmed."""
    if is_doubtful(text):
        return True
    return _HAN.search(text) is not None and _LEAD_ALONE.search(text) is not None


# what programs write where they could not read a letter: U+FFFD, also read wrongly (as GBK, Big5, EUC-KR, cp1251, cp1252),
# uninitialised memory, boxes of a font, letters for private use. The same text for RE2 and for Python.
STOCK_CHARACTERS = "\ufffd|ï¿½|锟斤|斤拷|嚙踝|占쏙|пїЅ|烫烫烫|屯屯屯|[□▯◻]{2}|[\ue000-\uf8ff]"
# “â€” without its third byte; UTF-8 read as Latin and cut
_DOUBTFUL = re.compile(
    f"{STOCK_CHARACTERS}|â€(?![\u0080-\u00bf\u2018-\u203a])|Ã[ƒ‚]|"
    r"(?<=[A-Za-z])\?{3,}(?=[A-Za-z])|^(?=[?\s]*\?{4})[?\s]*+$"
)
_MARKS = re.compile(r"\?{2,}")
_MARKS_BEFORE_MORE = re.compile(r"\?{3} ?\w")  # a question ends with its marks


def is_doubtful(text: str, *, is_listing: bool = False) -> bool:
    """Whether characters were lost, or damage shows that cannot be undone with certainty.

    Question marks for lost letters differ from a question: a listing does not ask, a shopper does.

    >>> is_doubtful("Caf\ufffd"), is_doubtful("锟斤拷手机"), is_doubtful("Café"), is_doubtful("???? Pro", is_listing=True)
    (True, True, False, True)
    """
    if _DOUBTFUL.search(text) or (is_listing and _MARKS_BEFORE_MORE.search(text)):
        return True
    runs = _MARKS.findall(text)  # what an encoding without Chinese writes for it
    return len(runs) >= 3 or (len(runs) == 2 and text.count("?") * 6 >= len(text))


def _whole(text: str) -> str:
    """UTF-8 read as cp1252, and every character of it: stronger evidence than any single run."""
    if any(ord(c) > 127 and c not in _BYTES for c in text):
        return text
    read = _decoded(bytes(_BYTES.get(c, ord(c)) for c in text), "utf-8")
    return text if read is None or read == text else _latin_pass(text)


def _latin_pass(text: str) -> str:
    """UTF-8 that was read as cp1252 or Latin-1, run by run."""
    runs = []
    for match in _RUNS.finditer(text):
        read = _decoded(bytes(_BYTES[c] for c in match[0]), "utf-8")
        if read and _WRITTEN.fullmatch(read):
            runs.append((match.start(), match.end(), read))
    if not runs:
        return text
    sure = [_is_sure(text, *run) for run in runs]
    if not any(sure) or _is_stray_control(text, runs):
        return text
    parts, at = [], 0
    for start, end, read in runs:  # one sure run shows how the whole text was read
        parts += [text[at:start], read]
        at = end
    return "".join([*parts, text[at:]])


def _is_stray_control(text: str, runs: list[tuple[int, int, str]]) -> bool:
    """Whether the only run is a letter before a control, in a text with other letters that are whole: "Ä\\x9f für"
    was read right, and the control is no half of a letter."""
    if len(runs) > 1:
        return False
    (start, end, _) = runs[0]
    is_pair = end - start == 2 and _C1.match(text[start + 1]) is not None
    return is_pair and _WHOLE.search(text[:start] + text[end:]) is not None


_WHOLE = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]")


def _is_sure(text: str, start: int, end: int, read: str) -> bool:
    around = text[start - 1 : start] + text[end : end + 1]
    if any("\xa1" <= c <= "\xff" and c != "\xad" for c in around):
        return False  # letters of another encoding on either side: GBK, most likely
    if _SURE.search(read) or len(read) >= 2:
        return True
    if read == "×" and text[:start].rstrip()[-1:].isdigit() and text[end:].lstrip()[:1].isdigit():
        return True  # 70Ã—140: no letter, nor a dash behind one, stands between two sides
    # one pair: "Ã©" is damage, "CAFÉ™" or "AMANHÔ is a capital before a sign
    return bool(_LATIN.match(read)) and not _is_caps(text, start, end)


def _is_caps(text: str, start: int, end: int) -> bool:
    """Whether a capital that may be meant stands before a sign, a quote or a dash."""
    if not _CLOSES.match(text[start + 1]):
        return False
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    is_apart = before.isupper() or (not before.isalpha() and text[start + 1] != "\xa0")
    return text[start] != "Â" and is_apart and not after.islower()


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


# a byte of UTF-8 as cp1252 shows it: a first one in no word of Latin letters (Lüxing), or one that no Chinese text has
_LEAD_ALONE = re.compile(
    "(?<![A-Za-z])[\u00c2-\u00f4](?![A-Za-z])|[\u00c2-\u00f4](?![\0-\x7f\u00c0-\u017f]|$)|[\u0080-\u009f\u00a1-\u00a4\u00a6\u00a8\u00aa-\u00ad\u00af\u00b4\u00b8-\u00bf"
    "\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u201a\u201e\u2020\u2021\u2030\u2039\u203a]"
)

# --- Chinese ------------------------------------------------------------------------------------

_HAN = re.compile("[\u4e00-\u9fff]")
_PINYIN = "āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüê"  # GBK has them, and brands (Lüxing) use them
_CHINESE = re.compile(
    f"[{_PINYIN}\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2122\u2160-\u24ff\u2500-\u26ff·×°±÷\x00-\x7f]+"
)
MIN_COVERED = 0.5  # share of characters inside words of the dictionary
MIN_COVERED_COMMON = 0.25  # where three and more characters are all of the common ones
_HIGH_LATIN = re.compile("[^\x00-\x7f]")


def _chinese_read_as_latin(text: str) -> str:
    """GBK or Big5 that was read as Latin-1 or cp1252: "ÊÖ»ú" is 手机."""
    if len(_HIGH_LATIN.findall(text)) < 3 or _HAN.search(text):
        return text
    if any(ord(c) > 127 and c not in _BYTES for c in text):
        return text
    raw = bytes(_BYTES.get(c, ord(c)) for c in text)
    best, best_covered = text, 0.0
    for codec in ("gb18030", "big5"):
        read = _decoded(raw, codec)
        if read is None or not _CHINESE.fullmatch(read) or len(_HAN.findall(read)) < 2:
            continue
        covered, is_common = _covered(read), _is_common(read, codec)
        if codec == "big5" and is_common and len(_HAN.findall(read)) >= 4:
            covered = max(
                covered, 1.01 * MIN_COVERED_COMMON
            )  # the dictionary is of simplified words
        if covered > max(best_covered, MIN_COVERED_COMMON if is_common else MIN_COVERED):
            best, best_covered = read, covered
    return best


def _utf8_read_as_chinese(text: str) -> str:
    """UTF-8 that was read as GBK or Big5: "鎵嬫満澹�" with nothing lost. Whole text, else by runs."""
    if not _HAN.search(text):
        return text
    for codec in ("gb18030", "big5"):
        read = _as_utf8(text, codec)
        if read is None:
            read = _runs_as_utf8(text, codec)
        if read == text:
            continue
        # three characters do not come out of nine bytes by chance; two need the dictionary's word
        needed = 0.0 if len(_HAN.findall(read)) >= 3 else MIN_COVERED
        if (covered := _covered(read)) >= needed and covered >= _covered(text):
            return read
    return text


def _runs_as_utf8(text: str, codec: str) -> str:
    """Run by run, and unchanged where another run stays that is no Chinese either: bytes of it were lost."""
    runs = [(m[0], _as_utf8(m[0], codec)) for m in _NOT_ASCII.finditer(text)]
    left = [run for run, read in runs if read is None and _HAN.search(run)]
    if len(left) == len(runs) or any(_covered(run) < MIN_COVERED for run in left):
        return text
    readings = iter(read or run for run, read in runs)
    return _NOT_ASCII.sub(lambda _: next(readings), text)


_NOT_ASCII = re.compile("[^\x00-\x7f]{2,}")


def _as_utf8(text: str, codec: str) -> str | None:
    try:
        read = text.encode(codec).decode("utf-8")
        is_lossless = read.encode("utf-8").decode(codec) == text
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return read if is_lossless and _HAN.search(read) and _CHINESE.fullmatch(read) else None


_FIRST_LEVEL = {"gb18030": (b"\xb0\xa1", b"\xd7\xf9"), "big5": (b"\xa4\x40", b"\xc6\x7e")}


def _is_common(text: str, codec: str) -> bool:
    """Whether it has three Chinese characters or more, of four nearly all of the first level."""
    first, last = _FIRST_LEVEL[codec]
    han = [c.encode(codec) for c in _HAN.findall(text)]
    n_common = sum(len(c) == 2 and first <= c <= last for c in han)
    return len(han) >= 3 and n_common >= (0.8 * len(han) if len(han) > 4 else len(han))


def _covered(text: str) -> float:
    """Share of the Chinese characters that stand in words of two and more, 0 to 1."""
    n_han = len(_HAN.findall(text))
    if not n_han:
        return 0.0
    import rjieba  # its dictionary is loaded only where damage is suspected

    words = rjieba.cut(text, False)
    return sum(len(w) for w in words if len(w) > 1 and _HAN.match(w)) / n_han


# the first that changes anything is taken; repairs that need more proof than the bytes come later
_REPAIRS: tuple[Callable[[str], str], ...] = (
    _whole,
    _chinese_read_as_latin,
    _latin_pass,
    _utf8_read_as_chinese,
)
