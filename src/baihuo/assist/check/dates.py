"""Dates of a text, in the formats of both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may may|jun june|jul july|aug august|sep september sept|oct october|"
        "nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<y>{_YEAR})\s?年\s?(?P<m>\d{{1,2}})\s?月(?:\s?(?P<d>\d{{1,2}})\s?[日号]?)?",
        r"(?<!\d)(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]",
        rf"(?<!\d)(?P<y>{_YEAR})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>{_YEAR})(?!\d)",
        rf"\b(?P<name>{_MONTH})\.?\s(?:the\s)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y>{_YEAR}))?",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<name>{_MONTH})\b\.?(?:,?\s(?P<y>{_YEAR}))?",
        rf"\b(?P<name>{_MONTH})\s(?P<y>{_YEAR})\b",
        rf"(?<![\d.])(?P<y>{_YEAR})\s?年",
        rf"\b(?:in|of|since|until)\s(?P<y>{_YEAR})\b(?![-/.]\d)",
    )
)
_WORDS = {
    "today": r"\b(?:today|tonight)\b|今天|今日|今晚",
    "tomorrow": r"\btomorrow\b|明天|明日",
    "yesterday": r"\byesterday\b|昨天|昨日",
    **{
        f"weekday {n}": rf"\b(?:{english}s?)\b|(?:周|星期|礼拜){chinese}"
        for n, (english, chinese) in enumerate(
            zip(
                "monday tuesday wednesday thursday friday saturday sunday".split(),
                ("一", "二", "三", "四", "五", "六", "[日天]"),
                strict=True,
            ),
            start=1,
        )
    },
    "working day": r"(?<!\d )(?<!\d)(?<!next )(?<!same )\b(?:weekdays?|(?:working|business) days?)\b|(?<!\d)(?<!\d个)(?<!下个)(?<!每个)工作日",
    "next year": r"\bnext year\b|明年|次年|下1?年|来年|翌年",
    "this year": r"\b(?:this|current) year\b|今年|当年|本年",
    "next month": r"\bnext month\b|下1?个?月|次月",
    "this month": r"\b(?:this|current) month\b|本月|当月|这个月",
    "end of year": r"\bend of (?:the )?(?:(?=next|this|same|follow)|year\b)|\byear[- ]?end\b|年底|年末",
    "end of month": r"\bend of (?:the )?month\b|\bmonth[- ]?end\b|月底|月末",
    "every day": r"\bevery day\b|\bdaily\b|每[天日]",
    "weekend": r"\bweekends?\b|周末",
    "holiday": r"\b(?:bank |public )?holidays?\b|节假日|假期",
}
_NAMED = tuple((name, re.compile(pattern)) for name, pattern in _WORDS.items())


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as far as it is said. 03/04/2026 may be read in two ways: it has both."""

    year: int | None
    month: int | None
    day: int | None
    other: tuple[int, int] | None = None  # month and day, read the other way round
    name: str = ""  # "tomorrow", "weekday 1"

    def agrees(self, source: Day) -> bool:
        """Whether the source says this day; parts that one of them leaves out do not matter."""
        if self.name or source.name:
            return self.name == source.name
        if self.year and source.year and self.year != source.year:
            return False
        if self.month is None:
            return self.year == source.year
        return bool(_readings(self) & _readings(source)) or (
            self.day is None and self.month == source.month
        )


def _readings(day: Day) -> set[tuple[int | None, int | None]]:
    return {(day.month, day.day)} | ({day.other} if day.other else set())


def days_of(text: str) -> tuple[list[tuple[Day, int, int]], str]:
    """Days with their place in the text, and the text with spaces in their place, so that places stay.

    >>> [d.month for d, _, _ in days_of("from 3 may to 2026-06-01")[0]]
    [6, 5]
    """
    found: list[tuple[Day, int, int]] = []
    for form in _FORMS:
        for match in form.finditer(text):
            day = _day(match.groupdict())
            if day is not None:
                found.append((day, match.start(), match.end()))
                text = _blank(text, match.start(), match.end())
    for name, pattern in _NAMED:
        for match in pattern.finditer(text):
            found.append((Day(None, None, None, name=name), match.start(), match.end()))
            text = _blank(text, match.start(), match.end())
    return found, text


def _day(groups: dict[str, str | None]) -> Day | None:
    said = {name: text for name, text in groups.items() if text is not None}
    year = int(said["y"]) if "y" in said else None
    if "a" in said:
        first, second = int(said["a"]), int(said["b"])
        if first > 12:
            return Day(year, second, first)
        return Day(year, first, second, other=(second, first) if second <= 12 else None)
    month = _MONTHS[said["name"]] if "name" in said else int(said.get("m", 0)) or None
    day = int(said["d"]) if "d" in said else None
    if (month and month > 12) or (day and day > 31):
        return None
    return Day(year, month, day)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
