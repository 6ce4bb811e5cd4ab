"""FAQ from Markdown and HTML: a heading is a question, what stands under it the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from baihuo.assist.knowledge.entries import Reading, RowProblem
from baihuo.assist.knowledge.faq_tables import MOST_CHARACTERS, faq_entry

_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_INLINE = (
    (re.compile(r"!\[([^\[\]]{0,999})\]\([^)\[]{0,999}\)"), r"\1"),
    (re.compile(r"\[([^\[\]]{1,999})\]\((https?://[^)\[\s]{1,2000}+)[^)\[]{0,999}\)"), r"\1 (\2)"),
    (re.compile(r"\[([^\[\]]{1,999})\]\([^)\[]{0,999}\)"), r"\1"),
    (re.compile(r"(\*\*|__|`)(.+?)\1"), r"\2"),
    (re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)"), r"\1"),
    (re.compile(r"<[^<>\n]{1,999}>"), ""),
)


class _Section:
    """A heading with its level, its row and the text under it."""

    def __init__(self, level: int, title: str, row: int) -> None:
        self.level, self.title, self.row = level, title, row
        self.text: list[str] = []


def read_markdown(text: str, *, source: str, as_of_us: int) -> Reading:
    """Headings as questions. One that has only headings under it is the category of these."""
    sections: list[_Section] = []
    in_code = False
    for row, line in enumerate(text.splitlines(), 1):
        in_code ^= bool(_FENCE.match(line))
        heading = None if in_code else _HEADING.match(line)
        if heading:
            sections.append(
                _Section(len(heading[1]), _plain(heading[2].rstrip().rstrip("#").rstrip()), row)
            )
        elif sections and not _FENCE.match(line):
            sections[-1].text.append(_plain(line.lstrip("> ")))
    return _reading(sections, source, as_of_us)


def read_html(text: str, *, source: str, as_of_us: int) -> Reading:
    """Questions of a page: headings, ``dt`` and ``summary``; where the page has schema.org's FAQPage, that alone."""
    parser = _Page()
    parser.feed(text)
    parser.close()
    marked = [q for block in parser.linked_data for q in _faq_page(block)]
    sections = parser.sections
    if marked:
        sections = []
        for number, (question, answer) in enumerate(marked, 1):
            section = _Section(2, question, number)
            section.text = [_text_of(answer)]
            sections.append(section)
    return _reading(sections, source, as_of_us)


def _reading(sections: list[_Section], source: str, as_of_us: int) -> Reading:
    entries, problems, n_rows = [], [], 0
    category: dict[int, str] = {}
    for at, section in enumerate(sections):
        section.title = " ".join(section.title.split())
        answer = re.sub(r"\n{3,}", "\n\n", "\n".join(section.text)).strip()
        category = {level: t for level, t in category.items() if level < section.level}
        has_more = at + 1 < len(sections) and sections[at + 1].level > section.level
        if has_more and (not answer or section.level == 1):
            category[section.level] = section.title  # an introduction under it answers nothing
            continue
        n_rows += 1
        if not answer:
            fix = "write an answer under the heading, or take it out"
            problems.append(RowProblem(section.row, "answer", section.title, fix))
        elif not section.title:
            problems.append(
                RowProblem(section.row, "question", "", "give the heading the question as its text")
            )
        elif len(answer) > MOST_CHARACTERS:
            fix = f"split it by headings: at most {MOST_CHARACTERS} characters"
            problems.append(RowProblem(section.row, "answer", answer, fix))
        else:
            record = {
                "question": section.title,
                "answer": answer,
                "category": next(reversed(category.values()), ""),
            }
            entries.append(faq_entry(record, source=source, as_of_us=as_of_us))
    return Reading(tuple(entries), n_rows, tuple(problems))


def _plain(line: str) -> str:
    for pattern, new in _INLINE:
        line = pattern.sub(new, line)
    return line.rstrip()


_ASK = {"dt": 5, "summary": 5, **{f"h{n}": n for n in range(1, 7)}}
_SKIP = frozenset("script style nav footer header aside noscript template form button svg".split())
_BREAK = frozenset("p br li div dd ul ol tr section article details dl".split())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections: list[_Section] = []
        self.linked_data: list[str] = []
        self._skipped = 0
        self._asking = self._linking = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and dict(attrs).get("type") == "application/ld+json":
            self._linking = True
            self.linked_data.append("")
        elif tag in _SKIP:
            self._skipped += 1
        elif tag in _ASK and not self._skipped:
            self._asking = True
            self.sections.append(_Section(_ASK[tag], "", self.getpos()[0]))
        elif tag in _BREAK:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._linking:
            self._linking = False
        elif tag in _SKIP:
            self._skipped = max(0, self._skipped - 1)
        elif tag in _ASK:
            self._asking = False
        elif tag in _BREAK:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if self._linking:
            self.linked_data[-1] += data
        elif self._skipped or not self.sections:
            return
        elif self._asking:
            self.sections[-1].title += data
        else:
            self._add(data)

    def _add(self, text: str) -> None:
        if self.sections and not self._asking and not self._skipped:
            last = self.sections[-1].text
            if text == "\n":
                last.append("")
            elif not last:
                last.append(" ".join(text.split()))
            else:
                spaced = " " if text[:1].isspace() and last[-1] else ""
                end = " " if text[-1:].isspace() and text.strip() else ""
                last[-1] += spaced + " ".join(text.split()) + end


def _faq_page(block: str) -> Iterable[tuple[str, str]]:
    try:
        data: Any = json.loads(block)
    except ValueError:
        return
    for item in data if isinstance(data, list) else [data]:
        if not isinstance(item, dict) or item.get("@type") != "FAQPage":
            continue
        asked = item.get("mainEntity", [])
        for question in asked if isinstance(asked, list) else [asked]:
            answer = question.get("acceptedAnswer") if isinstance(question, dict) else None
            if isinstance(answer, dict):
                yield str(question.get("name") or ""), str(answer.get("text") or "")


def _text_of(markup: str) -> str:
    return _plain(re.sub(r"<(?:br|/p|/li|/div)[^<>]*>", "\n", markup))
