"""Messages that ask nothing of the shop's facts: greetings, thanks, goodbyes, and whether one talks to a machine.

A closed list of whole messages. What is longer or says more is a question like others.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from baihuo.core import fold

SmallTalk: TypeAlias = Literal["greeting", "thanks", "goodbye", "is_machine"]

_WITHIN_EDGES = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
_WHOLE: Final[dict[SmallTalk, re.Pattern[str]]] = {
    "greeting": re.compile(
        r"(hi|hello|hey|hiya|good (morning|afternoon|evening))( there| again| everyone)?"
        r"|((您好|你好|哈喽|嗨|早上好|下午好|晚上好|在吗|在不在|在么|有人吗|有人在吗|亲|亲在吗)(啊|呀|吗)?[\s,，!！?？~]*){1,3}|在"
    ),
    "thanks": re.compile(
        r"((ok|okay|great|perfect)[ ,!.]*)?(thanks|thank you|thx|ty|cheers)( so much| very much| a lot| again)?"
        r"|(好的?[,，。!！ ]*)?(谢谢|感谢|多谢|谢了|谢谢你|谢谢您|非常感谢)(啊|啦|哦|了)?"
    ),
    "goodbye": re.compile(
        r"(bye|bye bye|goodbye|see you|see ya|good night)|(再见|拜拜|晚安|先这样|没事了|没有了)(吧|了)?"
    ),
    "is_machine": re.compile(
        r"(are you|am i (talking|speaking|chatting) (to|with)|is this) (a |an )?(real |live )?"
        r"(bot|robot|machine|computer|ai|chatbot|human|person|human being|real)( or (a )?(real )?(human|person|bot|robot|machine))?"
        r"|(请问)?(你|您|这)(到底)?(是|是不是)(个|一个)?(机器人|人工智能|机器|真人|ai|人工|人|人类)"
        r"(还是(真人|人工|机器人|机器|人))?(吗|吧|客服吗|呢|啊)?"
    ),
}

_THANKS: Final = re.compile(
    r"\b(thanks|thank you|thx|ty|cheers|great|perfect|cool|that ?'?s (all|it)|got it)\b|谢|感谢|知道了|明白了|了解了?|清楚了|辛苦了"
)
_NOTHING_ELSE: Final = re.compile(
    r"(?:(?:ok|okay|k|kk|lol|haha|ah|oh|great|perfect|cool|nice|awesome|good|alright|all right|got it|i see|understood|thanks|thank you|thx|ty|cheers|bye|goodbye|"
    r"so much|very much|a lot|again|then|for (?:the|your) (?:help|info|information|answer)|for now|for that|that ?'?s (?:all|it|great|good|fine)|"
    r"(?:all|everything) (?:that )?i (?:wanted|needed)(?: to know)?|i (?:wanted|needed)(?: to know)?|that helps|very helpful|you|have a (?:nice|good) (?:day|one))"
    r"(?:[\s,.!~:)]+|$))+"
    r"|(?:(?:好的?|行|嗯|哦|ok|知道|明白|了解|清楚|收到|谢谢|谢啦|谢了|多谢|感谢|非常感谢|辛苦|没事|没问题|没有了|你|您|亲|啦|了|哈|啊|拜拜|再见)"
    r"[\s,，。.!！~～]*)+"
)


def small_talk(text: str) -> SmallTalk | None:
    """Which of them a whole message is; None where it says anything else."""
    within = _WITHIN_EDGES.search(" ".join(fold(text).split()))
    if within is None or len(words := within[0]) > 80:
        return None
    found = next((kind for kind, whole in _WHOLE.items() if whole.fullmatch(words)), None)
    return found or ("thanks" if _THANKS.search(words) and _NOTHING_ELSE.fullmatch(words) else None)
