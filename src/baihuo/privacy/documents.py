"""Detects documents and accounts: passports, permits, national numbers, IBANs, accounts after their label.

A number with a checksum needs no label (IBAN, CPF, identity cards of Hong Kong); any other does, but for a
US social security number in its own form of 3-2-4 digits, which none of 120,000 real listings and texts has.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans

# Recognises personal numbers by checksum or numbering plan: resident ids, cards, phones.


_GB_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GB_CHECK = "10X98765432"
_PROVINCES = frozenset(
    (
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 "
        "44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
    ).split()
)
# Issuer ranges: UnionPay, Visa, Mastercard, American Express, JCB, Discover, Maestro.
_CARD_PREFIX = re.compile(
    r"62|4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|35|6011|65|67|50|5[678]"
)
_CHINA_MOBILE = re.compile(r"1[3-9]\d{9}")
_UK_MOBILE = re.compile(r"7[1-57-9]\d{8}")
NANP = re.compile(r"[2-9]\d{2}[2-9]\d{6}")


def is_resident_id(digits: str) -> bool:
    """Whether 18 characters are a Chinese resident id: province, real birthday, GB 11643 checksum.

    >>> is_resident_id("11010519491231002X")
    True
    >>> is_resident_id("110105194912310021")
    False
    """
    if not re.fullmatch(r"\d{17}[\dX]", digits) or digits[:2] not in _PROVINCES:
        return False
    try:
        datetime.date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(w * int(d) for w, d in zip(_GB_WEIGHTS, digits[:17], strict=True))
    return _GB_CHECK[total % 11] == digits[17]


def is_card(digits: str) -> bool:
    """Whether 15 to 19 digits are a bank card: a known issuer range and the Luhn checksum.

    >>> is_card("4111111111111111")
    True
    """
    if not re.fullmatch(r"\d{15,19}", digits) or not _CARD_PREFIX.match(digits):
        return False
    if len(digits) == 15 and digits[:2] not in ("34", "37"):  # only American Express is this short
        return False
    return is_luhn(digits) and len(set(digits)) > 1


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812, Luhn).

    >>> is_luhn("490154203237518"), is_luhn("490154203237519")
    (True, False)
    """
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def phone_key(found: str) -> str | None:
    """The number in normal form, ``+86…``, or None where no numbering plan has it.

    Bare digits must be a Chinese mobile or a British mobile with its 0; ten bare digits alone may
    be anything, so a North American number needs its separators or its +1.

    >>> phone_key("138-1234-5678"), phone_key("07700 900123"), phone_key("1234567")
    ('+8613812345678', '+447700900123', None)
    """
    has_plus = found.startswith(("+", "00"))
    digits = re.sub(r"\D", "", found)
    if has_plus:
        digits = digits.removeprefix("00") if found.startswith("00") else digits
        if digits.startswith("86"):
            return _plan("86", digits[2:].removeprefix("0"), _CHINA_MOBILE) or _landline(digits)
        if digits.startswith("440"):  # +44 (0)7700 …
            digits = "44" + digits[3:]
        return f"+{digits}" if 9 <= len(digits) <= 15 and not digits.startswith("0") else None
    groups = [g for g in re.split(r"[ .()+-]+", found) if g]
    if any(len(g) == 1 for g in groups[1:]) and not has_plus:
        return None  # single digits are never a group
    if len(digits) == 11 and digits.startswith("1") and _grouped(found, (3, 4, 4)):
        return _plan("86", digits, _CHINA_MOBILE) or _plan("1", digits[1:], NANP, found)
    if len(digits) == 13 and digits.startswith("86"):
        return _plan("86", digits[2:], _CHINA_MOBILE)
    if len(digits) == 11 and digits.startswith("07"):
        return _plan("44", digits[1:], _UK_MOBILE)
    if len(digits) == 11 and digits.startswith("1"):
        other = None if "." in found else _plan("86", digits, _CHINA_MOBILE)
        return _plan("1", digits[1:], NANP, found) or other
    if len(digits) == 10:
        return _plan("1", digits, NANP, found)
    return _landline("86" + digits[1:]) if re.match(r"0\d{2,3}[ -]\d{7,8}$", found) else None


def _plan(country: str, national: str, plan: re.Pattern[str], written: str = "") -> str | None:
    """The number, if the plan has it; a North American one needs separators in ``written``."""
    if plan is NANP and not re.search(r"\d{3}\)?[ .-]\d{3}[ .-]\d{4}$", written):
        return None
    return f"+{country}{national}" if plan.fullmatch(national) else None


def _landline(digits: str) -> str | None:
    return f"+{digits}" if re.fullmatch(r"86[1-9]\d{8,10}", digits) else None


def _grouped(found: str, sizes: tuple[int, ...]) -> bool:
    groups = [len(g) for g in re.split(r"[ .-]", found) if g]
    return groups in ([sum(sizes)], list(sizes))


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
