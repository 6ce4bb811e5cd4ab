"""A fast pre-filter: a text without a match has no personal data. Most texts have none."""

from __future__ import annotations

import re

from baihuo.privacy.emails import HIDDEN
from baihuo.privacy.messengers import LABELS as LABELS_OF_MESSENGERS
from baihuo.privacy.odd_phones import OTHER_DIGITS

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
