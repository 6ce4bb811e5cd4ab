"""Past conversations: who said what, what may be said again, and why the rest may not."""

from __future__ import annotations

import pytest

from baihuo.assist.knowledge.cleaning import DROP_REASONS, clean_pairs
from baihuo.assist.knowledge.past_files import read_conversations, read_line_files
from baihuo.assist.knowledge.past_pairs import PastPair, earlier_pairs
from baihuo.core import BadInput

HEADER = "conversation_id,at,author,text\n"


def rows(*messages: tuple[str, int, str, str]) -> str:
    lines = (f'{c},2024-05-01T09:{m:02}:00Z,{a},"{t}"\n' for c, m, a, t in messages)
    return HEADER + "".join(lines)


def test_an_answer_is_all_that_a_person_wrote_until_the_shopper_wrote_again() -> None:
    text = rows(
        ("c1", 3, "desk", "Within 30 days."),
        ("c1", 1, "shopper", "hello"),
        ("c1", 2, "shopper", "how long can I return a toy?"),
        ("c1", 4, "desk", "The box may be open."),
        ("c1", 5, "客户", "and shoes?"),
        ("c1", 6, "bot", "I am a machine"),
        ("c1", 7, "agent", "Shoes too."),
        ("c2", 1, "shopper", "do you sell kites?"),
    )
    file = read_conversations(text, source="c.csv")
    first, second = file.pairs
    assert first.answer == "Within 30 days.\nThe box may be open."
    assert [by for _, by in first.utterances] == [False, False]
    assert second.answer == "Shoes too."
    assert [t for t, by in second.utterances if by][-1] == "I am a machine"
    assert file.unanswered == ("do you sell kites?",)


def test_a_bad_row_is_named_and_the_rest_of_the_conversation_is_kept() -> None:
    text = rows(("c1", 1, "shopper", "how do I pay?"), ("c1", 2, "desk", "By card only."))
    text += "c1,yesterday,desk,x\nc1,2024-05-01,ghost,x\n,2024-05-01,desk,x\n"
    file = read_conversations(text, source="c.csv")
    assert len(file.pairs) == 1
    assert [(p.row, p.field, p.value) for p in file.problems] == [
        (4, "at", "yesterday"),
        (5, "author", "ghost"),
        (6, "conversation_id", ""),
    ]


def test_a_file_without_authors_is_refused_with_its_header() -> None:
    with pytest.raises(BadInput, match="no column 'author'"):
        read_conversations("conversation_id,at,text\n", source="c.csv")


def pairs_text(*pairs: tuple[str, str]) -> str:
    messages = []
    for at, (asked, said) in enumerate(pairs):
        messages += [(f"c{at}", 1, "shopper", asked), (f"c{at}", 2, "desk", said)]
    return rows(*messages)


@pytest.mark.parametrize(
    ("asked", "said", "reason"),
    [
        ("你好", "您好，请问有什么可以帮您", "no_question"),
        ("请问怎么退货呢", "不客气，再见", "greeting"),
        ("where is my parcel now?", "Your order #W1234 was shipped on Monday.", "one_order"),
        ("退款到哪里了", "已经为您提交退款了，请留意", "one_order"),
        ("多久可以退款到账", "退款[数字x]个工作日到账哦", "value_masked"),
        ("有没有黑色的背包", "Nutbrook Ridge有货的，详情可以看商品页哦", "of_a_moment"),
        ("Is the blue kettle available", "Yes, the Solenne kettle is in stock", "of_a_moment"),
        ("这个可以退货的吗", "可以退", "too_short"),
        ("who can I call about it?", "Call me at 138 1234 5678 please", "one_order"),
    ],
)
def test_what_cannot_be_said_to_another_is_left_out_with_its_reason(
    asked: str, said: str, reason: str
) -> None:
    reading = clean_pairs(read_conversations(pairs_text((asked, said)), source="c"), source="c")
    assert [(d.reason, d.n) for d in reading.dropped] == [(reason, 1)]
    assert reason in DROP_REASONS
    assert not reading.entries


def test_words_that_follow_every_question_go_and_words_of_one_topic_stay() -> None:
    topics = "kettle lamp shoes phone desk chair tent boots mug scarf bowl sofa bike hat rug vase pan bag".split()
    polite = "Please be patient while the team looks into that matter"
    pairs = [(f"does the {t} come in blue?", polite) for t in topics]
    pairs += [
        (f"refund question {n}: how is it paid back?", "Money goes back to the card that paid")
        for n in topics[:5]
    ]
    reading = clean_pairs(read_conversations(pairs_text(*pairs), source="c"), source="c")
    assert {e.answer for e in reading.entries} == {"Money goes back to the card that paid"}
    assert {d.reason: d.n for d in reading.dropped}["boilerplate"] == len(topics)


def test_of_answers_in_nearly_the_same_words_the_latest_is_kept_but_never_of_other_numbers() -> (
    None
):
    text = rows(
        ("c1", 1, "shopper", "how long can I return shoes that do not fit?"),
        ("c1", 2, "desk", "You may send the shoes back within 30 days, unworn."),
        ("c2", 3, "shopper", "how long can I return shoes that do not fit"),
        ("c2", 4, "desk", "You may send the shoes back within 30 days (unworn)!"),
        ("c3", 5, "shopper", "how long can I return shoes that do not fit?"),
        ("c3", 6, "desk", "You may send the shoes back within 14 days, unworn."),
    )
    reading = clean_pairs(read_conversations(text, source="c"), source="c")
    assert [e.answer[-20:] for e in reading.entries] == [
        "in 30 days (unworn)!",
        "hin 14 days, unworn.",
    ]


def test_every_row_is_kept_dropped_or_a_problem_and_nothing_personal_is_stored() -> None:
    text = pairs_text(
        ("my phone is 138 1234 5678, can I pay at the door?", "You can pay by card at the door."),
        ("hi", "hello"),
        ("can I collect it myself?", "Collect it at the counter with your code."),
    )
    reading = clean_pairs(read_conversations(text, source="c"), source="c")
    n_dropped = sum(d.n for d in reading.dropped)
    assert reading.n_rows == len(reading.entries) + n_dropped + len(reading.problems)
    assert reading.masked == {"phone": 1}
    assert all("138" not in e.question + e.answer + e.context for e in reading.entries)


QUESTIONS = "".join(
    f"您好,有什么问题我可以帮您处理或解决呢?,我想问一下{t}怎么退,\n"
    for t in ("手机", "电脑", "衣服", "鞋子")
)
ANSWERS = "亲您在订单页面申请售后哦,\n" * 4


def test_lines_of_two_files_get_their_authors_from_what_is_known_of_them() -> None:
    file = read_line_files(QUESTIONS, ANSWERS, source="q.txt", as_of_us=5)
    assert len(file.pairs) == 4
    assert set(file.at_us) == {5}
    assert all(p.utterances[-1] == (t, False) for p in file.pairs for t in [p.utterances[-1][0]])


def test_a_line_ends_where_the_file_says_and_not_at_a_separator_inside_a_message() -> None:
    odd = QUESTIONS.replace("手机", "手\u2028机\x85")
    file = read_line_files(odd, ANSWERS.replace("\n", "\r\n"), source="q", as_of_us=0)
    assert len(file.pairs) == 4


def test_two_files_of_unlike_length_are_refused() -> None:
    with pytest.raises(BadInput, match="4 lines of questions, 3 of answers"):
        read_line_files(
            QUESTIONS, ANSWERS[: -len("亲您在订单页面申请售后哦,\n")], source="q", as_of_us=0
        )


def test_pairs_that_share_an_order_are_one_conversation_and_a_phrase_joins_none() -> None:
    questions = (
        "请问有什么可以帮您的呢,单号[ORDERID_7]在哪,\n请问有什么可以帮您的呢,怎么退,\n"
        "请问有什么可以帮您的呢,[ORDERID_7]还没到,\n请问有什么可以帮您的呢,发票呢,\n请问有什么可以帮您的呢,在吗,\n"
    )
    file = read_line_files(questions, "好的呢\n" * 5, source="q", as_of_us=0)
    names = [p.conversation for p in file.pairs]
    assert names[0] == names[2]
    assert len(set(names)) == 4


def test_answers_inside_a_context_are_pairs_of_their_own() -> None:
    said = (("a", False), ("b", True), ("c", True), ("d", False), ("e", True), ("f", False))
    pair = PastPair(utterances=said, answer="g", conversation="1")
    found = [(len(p.utterances), p.answer) for p in earlier_pairs(pair)]
    assert found == [(1, "b\nc"), (4, "e")]


_SAID = {
    "how do I wash the wool scarf": "Wash it at 30 degrees, inside out.",
    "which bank cards work here": "We take Visa and UnionPay cards.",
    "who delivers the parcels": "Kumo Express brings them to your door.",
    "what about repairs of lamps": "Lamps are repaired within ten days.",
    "do you wrap presents": "Gift wrapping costs 10 CNY.",
    "may I pick things up myself": "A locker keeps parcels for five days.",
    "where is the invoice": "It is sent by e-mail after delivery.",
    "can I pay in parts": "Orders from 600 CNY can be paid in three parts.",
}
_SAID_ZH = {
    "羊毛围巾怎么洗": "请用30度水反面洗涤。",
    "支持哪些银行卡": "支持Visa和银联。",
    "你们发什么快递": "我们用顺丰发货。",
    "台灯坏了怎么修": "十天之内修好。",
    "有礼品包装吗": "包装一份10元。",
    "可以自己取件吗": "快递柜保留5天。",
    "电子发票在哪": "送达后发到邮箱里。",
    "能不能分期": "满600元可以分3期。",
}


def test_what_people_write_around_every_answer_is_cut_and_counted() -> None:
    around = [
        (q, f"Hello dear, glad to help you! {a} Please rate my service") for q, a in _SAID.items()
    ]
    around += [(q, f"您好！让您久等了～{a}麻烦给个好评哦亲") for q, a in _SAID_ZH.items()]
    around.append(("can I give it back later?", "Yes. Ask us first. Thank you for asking that"))
    around.append(("is it sent on holidays too", "Please rate my service"))
    reading = clean_pairs(read_conversations(pairs_text(*around), source="c"), source="c")
    answers = {e.answer for e in reading.entries}
    assert {*_SAID.values(), *_SAID_ZH.values()} <= answers
    assert "Yes. Ask us first. Thank you for asking that" in answers, (
        "said once: nothing is learned"
    )
    assert {d.reason: d.n for d in reading.dropped} == {"boilerplate": 1}
    assert {c.reason: c.n for c in reading.cut} == {"begin": 24, "end": 16}
    assert "Please rate my service" in reading.cut[1].examples


def test_the_end_of_answers_to_one_kind_of_question_says_something() -> None:
    names = "Kumo Norvik Solenne Vetra Lumora Anju Orbix Wenxi".split()
    said = [*_SAID.values()]
    pairs = [
        (f"is the warranty of {n} long", f"{a} Keep the receipt")
        for n, a in zip(names, said, strict=True)
    ]
    pairs += [
        (f"{q} {n}", f"{n} says that {a} All the same")
        for n in ("Tallow", "Mujia", "Airwind", "Echoline")
        for q, a in _SAID.items()
    ]
    reading = clean_pairs(read_conversations(pairs_text(*pairs), source="c"), source="c")
    assert {c.reason: c.examples for c in reading.cut} == {"end": ("All the same",)}
    assert sum(e.answer.endswith("Keep the receipt") for e in reading.entries) == len(names)
