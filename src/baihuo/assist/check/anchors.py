"""From when a period is counted, and until when something may be done: an event of a source, not another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from baihuo.assist.check.checked import Reason
from baihuo.assist.check.evidence import Evidence
from baihuo.assist.check.reading import Read

_EVENTS = {
    "delivered": r"deliver\w*|arriv\w*|receiv\w*|receipt|reach\w*|签收|收货|收到|送达|到货|送到|到仓|到达|抵达",
    "sent": r"ship\w*|dispatch\w*|post(?:ed|ing)?\b|hand(?:ed)? (?:it )?(?:in|over)|发货|寄出|发出|出库|寄回|寄件",
    "processed": r"process\w*|pack(?:ed|ing)\b|处理|打包|备货",
    "paid": r"paid|pay(?:ing|ment)?\b|付款|支付|付清",
    "used": r"(?:first )?us(?:e|ed|ing)\b|activat\w*|redeem\w*|激活|启用|首次使用|开卡",
    "opened": r"open(?:ed|ing)\b|unpack\w*|拆封|开封|打开",
    "registered": r"regist\w*|sign(?:ed|ing)? up|join(?:ed|ing)?\b|注册|入会|开通",
    "asked": r"request\w*|appl(?:y|ied|ication)\b|report(?:ed|ing)?\b|申请|提交|报修",
    "approved": r"approv\w*|accept\w*|审核|批准|通过",
    "cancelled": r"cancel\w*|取消",
    "ordered": r"order\w*|purchas\w*|buy(?:ing)?\b|bought|下单|购买|订购|买",
}
_EVENT_OF = {name: re.compile(pattern) for name, pattern in _EVENTS.items()}
_LONGEST = 60  # characters between the word and the event
_AFTER_EN = re.compile(
    r"(?:\b(?:after|once|upon|following|as soon as|since)\b|(?:days?|weeks?|months?|years?|hours?)(?: starting| counted)? (?:of|from)\b)"
)
_UNTIL_EN = re.compile(r"\b(?:until|till|before|as long as|prior to|up to the)\b")
_AFTER_ZH = re.compile(r"(?<![最售今])后(?!台|续|果|面)|(?:之日|那天|当天|日)?起(?!来)")
_UNTIL_ZH = re.compile(r"(?<![目当提])前(?!台|往|后|面)")
_STOP = re.compile(r"[,;，。；、()\n!?]|\.(?=\s|$)")
_OWN_NOUNS = {"ordered"}  # "until the order is shipped" is of the shipping


@dataclass(frozen=True, slots=True)
class Anchor:
    """ "after" or "until", one of which events, and where it is said."""

    side: str
    events: frozenset[str]
    text: str


@lru_cache(maxsize=4_096)
def anchors_of(text: str) -> tuple[Anchor, ...]:
    """The anchors of a folded text that name an event of a purchase.

    >>> [(a.side, sorted(a.events)) for a in anchors_of("within 30 days of delivery; 下单后7天")]
    [('after', ['delivered']), ('after', ['ordered'])]
    """
    found: list[Anchor] = []
    for side, pattern in (("after", _AFTER_EN), ("until", _UNTIL_EN)):
        for match in pattern.finditer(text):
            stop = _STOP.search(text, match.end(), match.end() + _LONGEST)
            end = stop.start() if stop is not None else match.end() + _LONGEST
            found += _anchor(side, text[match.end() : end])
    for side, pattern in (("after", _AFTER_ZH), ("until", _UNTIL_ZH)):
        for match in pattern.finditer(text):
            begin = max(0, match.start() - 16)
            stops = [m.end() for m in _STOP.finditer(text, begin, match.start())]
            found += _anchor(side, text[max([begin, *stops]) : match.start()])
    return tuple(found)


def _anchor(side: str, said: str) -> Iterator[Anchor]:
    ends = {
        name: max(m.end() for m in pattern.finditer(said))
        for name, pattern in _EVENT_OF.items()
        if pattern.search(said)
    }
    events = set(ends)
    if not said.isascii():  # 申请要在购买后: the last one is what 后 is said of
        events = {name for name, end in ends.items() if end == max(ends.values())}
    elif len(events) > 1:
        events -= _OWN_NOUNS
    if events:
        yield Anchor(side, frozenset(events), said.strip())


def moved_anchors(said: Read, evidence: Evidence) -> Iterator[tuple[Reason, str]]:
    """Periods that begin or end with another event than in the sources, as far as these name one."""
    held = [anchor for read in evidence.reads for anchor in anchors_of(read.text)]
    for anchor in anchors_of(said.text):
        same_side = [a for a in held if a.side == anchor.side]
        if same_side and not any(a.events & anchor.events for a in held):
            yield Reason.SWAP, anchor.text
