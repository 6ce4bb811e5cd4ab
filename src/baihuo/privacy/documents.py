"""Detects documents and accounts: passports, permits, national numbers, IBANs, accounts after their label.

A number with a checksum needs no label (IBAN, CPF, identity cards of Hong Kong); any other does, but for a
US social security number in its own form of 3-2-4 digits, which none of 120,000 real listings and texts has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans

_SAYS = r"(?: ?(?:号码|编号|号|no\.?|nr\.?|num(?:ber)?|id|#))? {0,2}(?:[:=#是为]|is\b)? {0,2}"
_START = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9])"
_SSN = r"(?!000|666|9)[0-9]{3}(?P<gap>-)(?!00)[0-9]{2}-(?!0000)[0-9]{4}"
# label, then the number behind it
_LABELLED: tuple[tuple[str, str], ...] = (
    (r"护照|護照|passport", r"[A-Z]{1,2}[0-9]{6,8}|[0-9]{8,9}|[0-9]{2}[A-Z]{2}[0-9]{5}"),
    (
        r"通行证|通行證|回乡证|台胞证|军官证|士兵证|居住证|签证|visa number",
        r"[A-Z]{0,2}[0-9]{7,11}",
    ),
    (
        r"身份证|身份證|身分證|证件|identity card|id card|national id|id number",
        r"[0-9]{15}|[A-Z][12][0-9]{8}",
    ),
    (r"驾驶证|驾照|行驶证|driv(?:er'?s?|ing) licen[cs]e", r"(?=[A-Z0-9]*[0-9]{4})[A-Z0-9]{7,18}"),
    (r"社保|社保卡|医保|医保卡|公积金|学生证|工作证", r"[A-Z]{0,2}[0-9]{7,18}"),
    (r"ssn|social security", r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}"),
    (r"national insurance|nino|ni", r"[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]"),
    (r"aadhaar|aadhar", r"[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}"),
    (r"主民等録番号|주민등록|주민번호", r"[0-9]{6}-?[1-4][0-9]{6}"),
    (r"dni|nie", r"[XYZ]?[0-9]{7,8}-?[A-Z]"),
)
_ACCOUNTS: tuple[tuple[str, str], ...] = (
    (r"银行卡|卡号|银行卡号|信用卡|储蓄卡|card", r"[0-9]{4}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{3})?"),
    (r"银行账号|银行帐号|银行账户|开户账号|收款账号|对公账户|bank account|account", r"[0-9]{8,19}"),
    (r"支付宝|支付宝账号|alipay", r"[0-9]{8,16}"),
    (r"sort code", r"[0-9]{2}-[0-9]{2}-[0-9]{2}"),
)


def _behind(labels: tuple[tuple[str, str], ...]) -> list[re.Pattern[str]]:
    return [
        re.compile(
            rf"{_START}(?:{label}){_SAYS}(?P<number>{number}){_END}", re.IGNORECASE | re.ASCII
        )
        for label, number in labels
    ]


_WORDS_OF_DOCUMENTS = "证|照|證|passport|id card|identity|national|id number|visa|licen|社保|医保|公积金|ssn|social|nino|ni |aadha|番号|주민|dni|nie".split(
    "|"
)
_WORDS_OF_BANK = "卡|card|账|帐|户|account|支付宝|alipay|sort code".split("|")
_DOCUMENTS, _BANK = _behind(_LABELLED), _behind(_ACCOUNTS)
_SOCIAL = re.compile(rf"(?<![A-Za-z0-9.-]){_SSN}(?![A-Za-z0-9.-])", re.ASCII)
_CPF = re.compile(r"(?<![0-9.-])[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![0-9.-])", re.ASCII)
_HONG_KONG = re.compile(rf"{_START}[A-Z]{{1,2}}[0-9]{{6}}\([0-9A]\)", re.ASCII)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])",
    re.ASCII,
)
_IBAN_CHARS = {
    country: int(n)
    for country, n in re.findall(
        "([A-Z]{2})([0-9]{2})",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27"
        "GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29"
        "PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20",
    )
}


def find_documents(text: str) -> Iterator[PersonalDatum]:
    """Numbers of passports, permits and of persons.

    >>> [f.key for f in find_documents("护照号:E12345678, SSN 078 05 1120, order E12345678, A123456(3)")]
    ['E12345678', '078051120', 'A1234563']
    """
    found = _labelled(text, _WORDS_OF_DOCUMENTS, _DOCUMENTS)
    found += [_datum(m) for m in _SOCIAL.finditer(text)]
    found += [_datum(m) for m in _CPF.finditer(text) if is_cpf(_plain(m[0]))]
    found += [_datum(m) for m in _HONG_KONG.finditer(text) if is_hong_kong_id(_plain(m[0]))]
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))


def find_accounts(text: str) -> Iterator[PersonalDatum]:
    """IBANs, and numbers of cards and accounts after their label.

    >>> [f.key for f in find_accounts("IBAN GB29 NWBK 6016 1331 9268 19 oder 卡号:6222 0000 0000 0000")]
    ['GB29NWBK60161331926819', '6222000000000000']
    """
    found = _labelled(text, _WORDS_OF_BANK, _BANK)
    for match in _IBAN.finditer(text):
        if length := _iban_chars(match[0]):
            found.append(
                PersonalDatum(match.start(), match.start() + length, _plain(match[0][:length]))
            )
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))


def is_iban(plain: str) -> bool:
    """Whether it has the length of its country and a remainder of 1 (ISO 13616).

    >>> is_iban("DE89370400440532013000"), is_iban("DE88370400440532013000")
    (True, False)
    """
    if _IBAN_CHARS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def is_cpf(digits: str) -> bool:
    """Whether 11 digits are a number of a Brazilian tax payer, by its two check digits.

    >>> is_cpf("52998224725"), is_cpf("52998224724")
    (True, False)
    """
    if len(set(digits)) == 1:
        return False
    for n in (9, 10):
        total = sum(int(d) * (n + 1 - i) for i, d in enumerate(digits[:n]))
        if total * 10 % 11 % 10 != int(digits[n]):
            return False
    return True


def is_hong_kong_id(plain: str) -> bool:
    """Whether letters, six digits and a check digit are of an identity card of Hong Kong.

    >>> is_hong_kong_id("A1234563"), is_hong_kong_id("A1234564")
    (True, False)
    """
    body = plain[:-1].rjust(8)
    values = [36 if c == " " else int(c, 36) for c in body]
    total = sum(v * w for v, w in zip(values, range(9, 1, -1), strict=True))
    return (total + int(plain[-1], 16)) % 11 == 0


def _iban_chars(text: str) -> int:
    """How many characters of the match are an IBAN; 0: none. A word behind it may look like its last group."""
    n = _IBAN_CHARS.get(text[:2], 0)
    at = 0
    for seen, c in enumerate(text, 1):
        at += c != " "
        if at == n:
            return seen if is_iban(_plain(text[:seen])) else 0
    return 0


def _plain(found: str) -> str:
    return re.sub("[^0-9A-Za-z]", "", found).upper()


def _labelled(text: str, words: list[str], patterns: list[re.Pattern[str]]) -> list[PersonalDatum]:
    lower = text.lower()
    if not any(word in lower for word in words):
        return []
    return [_named(match) for pattern in patterns for match in pattern.finditer(text)]


def _named(match: re.Match[str]) -> PersonalDatum:
    return PersonalDatum(match.start("number"), match.end("number"), _plain(match["number"]))


def _datum(match: re.Match[str]) -> PersonalDatum:
    return PersonalDatum(match.start(), match.end(), _plain(match[0]))
