"""FAQ from every kind of file, with the rows that cannot be used named."""

from __future__ import annotations

import json

import pytest

from baihuo.assist.knowledge.faq_pages import read_html, read_markdown
from baihuo.assist.knowledge.faq_tables import read_csv, read_json
from baihuo.assist.turns import PassageKind
from baihuo.core import BadInput

MARKDOWN = """# Help

We are glad to help.

## Returns

### How long can I return?

Within **30 days**. See [the page](https://shop.example/returns).

### 退货要钱吗？

不要钱。

### Can I exchange?

## Delivery

```
# not a heading
```
Two days.
"""

HTML = """<html><head><script>var x = "<h2>no</h2>"</script></head><body><nav><h2>Menu</h2><p>Home</p></nav>
<h2>How do I <em>pay</em>?</h2><p>By card.</p><ul><li>Visa</li><li>UnionPay</li></ul>
<dl><dt>Is there a shop?</dt><dd>No, only online.</dd></dl>
<details><summary>Where is my parcel?</summary>See your account.</details></body></html>"""


def test_headings_are_questions_and_a_heading_over_headings_is_their_category() -> None:
    reading = read_markdown(MARKDOWN, source="help.md", as_of_us=7)
    asked = {e.question: e for e in reading.entries}
    assert list(asked) == ["How long can I return?", "退货要钱吗？", "Delivery"]
    first = asked["How long can I return?"]
    assert first.answer == "Within 30 days. See the page (https://shop.example/returns)."
    assert (first.category, first.kind, first.language, first.as_of_us) == (
        "Returns",
        PassageKind.FAQ,
        "en",
        7,
    )
    assert asked["退货要钱吗？"].language == "zh"
    assert [(p.row, p.field) for p in reading.problems] == [(15, "answer")]
    assert reading.n_rows == len(reading.entries) + len(reading.problems)


def test_a_page_gives_headings_definitions_and_details_but_no_menu_and_no_script() -> None:
    reading = read_html(HTML, source="faq.html", as_of_us=0)
    assert {e.question: e.answer.split() for e in reading.entries} == {
        "How do I pay?": ["By", "card.", "Visa", "UnionPay"],
        "Is there a shop?": ["No,", "only", "online."],
        "Where is my parcel?": ["See", "your", "account."],
    }


def test_the_questions_that_a_page_marks_for_search_engines_stand_for_the_page() -> None:
    marked = {
        "@type": "FAQPage",
        "mainEntity": [
            {"name": "Do you ship?", "acceptedAnswer": {"text": "<p>Yes.</p><p>Everywhere.</p>"}}
        ],
    }
    page = (
        f'<script type="application/ld+json">{json.dumps(marked)}</script><h2>News</h2><p>Sale</p>'
    )
    reading = read_html(page, source="faq.html", as_of_us=0)
    assert [(e.question, e.answer) for e in reading.entries] == [
        ("Do you ship?", "Yes.\nEverywhere.")
    ]


def test_a_row_without_an_answer_or_with_a_bad_date_is_named_and_the_others_are_kept() -> None:
    text = (
        '问题,答案,更新时间\n怎么付款,"微信,支付宝",2024-05-01\n怎么退货,,\n多久到,两天,yesterday\n'
    )
    reading = read_csv(text, source="faq.csv", as_of_us=0)
    assert [e.question for e in reading.entries] == ["怎么付款"]
    assert reading.entries[0].as_of_us == 1_714_521_600_000_000
    assert [(p.row, p.field, p.value) for p in reading.problems] == [
        (3, "answer", ""),
        (4, "as_of", "yesterday"),
    ]
    assert all(p.fix for p in reading.problems)


def test_json_of_either_shape_is_read_and_what_is_no_text_is_named() -> None:
    rows = [{"question": "A?", "answer": "One."}, {"question": "B?", "answer": 3}, "C?"]
    for data in (rows, {"questions": rows}):
        reading = read_json(json.dumps(data), source="faq.json", as_of_us=0)
        assert [e.answer for e in reading.entries] == ["One."]
        assert [p.row for p in reading.problems] == [2, 3]


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "3"])
def test_json_without_questions_says_what_to_give(text: str) -> None:
    with pytest.raises(BadInput, match=r"faq\.json"):
        read_json(text, source="faq.json", as_of_us=0)


def test_a_csv_without_a_column_of_answers_names_it() -> None:
    with pytest.raises(BadInput, match="no column 'answer'"):
        read_csv("question,price\na,b\n", source="x.csv", as_of_us=0)


def test_an_entry_keeps_its_id_when_its_answer_changes() -> None:
    before = read_markdown("# A?\none\n", source="s", as_of_us=0).entries[0]
    after = read_markdown("#  a?\ntwo\n", source="s", as_of_us=1).entries[0]
    assert before.source_id == after.source_id
