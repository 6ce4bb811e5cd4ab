"""Detects secrets and devices: passwords, one-time codes, tokens and sessions of addresses; IMEI, MAC and IP addresses, advertising ids.

A secret has no fixed form, so it counts only after its label (``密码：``, ``my password is``, ``access_token=``), except for tokens with a
unique form (JWT, keys of well-known services). Wallets of coins have a checksum or a fixed form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache

from baihuo.privacy.documents import is_luhn
from baihuo.privacy.found import PersonalDatum, TakenSpans

_GAP = r" {0,2}(?:[:=]|是|为|就是|is\b|was\b|->|→)? {0,2}[\"'「“]?"
_SAID = r" {0,2}(?:[:=]|是|为|就是|(?:is|was)\b:?|->|→) {0,2}[\"'「“]?"
_HIDDEN = r"[!-%(-+\--:<-~]{4,64}"  # printed ASCII but quotes, commas and semicolons
_ODD = rf"(?=[!-~]{{0,63}}[0-9_#@$%^*]){_HIDDEN}"  # not a plain word: has a digit or a sign
_PASSWORDS_ZH = "(?<!默认)(?<!初始)(?<!出厂)(?:(?:登录|登陆|支付|交易|账号|账户|帐号|开机|开锁|解锁|银行卡|取款|查询|wi-?fi|无线|网络|会员|我的)(?:的)?)?(?:密码|口令|暗号|密钥|秘钥|提取码|访问码|安全码|卡密|pin码)"
_CODES_ZH = "验证码|校验码|动态码|动态密码|取件码|提货码|取货码"
_SOLD_CODES_ZH = "兑换码|激活码|核销码|邀请码"  # goods, too: an "Office激活码2021" is searched for
_PASSWORDS_EN = r"(?:pass ?words?|pass ?codes?|passphrase|passwd|pwd|pin (?:code|number)|login details|credentials)"
_CODES_EN = r"(?:(?:verification|security|confirmation|one[- ]time|access|login|otp|2fa|auth(?:entication)?|pickup|gate|door) (?:code|pin|password)|otp|cvv2?|cvc|cvn)"
_SOLD_CODES_EN = "(?:activation code|tan)"  # a colour is tan, too
_PARAMETERS = (
    r"(?:[\w.-]*(?:token|passw(?:or)?d|passwd|pwd|passcode|secret|signature|session[_-]?(?:id|key)?|sess(?:id)?|apikey|api[_-]?key|access[_-]?key|auth(?:[_-]?(?:code|key))?|credential|"
    r"private[_-]?key|ticket|otp|jwt|bearer|nonce|csrf|xsrf|hmac)|jsessionid|phpsessid|aspsessionid\w*|code_verifier|openid|unionid|x-amz-signature)"
)
_SHORT_PARAMETERS = "(?:sid|sso|refresh|reset|invite|magic|verify|activation|sig|sign)"
_WORDY_PARAMETERS = "(?:key|pin|st|code|state)"  # of shops: ?key=iphone15promax, ?code=SPRING2025
_VALUE = "[^&%]{0,255}"  # longest parameter to search: bounded lengths keep the time linear
_TOKEN = r"(?:[A-Z0-9_.~+/=-]|%2[BF]|%3D){12,}(?![A-Z0-9%])"  # %E6… is a word
_PATTERNS = (
    rf"(?:{_PASSWORDS_ZH}){_SAID}(?P<hidden>{_ODD}|[!-~]{{6,64}})",
    rf"(?<![一-鿿])(?:{_PASSWORDS_ZH}) ?(?![:=])(?P<hidden>{_ODD})",
    rf"(?:{_CODES_ZH}){_GAP}(?P<hidden>(?=[A-Z-]{{0,31}}[0-9])[A-Z0-9][A-Z0-9-]{{3,31}})(?![A-Z0-9])",
    rf"(?:{_SOLD_CODES_ZH}){_SAID}(?P<hidden>(?=[A-Z-]{{0,31}}[0-9])[A-Z0-9][A-Z0-9-]{{3,31}})(?![A-Z0-9])",
    rf"(?<![a-z0-9]){_SOLD_CODES_EN}{_SAID}(?P<hidden>(?=[A-Z-]{{0,31}}[0-9])[A-Z0-9][A-Z0-9-]{{3,31}})(?![A-Z0-9])",
    rf"(?<![a-z0-9])(?<!default ){_PASSWORDS_EN}{_SAID}(?P<hidden>{_ODD})",
    rf"(?<![a-z0-9])(?:my|the|our|this|account|login|wi-?fi|user) {_PASSWORDS_EN} {{0,2}}(?:[:=]|is:?) {{0,2}}[\"']?(?P<hidden>{_ODD})",
    rf"(?<![a-z0-9]){_CODES_EN}{_GAP}(?P<hidden>[0-9]{{3,8}}|(?=[A-Z]{{0,11}}[0-9])[A-Z0-9]{{5,12}})(?![A-Z0-9])",
    # a whole message: "Your code is 123456", "123456 is your Shop code"
    r"(?<![a-z])(?:your|my|the)(?: [a-z]+){0,2} code(?: is:?|:| ?=) ?[\"']?(?P<hidden>(?:[A-Z]{1,3}-)?[0-9]{4,8}|[0-9]{3}[ -][0-9]{3})(?![A-Z0-9])",
    r"(?<![A-Z0-9-])(?P<hidden>(?:[A-Z]{1,2}-)?[0-9]{4,8}) (?:is|as) your (?:[a-z]+ ){0,3}(?:code|otp|pin)(?![a-z])",
    r"(?<![0-9])(?P<hidden>[0-9]{4,8}) ?[(（]?(?:是|为)?(?:您|你)?(?:本次)?的?(?:登录|登陆|注册|短信|手机|支付|动态|身份)?(?:验证码|校验码|动态码|动态密码)(?![0-9])",
    rf"(?<![a-z])(?:my|card|sim|atm|bank) pin{_GAP}(?P<hidden>[0-9]{{4,8}})(?![0-9])",
    # of a URL: a long value, or one with a telling name
    rf"(?:[?&#;]|%26|%3f){_PARAMETERS}(?:=|%3d)(?P<hidden>[A-Z0-9_.~+/%=-]{{12,}})",
    rf"(?:[?&#;]|%26|%3f){_SHORT_PARAMETERS}(?:=|%3d)(?={_VALUE}[0-9])(?={_VALUE}[A-Z])(?P<hidden>{_TOKEN})",
    rf"(?:[?&#;]|%26|%3f){_WORDY_PARAMETERS}(?:=|%3d)(?-i:(?={_VALUE}[0-9])(?={_VALUE}[a-z])(?={_VALUE}[A-Z]))(?P<hidden>{_TOKEN})",
    r"(?:[?&#;]|%26|%3f)[\w.-]*(?:passw(?:or)?d|passwd|pwd|passcode|secret|otp|pin)(?:=|%3d)(?P<hidden>[^\s&#]{3,})",
    r";jsessionid=(?P<hidden>[A-Z0-9._!-]{8,})",
    # the name and password before the host
    r"\b[a-z][a-z0-9+.-]{0,31}://(?P<hidden>[^\s/@:?#]+:[^\s/@?#]+)@",
    r"(?<![a-z0-9])(?:bearer|api[ _-]?key|access[ _-]?token|token|secret(?:[ _-]?key)?|client[ _-]?secret)"
    rf"{_GAP}(?P<hidden>(?=[A-Z_.-]{{0,255}}[0-9])[A-Z0-9_.+/=-]{{16,}})",
    # unique forms
    r"(?<![A-Z0-9])(?P<hidden>eyJ[A-Z0-9_-]{8,999}+\.[A-Z0-9_-]{8,}(?:\.[A-Z0-9_-]*)?)",
    r"(?<![A-Z0-9])(?P<hidden>(?:sk|pk|rk)_(?:live|test)_[A-Z0-9]{16,}|gh[pousr]_[A-Z0-9]{20,}|xox[abprs]-[A-Z0-9-]{10,}|(?-i:AKIA|ASIA|AKID|LTAI)(?=[A-Z]*[0-9])[0-9A-Z]{12,}|AIza[0-9A-Z_-]{35}|glpat-[A-Z0-9_-]{20,}|"
    r"(?-i:sk-(?:[a-z]+-)?(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z]{30,}|github_pat_[A-Za-z0-9_]{20,}))",
)
_MASK = re.compile(r"^[*x•·.?…_-]+$|^⟨", re.IGNORECASE)  # masked already

_IMEI = re.compile(r"(?<![A-Z0-9.])[0-9]{2}(?:[ -]?[0-9]){13}(?![A-Z0-9])", re.IGNORECASE)
_OF_DEVICE = re.compile(r"imei|meid|串号|串號|设备号|机身码|手机识别码", re.IGNORECASE)
_LABEL_CHARS = 16  # before a number, to search for its label
_DEVICES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?<![A-F0-9:-])(?P<hidden>[0-9A-F]{2}(?:(?P<gap>[:-])[0-9A-F]{2})(?:(?P=gap)[0-9A-F]{2}){4})(?![A-F0-9:-])",
        r"(?<![a-z])(?:ip(?: ?(?:地址|address|v4))?|ipv4) {0,2}(?:[:=]|是|为|is\b)? {0,2}(?P<hidden>(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![0-9.])",
        r"(?<![a-z])(?:idfa|idfv|gaid|adid|aaid|oaid|android ?id|device ?id|udid|设备号|设备id|设备码) {0,2}(?:[:=]|是|为|is\b)? {0,2}(?P<hidden>(?=[A-F-]*[0-9])[0-9A-F-]{12,40})(?![0-9A-Z])",
    )
)
_COIN = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<ether>0x[0-9a-fA-F]{40})|(?P<segwit>(?:bc1|ltc1|addr1)[02-9ac-hj-np-z]{25,100})|(?P<base58>[13TLDr][1-9A-HJ-NP-Za-km-z]{25,34}))(?![A-Za-z0-9])"
)
_WALLET = re.compile(
    r"钱包|錢包|wallet|usdt|btc|bitcoin|eth\b|trc20|erc20|币|coin|tron", re.IGNORECASE
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@cache  # compiled when a text first needs it: start-up does not
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE | re.ASCII) for pattern in _PATTERNS)


def find_secrets(text: str) -> Iterator[PersonalDatum]:
    """Passwords, one-time codes, tokens, keys and ids of sessions.

    >>> [f.key for f in find_secrets("登录密码是hg#87X, my password is Abc123 https://a.b/c?access_token=DrekbkB2db6d&l=zh")]
    ['hg#87X', 'Abc123', 'DrekbkB2db6d']
    """
    found = [m for pattern in _patterns() for m in pattern.finditer(text)]
    data = [_datum(m) for m in found if _MASK.match(m["hidden"]) is None]
    yield from TakenSpans().first(sorted(data, key=lambda datum: (datum.start, -datum.end)))


def find_devices(text: str) -> Iterator[PersonalDatum]:
    """Numbers of a person's device: IMEI with its check digit behind its label, MAC and IP addresses, advertising ids.

    >>> [f.key for f in find_devices("IMEI: 490154203237518, MAC 00:1A:2B:3C:4D:5E")]
    ['490154203237518', '00:1A:2B:3C:4D:5E']
    """
    found = [_datum(m) for pattern in _DEVICES for m in pattern.finditer(text)]
    for match in _IMEI.finditer(text):
        plain = re.sub("[ -]", "", match[0])
        label = text[max(0, match.start() - _LABEL_CHARS) : match.start()]
        if _OF_DEVICE.search(label) is not None and is_luhn(plain):
            found.append(PersonalDatum(match.start(), match.end(), plain))
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))


def find_wallets(text: str) -> Iterator[PersonalDatum]:
    """Addresses of coins: 40 hex digits behind 0x, Base58 with its checksum, and such as begin with bc1.

    >>> [f.key for f in find_wallets("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa']
    """
    is_said = _WALLET.search(text) is not None
    for match in _COIN.finditer(text):
        if match["base58"] is None or is_said or _is_base58(match[0]):
            yield PersonalDatum(match.start(), match.end(), match[0])


def _is_base58(address: str) -> bool:
    """Whether the last four bytes are the hash of those before them."""
    number = 0
    for c in address:
        number = number * 58 + _BASE58.index(c)
    raw = number.to_bytes(25, "big") if number < 1 << 200 else b""
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:] != b""


def _datum(match: re.Match[str]) -> PersonalDatum:
    return PersonalDatum(match.start("hidden"), match.end("hidden"), match["hidden"])
