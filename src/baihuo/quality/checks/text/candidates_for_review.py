"""Which cells may be damaged: one RE2 pattern a kind of cell, wide enough to miss nothing."""

from __future__ import annotations

from baihuo.engine import sql_text
from baihuo.quality.checks.text.characters import GREEK, JOINED, PERCENT, WIDE
from baihuo.quality.checks.text.mojibake import STOCK_CHARACTERS

_HIGH = "\\x{80}-\\x{FE}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"


def _utf8_read_as_gbk() -> str:
    """What the first two bytes of a Chinese character in UTF-8 are in GBK: 鎵 for 手."""
    pairs = (bytes((lead, trail)) for lead in range(0xE3, 0xEA) for trail in range(0x80, 0xC0))
    return "".join(c for pair in pairs if (c := pair.decode("gb18030", "ignore")))


def _utf8_read_as_big5() -> str:
    """The same for Big5."""
    pairs = (bytes((lead, trail)) for lead in range(0xE3, 0xEA) for trail in range(0xA1, 0xC0))
    return "".join(c for pair in pairs if (c := pair.decode("big5", "ignore")))


_CYRILLIC = "[АВЕКМНОРСТУХЅІЈаеорсухѕіјԛԝ]"
_DAMAGE = (
    f"[\\x{{A1}}-\\x{{FE}}][{_HIGH}Ä-ÿ]",  # UTF-8, GBK or Big5 read as Latin
    "[\\x{A4}-\\x{F9}][\\x{40}-\\x{7E}][\\x{A4}-\\x{F9}]",  # Big5: its second bytes may be ASCII
    f"[{_utf8_read_as_gbk()}{_utf8_read_as_big5()}]",
    f"\\?\\?|{STOCK_CHARACTERS}",
    f"{GREEK}|{WIDE}|{JOINED}|{PERCENT}",
    "<[A-Za-z/!?\\\\]|&#?[A-Za-z0-9]{2,31};",
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\x{80}-\\x{9f}\\x{ad}\\x{200b}-\\x{200f}\\x{2028}-\\x{202e}"
    "\\x{2060}-\\x{2069}\\x{feff}\\x{fff9}-\\x{fffb}]",
    f"[A-Za-z0-9][^\\s]*{_CYRILLIC}|{_CYRILLIC}[^\\s]*[A-Za-z0-9]|[0-9]\\s*[хХ]\\s*[0-9]",
)
_ESCAPED = "\\\\[nrt/]|[\\\\%]u[0-9a-fA-F]{4}"
# in JSON a backslash is written twice, and controls may be written as \u200b
_ESCAPED_JSON = (
    "\\\\\\\\[nrt/]|\\\\\\\\u[0-9a-fA-F]{4}|\\\\u(?:00[0189]|20[026]|[fF][eEfF])[0-9a-fA-F]{1,2}"
)


def damage_pattern(*, is_json: bool) -> str:
    """RE2 of anything that may be damage, as an SQL literal.

    Args:
        is_json: the cell is a JSON object, which writes escapes of its own.
    """
    pattern = "|".join((*_DAMAGE, _ESCAPED_JSON if is_json else _ESCAPED))
    return sql_text(pattern)
