"""Detects names of persons after a title, a label or a greeting. Names alone are not found: brands look the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans
from baihuo.privacy.words import (
    ENGLISH_GIVEN,
    ENGLISH_SURNAMES,
    HAN_AMBIGUOUS,
    HAN_COMPOUND,
    HAN_SURNAMES,
    NOBODY,
)

_SURNAME = f"(?:{'|'.join(HAN_COMPOUND)}|[{HAN_SURNAMES}])"
_TITLED_HAN = re.compile(
    rf"(?P<name>(?P<surname>{_SURNAME})(?P<given>(?:(?![的是和了在等又也都很些个位这那])[一-龥]){{0,2}}?))(?P<title>先生|女士|小姐(?![姐妹])|太太|(?<!康)师傅)"
)
_HAN_TITLES = ("先生", "女士", "小姐", "太太", "师傅")
_HAN_LABELS = re.compile("[货件系]人|姓名|名字|称呼|我叫")
# What may precede a name: nothing, punctuation, or a word that takes a name as object.
_BEFORE_HAN = re.compile(
    r"(?:^|[^一-龥A-Za-z0-9]|[找给姓叫是的和跟让请与同为谢]|联系|联络|客户|买家|收货人|收件人|联系人|感谢|谢谢|麻烦|你好|您好|那位|这位|一位)$"
)
_LED_HAN = re.compile(
    r"(?:找|给|姓|叫|是|联系|联络|客户|买家|收货人|收件人|联系人|感谢|谢谢|麻烦|你好|您好|那位|这位|一位|寄|转)[ :,是为]{0,2}$"
)
_AFTER_HAN = re.compile(
    r"$|[^一-龥A-Za-z0-9]|1[3-9]\d{9}|[收就的说打在是要来寄买已刚和跟吗呢你您我,。]|电话|手机|联系|下单|今天|昨天|住|接|签收|帮|服务"
)
_LABELLED_HAN = re.compile(
    rf"(?P<label>(?:收货人|收件人|联系人|寄件人|取件人|收货姓名|真实姓名|顾客姓名|客户姓名|姓名|名字|称呼)[ ]?(?P<apart>:|是|为|叫|[ ])[ ]?"
    rf"|我叫[ ]?|我的名字[是叫][ ]?|本人姓名[ ]?)"
    rf"(?P<name>{_SURNAME}(?P<given>[一-龥]{{1,2}}))"
)
_AFTER_NAME = re.compile(
    r"$|[^一-龥]|电话|手机|地址|先生|女士|小姐|太太|收|联系|号码|身份|邮箱|住|在|和|是|想|要|来|买|我|的|请|今|昨"
)

_CAP = r"[A-Z](?:[a-z]+|'[A-Z][a-z]+)(?:['-][A-Z]?[a-z]+)*"
_TITLED = re.compile(
    rf"(?<![A-Za-z0-9&])(?P<title>Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|MR|MRS|MS|MISS|DR|mr|mrs|ms)\.? (?P<name>{_CAP}(?: {_CAP}){{0,2}}|[A-Z]{{3,15}}\b)"
)
_LED = re.compile(
    r"(?:^|[\s,.;:(\"])(?:dear|i am|i'm|this is|name is|name's|contact|attn\.?|attention|ask(?:ed)? for|spoke (?:to|with)|talk(?:ed)? (?:to|with)"
    r"|signed|regards|sincerely|thanks|thank you|hello|hi|called|named)[,:]? ?$",
    re.IGNORECASE,
)
_CONTEXT = re.compile(r"\b(?:by|for|of|to|with|from|and|that|is|was|made|told|helped|account)\s$")
_LABELLED = re.compile(
    r"(?:(?<![A-Za-z])(?:my|his|her|full|customer|recipient|contact|buyer)(?:'s)? name(?:'s| is|:)|(?P<lone>(?<![A-Za-z] )(?<![A-Za-z_])name:)|(?<![A-Za-z])(?:i am called|recipient:|consignee:|attn:?"
    r"|ship(?:ping)? to:|deliver(?:y)? to:|contact person:?|signed,?|(?:kind |best )?regards,|sincerely,|cheers,))\s{0,2}"
    r"(?P<name>(?-i:[A-Za-z][a-z]+(?:['-][A-Za-z][a-z]+)*(?: [A-Z]\.)?(?: [A-Za-z][a-z]+(?:['-][A-Z]?[a-z]+)*){0,2}))",
    re.IGNORECASE,
)
_LABEL_WORDS = tuple(
    "name|called|recipient|consignee|attn| to:|contact|signed|regards|sincerely|cheers".split("|")
)
_DEAR = re.compile(rf"(?<![A-Za-z])[Dd]ear (?P<name>{_CAP}(?: {_CAP})?)(?=\s?[,:!\n-]|$)")
_NOT_DEAR = frozenset(
    "sir sirs madam customer customers santa team seller sellers support friend friends all amazon zoo diary john's mum mom dad "
    "mother father grandma grandpa valued shopper shop store daughter son".split()
)


def find_names(text: str) -> Iterator[PersonalDatum]:
    """Names after 收货人：, before 先生, after Mr, "my name is" or Dear; the title itself stays.

    >>> [f.key for f in find_names("王先生收, my name is Anna Freeman. Love my Dr. Martens!")]
    ['王', 'anna freeman']
    """
    yield from TakenSpans().first(
        (*_han_labelled(text), *_han_titled(text), *_labelled(text), *_titled(text))
    )


def _han_labelled(text: str) -> Iterator[PersonalDatum]:
    for match in _LABELLED_HAN.finditer(text) if _HAN_LABELS.search(text) else ():
        start, end = match.span("name")
        shorter = end - 1
        if len(match["given"]) == 2 and _AFTER_NAME.match(text, shorter):
            end = shorter  # 收货人：李华电话…
        elif match["apart"] != ":" and not _AFTER_NAME.match(text, end):
            continue  # 我叫马上发货, 联系人 辛苦告知
        yield PersonalDatum(start, end, text[start:end])


def _han_titled(text: str) -> Iterator[PersonalDatum]:
    for match in _TITLED_HAN.finditer(text) if any(t in text for t in _HAN_TITLES) else ():
        start = match.start()
        is_led = bool(_LED_HAN.search(text, max(0, start - 8), start))
        if not _AFTER_HAN.match(text, match.end()):
            continue
        if match["given"] or match["surname"] in HAN_AMBIGUOUS:
            # 夏季女士, 时尚小姐: a given name counts only after a word that announces a person
            if not is_led:
                continue
        elif not is_led and not _BEFORE_HAN.search(text, max(0, start - 8), start):
            continue
        yield PersonalDatum(start, match.end("name"), match["name"])


def _labelled(text: str) -> Iterator[PersonalDatum]:
    low = text.lower()
    for match in _LABELLED.finditer(text) if any(w in low for w in _LABEL_WORDS) else ():
        words = match["name"].split()
        n = _length(words)
        is_known = words[0].lower() in ENGLISH_GIVEN or words[n - 1].lower() in ENGLISH_SURNAMES
        if n and (is_known or not match["lone"]):
            yield _first(match, words[:n])
    for match in _DEAR.finditer(text):
        words = match["name"].split()
        first = words[0].lower()
        if first in _NOT_DEAR or first in _TITLES:
            continue
        if first in ENGLISH_GIVEN or words[-1].lower() in ENGLISH_SURNAMES:
            yield _first(match, words)


def _length(words: list[str]) -> int:
    """How many of the words are the name; 0: none. In lower case only known given names count."""
    if words[0][0].islower():
        if words[0] not in ENGLISH_GIVEN:
            return 0
        return 2 if len(words) > 1 and words[1].lower() in ENGLISH_SURNAMES else 1
    if words[0].lower() in (_NOT_DEAR | NOBODY | _TITLES):
        return 0
    n = 1
    while n < len(words) and words[n][0].isupper():
        n += 1
    return n


_TITLES = frozenset("mr mrs ms miss mx dr prof sir the a an not on".split())


def _titled(text: str) -> Iterator[PersonalDatum]:
    for match in _TITLED.finditer(text):
        words = match["name"].split()
        bare = [w.lower() for w in words]
        if bare[0] in NOBODY or bare[0].removesuffix("'s") in NOBODY:
            continue
        if words[0].isupper() and match["title"].isupper():
            continue  # a catalogue in capitals: MS PRINTER, DR BLACK INK
        start = match.start()
        is_led = bool(_LED.search(text, max(0, start - 24), start))
        is_context = bool(_CONTEXT.search(text, max(0, start - 12), start))
        if match["title"].lower() == "dr":
            is_context = False  # this title is also part of product names: Dr. Grip, Dr. Dish
        n = 0
        if bare[0] in ENGLISH_GIVEN and len(words) > 1:
            n = 2 if bare[1] in ENGLISH_SURNAMES or is_led or is_context else 0
        elif bare[0].removesuffix("'s") in ENGLISH_SURNAMES or is_led or is_context:
            n = 1
        after = text[match.start("name") + len(" ".join(words[:n])) :][:2]
        if n == 0 or (len(words) > n and not is_led):
            continue  # "Mr Brown Coffee": more capitals follow, so it is the name of a thing
        if words[0].endswith("'s") or after.startswith(("®", "™", "'s")):
            continue
        yield _first(match, words[:n])


def _first(match: re.Match[str], words: list[str]) -> PersonalDatum:
    start = match.start("name")
    name = " ".join(words)
    return PersonalDatum(start, start + len(name), name.lower())
