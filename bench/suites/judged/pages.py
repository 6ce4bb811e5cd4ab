"""The queries with their first ten products and grades, as Markdown for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from suites.judged.asking import Answer
from suites.judged.catalogue import Catalogue, Item
from suites.judged.measures import Exam, scored
from suites.judged.rules import RIGHT
from suites.judged.writing import NotSold

_SYSTEMS = ("words", "learned")


def queries_page(
    exam: Exam, catalogue: Catalogue, not_sold: Sequence[NotSold], answers: Sequence[Answer]
) -> str:
    """Worst first by the order that serves; then what is not sold."""
    items = {i.product_id: i for i in catalogue.items}
    right = {s: scored(exam.answers[s], exam.grades)["right_at_10"] for s in _SYSTEMS}
    lines = ["# Judged searches", "", "Grade 2 and 3 are right; ✗ is a place that is not.", ""]
    for row in np.argsort(right["learned"], kind="stable").tolist():
        query = exam.queries[row]
        n_right = sum(g >= RIGHT for g in exam.grades[row].values())
        figures = ", ".join(f"{s} {right[s][row]:.2f}" for s in _SYSTEMS)
        lines += [f"## {query.text}", ""]
        lines += [f"{query.language}, {query.task}; {n_right} right products; {figures}", ""]
        lines += [*_table(exam, row, items), ""]
    lines += ["# Not sold", "", "| typed | notes | first products |", "| --- | --- | --- |"]
    for asked, answer in zip(not_sold, answers, strict=True):
        shown = " · ".join(_cell(items[p], asked.language) for p in answer.product_ids[:3])
        lines.append(f"| {asked.text} | {', '.join(answer.notes)} | {shown or '–'} |")
    return "\n".join(lines) + "\n"


def _table(exam: Exam, row: int, items: Mapping[str, Item]) -> Iterator[str]:
    yield "| place | " + " | ".join(_SYSTEMS) + " |"
    yield "| --- |" + " --- |" * len(_SYSTEMS)
    grades, language = exam.grades[row], exam.queries[row].language
    tops = [exam.answers[s][row].product_ids for s in _SYSTEMS]
    for place in range(max([0, *map(len, tops)])):
        cells = [
            _graded(top[place], grades, items, language) if place < len(top) else "" for top in tops
        ]
        yield f"| {place + 1} | " + " | ".join(cells) + " |"
    if notes := {s: exam.answers[s][row].notes for s in _SYSTEMS if exam.answers[s][row].notes}:
        yield ""
        yield "notes: " + "; ".join(f"{s}: {', '.join(n)}" for s, n in notes.items())


def _graded(
    product_id: str, grades: Mapping[str, int], items: Mapping[str, Item], language: str
) -> str:
    value = grades.get(product_id, 0)
    mark = "" if value >= RIGHT else " ✗"
    return f"{value}{mark} {_cell(items[product_id], language)}"


def _cell(item: Item, language: str) -> str:
    """Title, price, and what no title says: the sizes in stock."""
    title = item.titles.get(language, item.title)[:70].replace("|", "/")
    sizes = " ".join(v.get("Size", "") for v, has in item.variants if has)
    sold_out = " (sold out)" if item.is_sold_out else ""
    price = "" if item.price is None else f" ¥{item.price:g}"
    return f"{title}{price}{f' [{sizes}]' if sizes.strip() else ''}{sold_out}"
