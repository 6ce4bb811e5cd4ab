"""What an honest paraphrase may say in other words, and what stays a lie in them."""

from __future__ import annotations

import pytest

from baihuo.assist.check import check_reply
from baihuo.assist.check.near import near_of, says_more_of
from baihuo.assist.check.reading import read
from baihuo.assist.check.wholeness import is_whole
from baihuo.assist.turns import (
    Conversation,
    Identity,
    Language,
    Passage,
    PassageKind,
    Reply,
    Sentence,
    Turn,
)
from baihuo.core import has_han

TURN = Turn(
    conversation=Conversation(conversation_id="c", identity=Identity(visitor_id="v")),
    message_id="m",
    text="",
    now_us=1,
)


def reasons(source: str, said: str, question: str = "") -> list[str]:
    language: Language = "zh" if has_han(source) else "en"
    passage = Passage(
        source_id="faq:1",
        kind=PassageKind.FAQ,
        text=source,
        question=question,
        language=language,
        as_of_us=0,
    )
    ours, theirs = (
        Reply(language=language, sentences=(Sentence(text=text, source_ids=("faq:1",)),))
        for text in (source, said)
    )
    return [str(d.reason) for d in check_reply(theirs, (passage,), TURN, ours).doubts]


HONEST = {
    "courtesy": ("It takes 3 days.", "No worries! It takes 3 days. We apologise for the delay."),
    "courtesy_zh": ("3天送达。", "别着急，给您带来不便敬请谅解，3天就能送到。"),
    "expires": ("The link is valid for one hour.", "The link expires after 1 hour."),
    "expires_zh": ("券在30天后过期。", "券的有效期是30天。"),
    "rate": ("Plus costs 98 CNY a year.", "Plus is 98 CNY per year."),
    "list_of_prices": (
        "We sell cards of 100, 200 and 500 CNY.",
        "We sell cards of ¥100, ¥200 and ¥500.",
    ),
    "pronoun_one": ("Send it back for a new one.", "Send it back to get a new one."),
    "irregular_verb": ("A worn battery is normal.", "Wear of a battery is normal."),
    "times": ("People answer from 9:00 to 21:00.", "People answer between 9 am and 9 pm."),
    "times_zh": ("人工服务时间为9点至21点。", "人工服务时间为上午9点到晚上9点。"),
    "named_by_letters": ("We deliver to the United Kingdom.", "We deliver to the UK."),
    "free": ("Cancelling is free.", "It does not cost anything to cancel."),
    "not_yet": ("待发货时可以修改。", "订单还没发货就可以修改。"),
    "in_stock": ("There are 8 in stock.", "8 are available."),
    "article_zh": ("可以换新。", "可以换一个新的。"),
    "single": ("One coupon can be used.", "You can use a single coupon."),
}


@pytest.mark.parametrize("name", HONEST)
def test_the_same_in_other_words_is_sent(name: str) -> None:
    source, said = HONEST[name]
    assert reasons(source, said) == []


LIES = {
    "rate": ("Plus costs 98 CNY a year.", "Plus costs 98 CNY a month."),
    "rate_zh": ("会员每年98元。", "会员每月98元。"),
    "which_year": ("积分次年年底过期。", "积分当年年底过期。"),
    "working_days": ("工作日16点前付款当天发货。", "每天16点前付款当天发货。"),
    "channel": ("They are sent by e-mail.", "They are sent by post."),
    "limit_for_price": (
        "It costs 60 CNY and is free from 800 CNY.",
        "It costs 800 CNY and is free from 60 CNY.",
    ),
    "denial": (
        "Tell us if it is missing after 24 hours.",
        "You can't bring it here. Tell us if it is missing after 24 hours.",
    ),
    "the_machine_acts": (
        "Open the order and press Review.",
        "I will open the order and press Review.",
    ),
    "does_not_expire": ("积分在12个月后过期。", "积分在12个月后不过期。"),
    "most": ("You can return most goods within 30 days.", "You can return goods within 30 days."),
    "already_sent": ("待发货的订单可以取消。", "已发货的订单可以取消。"),
    "certainly": ("It arrives in 3 days.", "It will definitely arrive in 3 days."),
    "tariff": (
        "We deliver to Germany for 60 CNY.",
        "We deliver to Germany for 60 CNY, customs included.",
    ),
    "says_nothing": (
        "We ship with SF Express and YTO. It cannot be changed.",
        "Your question is: which carrier do you use?",
    ),
    "repeats_the_prompt": (
        "We ship with SF Express.",
        "Question: who ships? Answer: We ship with SF Express.",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_in_the_same_words_is_held_back(name: str) -> None:
    source, said = LIES[name]
    assert reasons(source, said)


def test_a_question_denies_nothing() -> None:
    source = "You get a message as soon as we have it again."
    assert reasons(source, source, question="When is a sold-out product back?") == []
    said = "We send you a message as soon as we have it again."
    assert reasons(source, said, question="When is a sold-out product back?") == []


def test_wider_synonyms_do_not_reach_numbers_and_swaps() -> None:
    """They are read by the rule of unknown words alone."""
    word = read("the link works").words[-1]
    assert "valid" not in word.meanings
    assert "valid" in near_of((word,))[0]


def test_a_chinese_verb_may_be_longer_but_not_another_business() -> None:
    assert says_more_of("改写", frozenset({"改"}))
    assert not says_more_of("退款", frozenset({"退"}))


def test_a_reply_says_most_of_what_it_stands_for() -> None:
    ours = ["Press Sign up and enter your phone number. Food cannot be returned."]
    assert is_whole(["Food can't be returned. Click Sign up and type in your phone number."], ours)
    assert not is_whole(["Press Sign up and enter your phone number."], ours)
