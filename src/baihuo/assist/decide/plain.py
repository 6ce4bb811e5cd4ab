"""What a message means where nothing was learned: its language, yes and no, and that a person is wanted, by closed lists."""

from __future__ import annotations

import re

from baihuo.assist.decide.language import language_of
from baihuo.assist.turns import Turn, Understanding
from baihuo.core import fold

_EDGES = re.compile(r"^[\W_]+|(?<![\W_])[\W_]+$")
_YES = re.compile(
    r"(yes|yep|yeah|y|sure|ok|okay|please do|go ahead|do it|confirm|confirmed|correct)( please| do it| go ahead)?"
    r"|(是|是的|对|对的|好|好的|可以|行|确认|确定|同意|嗯|没错)(的|吧|啊|办理吧|请办理)?"
)
_NO = re.compile(
    r"(no|nope|n|don t|do not|stop|cancel that|leave it|never mind|not now)( thanks| thank you| please)?"
    r"|(不|不是|不要|不用|不行|算了|先不|不用了|不要了|取消吧|别)(的|吧|了|谢谢)?"
)
_PERSON = re.compile(
    r"\b(talk|speak|write|chat|transfer me|connect me|put me through) (to|with) (a |an |the )?(real |live |human )?"
    r"(person|human|agent|representative|advisor|someone|somebody|operator|manager|supervisor)\b"
    r"|^(a |an |the )?(real |live |human )?(person|human|agent|representative|operator)( please)?$"
    r"|\b(want|need|get me) (a |an )?(real |live |human )(person|human|agent|being)\b"
    r"|转人工|人工客服|找人工|要人工|真人客服|找真人|转真人|^人工$"
)


def plain_understanding(turn: Turn) -> Understanding:
    """The understanding of a turn without a model."""
    language = language_of(turn.text, turn.conversation.language)
    words = _EDGES.sub("", " ".join(re.sub(r"[^\w]+", " ", fold(turn.text)).split()))
    mentioned = turn.conversation.mentioned
    page = turn.conversation.page_product_id
    answers_yes = True if _YES.fullmatch(words) else (False if _NO.fullmatch(words) else None)
    return Understanding(
        language=language,
        wants_person=bool(_PERSON.search(words)),
        answers_yes=answers_yes,
        order_id=mentioned.get("order_id"),
        product_id=page or mentioned.get("product_id"),
        query=turn.text,
    )
