"""Find personal data in free Chinese and English text, and replace it by pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain, count

from baihuo.privacy.addresses import find_addresses, find_places
from baihuo.privacy.documents import find_accounts, find_documents, is_card, is_resident_id
from baihuo.privacy.found import Detector, PersonalDatum, TakenSpans, narrowed
from baihuo.privacy.messengers import HIDDEN, find_emails, find_messengers
from baihuo.privacy.messengers import LABELS as LABELS_OF_MESSENGERS
from baihuo.privacy.names import find_names
from baihuo.privacy.orders import find_orders, find_plates, is_product_number
from baihuo.privacy.phones import OTHER_DIGITS, find_odd_phones, find_phones
from baihuo.privacy.secrets import find_devices, find_secrets, find_wallets

# A fast pre-filter: a text without a match has no personal data. Most texts have none.


_D = "[0-9０-９]"
_LABELS = "order|purchase|invoice|tracking|booking|transaction|shipment|parcel|waybill|receipt|bill"
_STREETS = (
    "street|road|avenue|boulevard|lane|st|rd|ave|blvd|ln|drive|court|place|square|terrace|way|close|crescent|gardens|grove"
    "|mews|parade|highway|parkway|trail|circle|row|walk|hill|park|rise|view|dr|ct|pl|sq|hwy|pkwy|cir|cres|gdns|ter|broadway|box"
)
SUSPECTS = (
    # an @; seven digits with little between them: phones, cards, ids
    rf"[@＠]|%40|{_D}(?:[ .()（）　\x{{a0}}－–—．+-]{{0,3}}{_D}){{6}}",
    # labels of numbers; streets, doors and villages next to a number
    rf"[单号码话真机][是为:： #＃]{{0,3}}[A-ZＡ-Ｚ0-9０-９]|订单|运单|[地住]址"
    rf"|[路街道巷弄同] ?(?:{_D}|[一二三四五六七八九十百])|[社区村屯][一-龥]{{0,4}}(?:{_D}|[一二三四五六七八九十百])+ ?[组队号社]"
    rf"|[栋幢座楼单元] ?,?(?:{_D}|[A-Za-z一二三四五六七八九十])"
    rf"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-ZＡ-Ｚ][·•・. －-]?(?:{_D}|[A-ZＡ-Ｚ]){{5}}",
    rf"(?i:(?:{_LABELS})[^0-9]{{0,14}}[0-9]{{2}}|(?:plates?|regs?|registration|licen[cs]e|vrm|vehicle|car|van)\b)",
    rf"[A-Z]{{2}}\.? {_D}{{5}}|[A-Z]{{1,2}}[0-9][A-Z0-9]? ?[0-9][A-Z]{{2}}\b|(?i:\b(?:{_STREETS})\b)|(?i:tel|phone|landline|mobile=|mob=|cell=|sms=).{{0,12}}[0-9]{{3}}",
    # labels, titles and greetings before a name
    r"先生|女士|小姐|太太|师傅|货人|件人|系人|货姓名|姓名|名字|称呼|我叫"
    r"|\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|MR|MRS|MS|MISS|DR|mr|mrs|ms)\.?[ \x{a0}　][A-ZＡ-Ｚ]|\b[Dd]ear[ \x{a0}　]"
    r"|(?i:\bname(?:['’]s| is|:|：)|i am called|recipient[:：]|consignee[:：]|attn|(?:ship|shipping|deliver|delivery) to[:：]"
    r"|contact person|signed|regards[,，]|sincerely[,，]|cheers[,，])",
    # addresses hidden from programs
    HIDDEN,
    # passwords, codes, tokens of addresses, devices, wallets
    r"密码|口令|暗号|密钥|秘钥|提取码|访问码|安全码|卡密|pin码|[验校]证?[码验]|动态[密码]|[件货换活销请]码|(?i:pass ?(?:word|code|phrase|wd)|pwd|credential|login details|otp|cvv|cvc|\bcvn|\btan\b|2fa"
    r"|token|secret|sess|bearer|api[ _-]?key|access[ _-]?key|(?:access|login|security|confirmation|activation|auth|pickup|gate|door|verification|confirmation|one[- ]time|entication) (?:code|pin|password)|\bcode(?: is|:| ?=)|[0-9] (?:is|as) your |\b(?:my|card|sim|atm|bank|code) pin\b|pin (?:code|number)"
    r"|(?:[?&#;]|%26|%3f)[a-z0-9_.-]*(?:auth|private|ticket|jwt|nonce|csrf|xsrf|hmac|sign|code_verifier|openid|unionid|sid|sso|refresh|reset|invite|magic|verify|activation|key|pin|sig|st|code|state|otp)(?:=|%3d|[_-])"
    r"|idf[av]|gaid|adid|aaid|oaid|android ?id|device ?id|udid|\bip(?:v4)?\b|ip ?(?:地址|address))|设备[号i码]|eyJ|(?:sk|pk|rk)_(?:live|test)_|gh[pousr]_|xox[abprs]-|AKI[AD]|ASIA|LTAI|AIza|glpat-|\bsk-|npm_|hf_[A-Za-z]{8}|github_pat_|[A-Z][0-9]{6}[(（]",
    # a place to the metre
    r"[0-9]\.[0-9]{4}|[0-9] ?[°º] ?[0-9]{1,2} ?[′'’]",
    r"(?:[0-9A-Fa-f]{2}[:-]){5}|0x[0-9a-fA-F]{8}|(?:bc1|ltc1|addr1)[0-9a-z]{8}|[13TLDr][1-9A-HJ-NP-Za-km-z]{25}",
    # messengers by their labels; numbers in other digits; a labelled number of six digits
    f"(?i:{LABELS_OF_MESSENGERS})",
    rf"[{OTHER_DIGITS}]{{4}}|[0-9][{OTHER_DIGITS}][0-9]|[0-9][0-9][{OTHER_DIGITS}]|[{OTHER_DIGITS}][{OTHER_DIGITS}][0-9]"
    r"|[0-9]\x{20e3}|[0-9]\x{fe0f}|[0-9][·•~_*|/,、] ?[0-9][·•~_*|/,、] ?[0-9][·•~_*|/,、]|(?i:passport|insurance|nino|\bni[ :]|sort code)",
)
"""RE2 (Arrow's and DuckDB's): where :func:`baihuo.privacy.mask` finds anything, one of these matches.

Several patterns instead of one, because RE2 is fast (0.1 µs a title) only while its automaton is
small: all in one took 150 times as long."""

# The same for one text at a time. ASCII, because word boundaries of RE2 are.
_ANY = re.compile(
    re.sub(
        r"\\x\{([0-9a-f]+)\}",
        lambda escaped: chr(int(escaped[1], 16)),
        "|".join(f"(?:{pattern})" for pattern in SUSPECTS),
    ),
    re.ASCII,
)


def is_suspect(text: str) -> bool:
    """Return whether a text may contain personal data; False is certain. It takes a few µs.

    >>> is_suspect("red shoes"), is_suspect("打我电话 138 1234 5678")
    (False, True)
    """
    return _ANY.search(text) is not None


_RESIDENT_ID = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<![A-Za-z])(?i:no|id|sfz|idno|idcard|card|number|num)[.:#]?)"
    r"(?P<id>\d{6}[ -]?\d{8}[ -]?\d{3}[0-9Xx])(?![0-9A-Za-z])",
    re.ASCII,
)
_CARD = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ -]?\d){14,18}(?![0-9A-Za-z])", re.ASCII)
PSEUDONYM = re.compile(r"⟨[a-z_]+(?::[0-9a-f]{8})?⟩")
"""Pattern of pseudonyms in a text."""
_MOST_PASSES = 16  # over one text; honest texts need three
_TOO_MANY = "⟨text⟩"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its personal data replaced, and the kinds that were found."""

    text: str
    kinds: tuple[str, ...]  # names of KINDS, one for each find


def mask(
    text: str,
    key: bytes,
    *,
    kinds: Collection[str] | None = None,
    product_numbers: Collection[str] = (),
) -> Masked:
    """Replace personal data by keyed pseudonyms such as ``⟨phone:3f9a01bc⟩``.

    With the same key the same number has the same pseudonym, in every spelling (spaces, hyphens,
    full-width digits, +86), so that two reviews of one person can still be linked. Without the key, pseudonyms cannot be tested against a
    list of phone numbers.

    It finds e-mail addresses; resident ids with a valid GB 11643 checksum; passports and other documents
    after their label or with a checksum; bank cards with a valid Luhn checksum, IBANs, labelled accounts and wallets of
    coins; passwords, codes, tokens and sessions; IMEI, MAC and IP addresses of devices; names
    and numbers of messengers; order, invoice and tracking numbers after their label; phones (mainland China,
    Britain, North America, any with a country code; also digit by digit, in Chinese numerals or against a word; not
    free service numbers); postal addresses, coordinates to some metres; licence plates; names after a title, a label or a greeting. A name
    alone is not found. A number right after a word for a number of goods (style, model, SKU, EAN, 款号) is neither a phone nor a card.

    Args:
        text: Any text; everything else in it stays unchanged.
        key: The secret key of the shop; at least one byte.
        kinds: Which of :data:`KINDS` to replace; None: all.
        product_numbers: Digits of the catalogue's product numbers, which are neither phones nor cards.

    Raises:
        ValueError: the key is empty.

    >>> mask("打我电话 138 1234 5678", b"key").text
    '打我电话 ⟨phone:51b4b2ae⟩'
    """
    if not key:
        raise ValueError("a pseudonym without a key hides nothing: give at least one byte")
    return _replaced(text, lambda kind, plain: _pseudonym(kind, plain, key), kinds, product_numbers)


def redact(
    text: str, *, kinds: Collection[str] | None = None, product_numbers: Collection[str] = ()
) -> Masked:
    """Mask like :func:`mask`, without a key: only the kind remains, so two values of a kind look the same.

    >>> redact("打我电话 138 1234 5678").text
    '打我电话 ⟨phone⟩'
    """
    return _replaced(text, lambda kind, _: f"⟨{kind}⟩", kinds, product_numbers)


def _replaced(
    text: str,
    replacement: Callable[[str, str], str],
    wanted: Collection[str] | None,
    product_numbers: Collection[str],
) -> Masked:
    kinds: list[str] = []
    # A pseudonym is a new boundary: text next to it may now match. So repeat until nothing is found.
    for n_passes in count():
        found = [x for x in find(text, product_numbers) if wanted is None or x[0] in wanted]
        if not found:
            break
        if n_passes == _MOST_PASSES:
            text = _TOO_MANY  # an adversarial text: drop all of it
            break
        pieces, at = [], 0
        for kind, datum in found:
            pieces += [text[at : datum.start], replacement(kind, datum.key)]
            at = datum.end
            kinds.append(kind)
        text = "".join(pieces) + text[at:]
    return Masked(text, tuple(kinds))


def find(text: str, product_numbers: Collection[str] = ()) -> list[tuple[str, PersonalDatum]]:
    """Personal data as (kind, span), left to right; pseudonyms and numbers of goods are skipped."""
    narrow = narrowed(text)
    claimed = TakenSpans()
    for match in PSEUDONYM.finditer(narrow):
        claimed.claim(*match.span())
    found = [
        (kind, datum)
        for kind, detect in KINDS.items()
        for datum in claimed.first(detect(narrow))
        if kind not in _LIKE_GOODS or not _is_of_goods(narrow, datum, product_numbers)
    ]
    return sorted(found, key=lambda pair: pair[1].start)


_LIKE_GOODS = frozenset(("phone", "card"))


def _is_of_goods(narrow: str, datum: PersonalDatum, product_numbers: Collection[str]) -> bool:
    if is_product_number(narrow, datum.start):
        return True
    digits = re.sub(r"\D", "", narrow[datum.start : datum.end])
    return bool(product_numbers) and digits in product_numbers


def _pseudonym(kind: str, plain: str, key: bytes) -> str:
    digest = hmac.new(key, f"{kind}:{plain}".encode(), hashlib.sha256).hexdigest()
    return f"⟨{kind}:{digest[:8]}⟩"


def _detector(pattern: re.Pattern[str], key_of: Callable[[str], str | None]) -> Detector:
    def detect(text: str) -> Iterator[PersonalDatum]:
        for match in pattern.finditer(text):
            if (key := key_of(match.group())) is not None:
                yield PersonalDatum(match.start(), match.end(), key)

    return detect


def _resident_ids(text: str) -> Iterator[PersonalDatum]:
    """Ids with a right checksum; a label may touch them."""
    for match in _RESIDENT_ID.finditer(text):
        plain = re.sub(r"[ -]", "", match["id"]).upper()
        if is_resident_id(plain):
            yield PersonalDatum(match.start("id"), match.end("id"), plain)


def _card(found: str) -> str | None:
    plain = re.sub(r"[ -]", "", found)
    return plain if is_card(plain) else None


KINDS: dict[str, Detector] = {
    "secret": find_secrets,
    "email": find_emails,
    "device": find_devices,
    "resident_id": _resident_ids,
    "document": find_documents,
    "order_number": find_orders,
    "card": _detector(_CARD, _card),
    "account": lambda text: chain(find_accounts(text), find_wallets(text)),
    "phone": lambda text: chain(find_phones(text), find_odd_phones(text)),
    "messenger": find_messengers,
    "address": lambda text: chain(find_addresses(text), find_places(text)),
    "plate": find_plates,
    "name": find_names,
}
"""In order of priority, where finds overlap: a resident id may look like a card, a labelled order number
like both, and all of them contain what looks like a phone number."""
