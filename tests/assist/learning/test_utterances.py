"""What is learned of labelled messages, read from its files as a server reads them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baihuo.assist import Conversation, Identity, Turn, Understanding
from baihuo.assist.learning.other_trades import other_trades, shop_talk, trade_names
from baihuo.assist.learning.typos import with_typos
from baihuo.assist.learning.utterance_rows import Marked, Utterance, read_utterances, utterances_of
from baihuo.assist.learning.utterances import fit_understanding
from baihuo.assist.understand.understander import Understander
from baihuo.bundle.folder import refuse_code
from baihuo.core import BadInput, NotFound

FRAMES = {
    "cancel_order": [
        "cancel order {order_id}",
        "please cancel my order {order_id}",
        "i want to cancel purchase {order_id}",
        "帮我取消订单{order_id}",
        "订单{order_id}我要取消",
        "取消订单{order_id}",
    ],
    "delivery_options": [
        "do you deliver to {delivery_city}",
        "can i order from {delivery_city}",
        "is shipping to {delivery_city} possible",
        "可以送到{delivery_city}吗",
        "能寄到{delivery_city}吗",
        "{delivery_city}能送货吗",
    ],
    "recover_password": [
        "i forgot my password",
        "how do i reset my password",
        "my password does not work",
        "忘记密码了",
        "怎么重置密码",
        "密码登录不了",
    ],
    "get_refund": [
        "i want my money back",
        "when do i get my refund",
        "how do i get a refund",
        "我要退款",
        "退款什么时候到账",
        "怎么申请退款",
    ],
}
VALUES = {
    "order_id": ["4711123", "8822113", "5550001", "9090901"],
    "delivery_city": ["Paris", "Rome", "上海", "北京"],
}
POLITE = ["", "hi ", "hello ", "please help ", "excuse me "]


def made_rows() -> list[Utterance]:
    rows: dict[str, Utterance] = {}
    for intent, frames in FRAMES.items():
        for frame in frames:
            for number, start in enumerate(POLITE):
                text = start + frame
                marked: tuple[Marked, ...] = ()
                for kind, values in VALUES.items():
                    at = text.find(f"{{{kind}}}")
                    if at >= 0:
                        value = values[number % len(values)]
                        text = text.replace(f"{{{kind}}}", value)
                        marked = (Marked(kind, at, at + len(value)),)
                rows[text] = Utterance(text, intent, marked)
    return [
        *rows.values(),
        Utterance("your shop made my day", "praise"),  # too few of an intent
        # words of one message alone
        Utterance("i forgot my password says Zyxwvut of 99887766", "recover_password"),
        Utterance("deliver to Qwortzel", "delivery_options", (Marked("delivery_city", 11, 19),)),
    ]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The files, and the report of the fit."""
    out = tmp_path_factory.mktemp("understanding")
    return out, fit_understanding(made_rows(), out, 7)


@pytest.fixture(scope="module")
def folder(fitted: tuple[Path, dict[str, Any]]) -> Path:
    return fitted[0]


@pytest.fixture(scope="module")
def learned(folder: Path) -> Understander:
    return Understander.open(folder)


def read(understander: Understander, text: str, **conversation: object) -> Understanding:
    about = Conversation(
        conversation_id="c",
        identity=Identity(visitor_id="v"),
        **conversation,  # type: ignore[arg-type]
    )
    return understander.understand(Turn(conversation=about, message_id="m", text=text, now_us=0))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("could you cancel my order 123456", "cancel_order"),
        ("cancle my ordr please", "cancel_order"),
        ("do you ship to Madrid", "delivery_options"),
        ("forgto my pasword", "recover_password"),
        ("i would like a refund", "get_refund"),
        ("我想取消这个订单", "cancel_order"),
        ("密码忘记了怎么办", "recover_password"),
        ("请问退款多久到账", "get_refund"),
        ("我要退宽", "get_refund"),  # another character of the same sound
        ("wo yao tuikuan", "get_refund"),
    ],
)
def test_messages_that_were_not_learned_are_understood(
    learned: Understander, text: str, intent: str
) -> None:
    assert read(learned, text).intent == intent


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("do you deliver to Ulm", "delivery_city", "Ulm"),
        ("can i order from Casablanca", "delivery_city", "Casablanca"),
        ("please cancel my order 30303030", "order_id", "30303030"),
        ("能寄到洛阳吗", "delivery_city", "洛阳"),
        ("帮我取消订单77712345", "order_id", "77712345"),
    ],
)
def test_values_that_were_never_seen_are_found(
    learned: Understander, text: str, kind: str, value: str
) -> None:
    found = [(e.kind, e.value) for e in read(learned, text).entities]
    assert found == [(kind, value)]


def test_probabilities_are_of_at_most_five_intents_the_likeliest_first(
    learned: Understander,
) -> None:
    understood = read(learned, "i want a refund")
    p = [p for _, p in understood.intents]
    assert p == sorted(p, reverse=True)
    assert sum(p) == pytest.approx(1)
    assert understood.intents[0] == (understood.intent, understood.p_intent)


def test_other_trades_are_less_likely_our_business(learned: Understander) -> None:
    ours = ["cancel my order", "does this jacket come in blue", "我想退货", "有大一码的吗"]
    others = [
        "my tooth hurts",
        "book a table at eight",
        "科目二挂了怎么办",
        "what is the capital of France",
    ]
    p_ours = [read(learned, text).p_our_business for text in ours]
    p_others = [read(learned, text).p_our_business for text in others]
    assert min(p_ours) > max(p_others)


STORIES = [
    (
        "hi there!! im thinking of getting a present for my mum in manchester, {}",
        "i hope you are well",
    ),
    ("we moved house last week and my brother came along with his van. {}", "what a mess it was"),
    ("sorry to bother you, i only saw it yesterday evening at home, {}", "my kids were loud"),
]


def test_a_story_around_a_question_does_not_make_it_anothers_business(
    learned: Understander,
) -> None:
    for story, end in STORIES:
        for asked in ("cancel my order", "does this jacket come in blue", "i want a refund"):
            told = f"{story.format(asked)}, {end}"
            alone = read(learned, asked).p_our_business
            assert read(learned, told).p_our_business >= 0.3, (told, alone)
        foreign = [
            read(learned, story.format(t)).p_our_business for t in ("my tooth hurts so much",)
        ]
        ours = [read(learned, story.format("cancel my order")).p_our_business]
        assert max(foreign) < min(ours)


def test_pinyin_is_chinese_on_a_chinese_page(learned: Understander) -> None:
    assert read(learned, "wo yao tuikuan", language="zh").language == "zh"
    assert read(learned, "i want a refund", language="zh").language == "en"


def test_the_query_has_its_spelling_corrected(learned: Understander) -> None:
    assert read(learned, "reset my pasword").query == "reset my password"


def test_equal_rows_and_seeds_give_equal_files(folder: Path, tmp_path: Path) -> None:
    fit_understanding(made_rows(), tmp_path, 7)
    for file in folder.iterdir():
        first, second = file, tmp_path / file.name
        if file.suffix != ".npz":
            assert first.read_bytes() == second.read_bytes()
            continue
        with np.load(first) as a, np.load(second) as b:
            assert all(np.array_equal(a[name], b[name]) for name in a.files)


def test_the_files_may_go_into_a_bundle(folder: Path) -> None:
    for file in folder.iterdir():
        refuse_code(file.name, file)


@pytest.mark.parametrize("name", ["messages.npz", "entities.npz"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense"])
def test_a_damaged_file_is_named(folder: Path, tmp_path: Path, name: str, content: bytes) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        Understander.open(tmp_path)


def test_nothing_learned_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing learned"):
        Understander.open(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 10_000,
        "订" * 10_000,
        "😀" * 500,
        "<script>" * 100,
        "\x00‮مرحبا",
        "ok 好的 refund 退款",
    ],
    ids=["empty", "letters", "characters", "emoji", "html", "control", "both_languages"],
)
def test_any_message_is_read(learned: Understander, text: str) -> None:
    understood = read(learned, text)
    assert 0 <= understood.p_our_business <= 1
    for entity in understood.entities:
        assert text[entity.start : entity.end] == entity.value


def rows_of(intents: Sequence[str], n: int = 5) -> list[Utterance]:
    return [Utterance(f"text {i} of {intent}", intent) for intent in intents for i in range(n)]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([], "0 intents"),
        (rows_of(["a"], 9), "1 intent,"),
        (rows_of(["a", "b"]), r"a \(5\), b \(5\)"),
    ],
)
def test_too_little_to_learn_from_is_named(
    rows: list[Utterance], named: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=named):
        fit_understanding(rows, tmp_path, 7)


def test_an_intent_with_few_messages_is_left_out_and_named(
    fitted: tuple[Path, dict[str, Any]],
) -> None:
    _, report = fitted
    assert report["left_out"] == {"praise": 1}
    assert {*report["intents"]} == {*FRAMES}


def test_slips_move_entities_with_their_text() -> None:
    utterance = Utterance("please send order 4711 to Paris", "x", (Marked("order_id", 18, 22),))
    for seed in range(50):
        typed = with_typos(utterance, rate=0.5, random_of=random.Random(seed))
        assert [typed.text[m.start : m.end] for m in typed.marked] == ["4711"]


def test_a_message_of_several_entities_has_a_row_for_each(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(
        "utterance,intent,entity_type,entity_value,start_offset,end_offset\n"
        "send 4711 to Rome,ship,city,Rome,13,17\n"
        "send 4711 to Rome,ship,order_id,4711,,\n"
        "hello,greet,,,,\n",
        "utf-8",
    )
    assert read_utterances(file) == [
        Utterance("send 4711 to Rome", "ship", (Marked("order_id", 5, 9), Marked("city", 13, 17))),
        Utterance("hello", "greet"),
    ]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"utterance": "", "intent": "a"}, "utterance is empty"),
        ({"utterance": "a", "intent": ""}, "intent is empty"),
        ({"utterance": "ab", "intent": "a", "entity_type": "x", "entity_value": "c"}, "'c' is not"),
        (
            {
                "utterance": "ab",
                "intent": "a",
                "entity_type": "x",
                "start_offset": "1",
                "end_offset": "9",
            },
            "not within 2",
        ),
        (
            {
                "utterance": "ab",
                "intent": "a",
                "entity_type": "x",
                "start_offset": "q",
                "end_offset": "9",
            },
            "no numbers",
        ),
        (
            {
                "utterance": "ab",
                "intent": "a",
                "entity_type": "x",
                "entity_value": "b",
                "start_offset": "0",
                "end_offset": "1",
            },
            "'a' stands at 0:1",
        ),
    ],
)
def test_a_row_that_contradicts_itself_is_named_with_its_line(
    row: dict[str, str], named: str
) -> None:
    with pytest.raises(BadInput, match=f"f:2: .*{named}"):
        utterances_of([("f:2", row)])


def test_a_file_without_the_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("text,label\na,b\n", "utf-8")
    with pytest.raises(BadInput, match="no column intent and utterance"):
        read_utterances(tmp_path / "x.csv")
    with pytest.raises(NotFound):
        read_utterances(tmp_path / "none.csv")


def test_no_message_of_another_trade_is_also_a_shop_s() -> None:
    shop = {t.text for t in shop_talk(random.Random(1))}
    others = other_trades(random.Random(1))
    assert not shop & {t.text for t in others}
    assert {t.trade for t in others} == {*trade_names()}


def test_a_word_of_one_message_alone_is_in_no_file(folder: Path) -> None:
    for file in folder.glob("*.npz"):
        with np.load(file) as stored:
            content = b"".join(stored[name].tobytes() for name in stored.files).lower()
        for word in (b"zyxwvut", b"qwortzel", b"yxwv", b"ortz", b"99887766"):
            assert word not in content, (file.name, word)
