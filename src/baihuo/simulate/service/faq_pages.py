"""Writes the FAQ as Markdown: a heading a category, a heading a question, the answer below it."""

from __future__ import annotations

from pathlib import Path

from baihuo.simulate.service.word_lists import entries

_TITLE = {"en": "Questions and answers", "zh": "常见问题"}


def write_faq(out: Path) -> None:
    """``faq.en.md`` and ``faq.zh.md``, the same entries in the same order."""
    for language, title in _TITLE.items():
        lines, category = [f"# {title}", ""], ""
        for entry in entries():
            if entry.category[language] != category:
                category = entry.category[language]
                lines += [f"## {category}", ""]
            lines += [f"### {entry.question[language]}", ""]
            lines += [entry.answer[language], ""]
        (out / f"faq.{language}.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")
