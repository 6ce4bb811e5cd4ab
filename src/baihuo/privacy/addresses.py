"""Detects postal addresses: Chinese ones, British and North American streets, PO boxes, postcodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans
from baihuo.privacy.words import FAMOUS

# Detects locations: coordinates to some metres, in degrees or in degrees, minutes and seconds.
#
# Four decimals of a degree are eleven metres: a house. Fewer name a quarter or a town, and are left.


_DEGREES = r"[-+]?[0-9]{1,3}\.[0-9]{4,15}"
_NAMED = r"(?:lat(?:itude)?|lng|lon|long(?:itude)?|[xy]|纬度|经度|北纬|东经|南纬|西经)"
_PAIR = re.compile(
    rf"(?<![0-9A-Za-z.])(?P<a>{_DEGREES})(?P<gap>[ ]?[,;/|][ ]?|%2C|[ ]|[°º]? ?[NSns], ?)(?P<b>{_DEGREES})(?![0-9A-Za-z%.])"
)
_LABELLED = re.compile(
    rf"{_NAMED} ?[:=]? ?(?P<a>{_DEGREES}) ?[°º]?[^0-9+-]{{0,12}}?{_NAMED} ?[:=]? ?(?P<b>{_DEGREES})(?![0-9.])",
    re.IGNORECASE,
)
_PART = r"[0-9]{1,3} ?[°º] ?[0-9]{1,2} ?[′'’] ?(?:[0-9]{1,2}(?:\.[0-9]+)? ?(?:[″\"”]|''))"
_SEXAGESIMAL = re.compile(rf"{_PART} ?[NSns北南]?[ ,，]{{0,2}}(?:东经|西经)? ?{_PART} ?[EWew东西]?")


def find_places(text: str) -> Iterator[PersonalDatum]:
    """Pairs of a latitude and a longitude, in either order.

    >>> [f.key for f in find_places("store near 31.230416,121.473701")], list(find_places("0.1234 x 12.5"))
    (['31.230416,121.473701'], [])
    """
    found = [
        PersonalDatum(m.start("a"), m.end("b"), f"{m['a']},{m['b']}")
        for pattern in (_PAIR, _LABELLED)
        for m in pattern.finditer(text)
        if _is_place(float(m["a"]), float(m["b"])) and not _is_padded(m)
    ]
    found += [PersonalDatum(m.start(), m.end(), m[0]) for m in _SEXAGESIMAL.finditer(text)]
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))


def _is_place(a: float, b: float) -> bool:
    """Whether one may be a latitude and the other a longitude; two small numbers are sizes."""
    return min(abs(a), abs(b)) <= 90 and max(abs(a), abs(b)) <= 180 and max(abs(a), abs(b)) >= 10


def _is_padded(match: re.Match[str]) -> bool:
    """Whether zeros fill the numbers, as a database fills prices: 12.5000."""
    ends = [match[name].endswith("00") for name in "ab"]
    n_decimals = [len(match[name].partition(".")[2]) for name in "ab"]
    return all(ends) or (any(ends) and n_decimals == [4, 4])


_H = "[一-龥]"
_PROVINCE = (
    "(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|"
    "陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)?"
)
_STOP = "我你他她它们住在到至往寄送是的请把了给就址:,。"
_L = f"(?:(?![{_STOP}]){_H})"  # a character of a place's name
# Broad to narrow, each part optional. Atomic: a part that was read is not read in another way, or a text of 市 alone
# would take seconds.
_REGION = (
    rf"(?:{_PROVINCE} ?)?(?>(?:{_L}{{2,6}}?(?:市|自治州|地区|盟) ?)?(?:{_L}{{1,6}}?(?:新区|开发区|(?<![小校社])区|县|旗|市) ?)?"
    rf"(?:{_L}{{1,5}}?(?:镇|乡|街道) ?)?)"
)
_N = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4})"
_ROAD = rf"(?:{_L}|\d){{1,8}}?(?:大街|大道|胡同|马路|公路|路|街|巷|弄|道) ?(?:{_N}弄 ?)?{_N} ?(?:号|弄)(?!线|店|馆|地铁|公交)(?:院|楼|内)?"
_ESTATE = rf"(?:{_L}|[A-Za-z0-9]){{2,10}}?(?:小区|花园|公寓|大厦|家园|新村|佳苑|华庭|广场|校区|苑|城|庭|府|里|湾|园|村)"
_BLOCK = rf"(?:{_N}|[A-Za-z东南西北]) ?(?:区|期) ?"
_DOOR = (
    rf"(?:{_BLOCK})?(?:(?:\d{{1,4}}|[A-Za-z]\d{{0,2}}|[一二三四五六七八九十]{{1,3}}) ?(?:栋|幢|座|号楼|楼|号)[ ,-]?)"
    rf"(?:{_N}单元[ ,-]?)?(?:{_N}(?:层|楼)[ ,-]?)?(?:[A-Za-z]?\d{{2,5}}(?:-\d{{1,4}})?(?:室|房|号|户)?)?"
)
_UNIT = rf"(?:\d{{1,4}}|[A-Za-z]) ?(?:栋|幢|座|号楼)[ ,-]?(?:{_N}单元[ ,-]?)?[A-Za-z]?\d{{2,5}}(?:室|房|户|号)?(?![0-9A-Za-z])"
_UNIT_DOOR = rf"{_N}单元[ ,-]?[A-Za-z]?\d{{1,5}}(?:室|房|户|号)?(?![0-9A-Za-z年])"
_VILLAGE = rf"{_L}{{1,6}}?(?:村|屯|社区) ?(?:{_L}{{0,4}}?{_N} ?(?:组|队|号|社))(?!{_H}*线)"
_CHINESE = re.compile(
    rf"(?P<region>{_REGION})(?:"
    rf"(?P<road>{_ROAD})(?P<rest>[ ,]?(?:{_ESTATE})?[ ,]?(?:{_DOOR})?(?:{_UNIT_DOOR}|{_N}室)?)"
    rf"|(?P<estate>{_ESTATE}[ ,]?(?:{_L}{{1,3}}?[区期])?(?:{_UNIT}|(?:\d{{1,4}}|[A-Za-z])(?:栋|幢|座|号楼)?[ ,-]?{_UNIT_DOOR}))"
    rf"|(?P<village>{_VILLAGE}))"
)
# A cheap pre-filter: the whole pattern is a thousand times slower.
_CHINESE_CORE = re.compile(
    r"[路街道巷弄同] ?[0-9一二三四五六七八九十百]|[栋幢座楼元] ?,?[0-9A-Za-z一二三四五六七八九十]|[0-9A-Za-z一二三四五六七八九十] ?[组队号社栋幢座]"
)
_REGION_ONLY = re.compile(
    rf"(?:收货|邮寄|快递|家庭|详细|联系|通讯|寄送|配送|我的|新)?(?:地址|住址)[ ]?[:是为][ ]?(?P<place>{_PROVINCE}?{_L}{{0,6}}?(?:市|县|区|镇){_H}{{0,20}}[0-9A-Za-z一-龥-]{{0,20}})"
)
_LED = re.compile(
    r"(?:寄到?|送到?|住在?|地址|发到?|收货|搬到|家在|快递到|配送到?|改成|改为|改到|邮到?)[ :,是为了]{0,3}$"
)
_PROVINCE_NAME = re.compile(_PROVINCE)
_VERB = re.compile("改为|改成|来自|发|从|去")
_BUSINESS = re.compile(
    r"(?:厂址|产地|生产|公司|企业|工厂|门店|店铺|店址|注册|总部|制造商|经销商|委托方|商家|展厅|本店|专柜|执照|位于)(?:地址|位于)?[ :为是]{0,3}$"
)

_STRONG = "street|road|avenue|boulevard|lane|st|rd|ave|blvd|ln"
_WEAK = (
    "drive|court|place|square|terrace|way|close|crescent|gardens|grove|mews|parade|highway|parkway|trail|circle|row|walk|hill|"
    "park|rise|view|dr|ct|pl|sq|hwy|pkwy|cir|cres|gdns|ter"
)
_STREET = re.compile(
    rf"(?<![0-9A-Za-z.#$£€/-])(?P<number>\d{{1,5}}[A-Za-z]?(?:-\d{{1,5}})?),? (?P<name>(?:(?:[NSEW]|North|South|East|West)\.? )?"
    rf"(?:[A-Za-z][A-Za-z'.-]*|\d{{1,3}}(?:st|nd|rd|th))(?: [A-Za-z][A-Za-z'.-]*){{0,3}}? )?"
    rf"(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})|(?<= )(?P<alone>Broadway))\b\.?(?! (?:{_STRONG}|{_WEAK})\b)(?! \d+ ?(?:gb|tb|mm|cm)\b)"
    r"(?P<unit>,? (?:apt|apartment|suite|ste|unit|flat|floor|room|rm|#)\.? ?#?[0-9]{0,5}[A-Za-z]?\b)?",
    re.IGNORECASE,
)
_STATES_BY_ZIP_DIGIT = {  # first digit of the ZIP code → states
    "0": "CT ME MA NH NJ RI VT",
    "1": "DE NY PA",
    "2": "MD NC SC VA WV DC",
    "3": "AL FL GA MS TN",
    "4": "IN KY MI OH",
    "5": "IA MN MT ND SD WI",
    "6": "IL KS MO NE",
    "7": "AR LA OK TX",
    "8": "AZ CO ID NV NM UT WY",
    "9": "AK CA HI OR WA",
}
_STATES = {
    state: digit for digit, states in _STATES_BY_ZIP_DIGIT.items() for state in states.split()
}
_ZIP = r"(?P<state>[A-Z]{2})\.? (?P<zip>\d{5}(?:-\d{4})?)(?![0-9A-Za-z-])"
_CITY_ZIP = re.compile(rf", {_ZIP}")
_CITY = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}$")
_AREAS = (
    "AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|FK|FY|GL|GU|HA|HD|"
    "HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|"
    "SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE|B|E|G|L|M|N|S|W"
)
_POSTCODE = rf"(?P<postcode>(?:{_AREAS})\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{{2}})(?![0-9A-Za-z])"
_BARE_POSTCODE = re.compile(rf"(?<![0-9A-Za-z-]){_POSTCODE}")
_POSTCODE_LABEL = re.compile(r"\bpost(?: ?code|al code)(?: is)?:? ?$", re.IGNORECASE)
_UNIT_SUFFIXES = tuple("GB TB DB HZ LB FT XL PH AH WH GE ST ND RD TH".split())
_TAIL = re.compile(
    rf"(?:,? (?!and\b|or\b|but\b|please\b)[A-Za-z][A-Za-z.' -]{{1,28}}?)?(?:,? ?(?:{_ZIP}|{_POSTCODE})|, (?P<only>{'|'.join(_STATES)})\b)(?:,? (?:USA|UK|United Kingdom))?"
)
_LED_WORDS = re.compile(
    r"\b(?:live[sd]?|living|reside[sd]?|address(?:ed)?|ship(?:ped|ping)?|send|sent|deliver(?:ed|y)?|post(?:ed)?|mail(?:ed)?|moved|move|meet|come|house|home|flat|parcel|package)\b[^.!?\n]{0,24}$",
    re.IGNORECASE,
)
_LED_PREPOSITION = re.compile(r"(?<!up )(?<!down )(?<!close )\b(?:at|to|on) $", re.IGNORECASE)
_FLAT_NUMBER = re.compile(r"\d|\b[A-Z]$")
# the number before them is an amount: 200 yuan, 12 oz, 5 pack
_AMOUNTS = frozenset(
    "yuan rmb cny usd eur gbp euro euros pound pounds dollar dollars bucks yen quid cents pence p ml cl l litre litres liter liters "
    "g kg gram grams oz lb lbs ounce ounces mm cm m km inch inches ft foot feet yard yards gb tb mb mah w watt watts v volt volts "
    "pc pcs piece pieces pack packs pair pairs set sets box boxes count ct ply bag bags bottle bottles roll rolls sheets pages "
    "star stars day days week weeks month months year years yr hour hours minute minutes min people person persons seater percent".split()
)
_BOX = re.compile(r"(?<![A-Za-z0-9])p\.? ?o\.? ?box:? ?#?\d{1,6}(?![0-9A-Za-z])", re.IGNORECASE)


def find_addresses(text: str) -> Iterator[PersonalDatum]:
    """Streets with their number, Chinese addresses, PO boxes, British postcodes, ZIP codes with their state.

    A street alone is a public place and may be printed on a mug. It counts if a town with its postcode, a
    flat or a suite follows, or if the text says that somebody lives there or has things sent there.

    >>> [f.key for f in find_addresses("寄到杭州市西湖区文三路90号3栋501室，Ship to 986 Sunset Drive, Suite 259")]
    ['杭州市西湖区文三路90号3栋501室', '986sunsetdrivesuite259']
    """
    yield from TakenSpans().first((*_chinese(text), *_streets(text), *_codes(text)))


def _chinese(text: str) -> Iterator[PersonalDatum]:
    for match in _CHINESE.finditer(text) if _CHINESE_CORE.search(text) else ():
        start = match.start()
        if _BUSINESS.search(text, max(0, start - 10), start):
            continue
        has_region = bool(
            re.search("[省市区县镇乡旗]|街道", match["region"]) or len(match["region"]) > 1
        )
        is_led = bool(_LED.search(text, max(0, start - 8), start))
        if match["road"] and not (has_region or is_led or (match["rest"] or "").strip(" ,")):
            continue
        if match["village"] and not (has_region and len(match["region"]) > 3):
            continue
        yield _find(_address_start(text, start, match.end()), match.end(), text)
    for match in _REGION_ONLY.finditer(text) if "址" in text else ():
        if not _BUSINESS.search(text, max(0, match.start() - 6), match.start()):
            yield _find(match.start("place"), match.end("place"), text)


def _address_start(text: str, start: int, end: int) -> int:
    """Start of the address, without a verb that the region's name may include: 改成广东省, 发杭州市."""
    province = _PROVINCE_NAME.search(text, start, min(end, start + 6))
    verb = _VERB.match(text, start)
    return province.start() if province else verb.end() if verb else start


def _streets(text: str) -> Iterator[PersonalDatum]:
    for match in _STREET.finditer(text):
        start, end = match.span()
        street = re.sub(r"\s+", " ", match.group().lower())
        if street.startswith(FAMOUS) or not _is_name(match):
            continue
        tail = _TAIL.match(text, end)
        if tail and _is_code(tail):
            end = tail.end()
        elif _is_amount(match):
            continue
        elif not (match["unit"] and _FLAT_NUMBER.search(match["unit"])):
            is_led = bool(_LED_WORDS.search(text, max(0, start - 60), start))
            # brands and searches have streets in small letters: "gifts to 30 cherry lane"
            is_at = bool(
                match["strong"]
                and not match.group().islower()
                and _LED_PREPOSITION.search(text, max(0, start - 10), start)
            )
            if not (is_led or is_at):
                continue
        yield _find(start, end, text)


def _is_name(match: re.Match[str]) -> bool:
    """Capitalised words, or one or two lower-case words before a full street type: 14 maple street."""
    words = (match["name"] or "").split()
    if not words:
        return match["alone"] is not None
    if all(w[0].isupper() or w[0].isdigit() or w in ("of", "the", "de", "la") for w in words):
        return True
    return len(words) <= 2 and len(match["strong"] or "") > 3 and match.group().islower()


def _is_amount(match: re.Match[str]) -> bool:
    first = (match["name"] or "").lower().split()[:1]
    return bool(first) and first[0].rstrip(".") in _AMOUNTS


def _is_code(tail: re.Match[str]) -> bool:
    if tail["zip"]:
        return _STATES.get(tail["state"]) == tail["zip"][0]
    return True


def _codes(text: str) -> Iterator[PersonalDatum]:
    for match in _BOX.finditer(text):
        yield _find(match.start(), match.end(), text)
    for match in _CITY_ZIP.finditer(text):
        city = _CITY.search(text, max(0, match.start() - 40), match.start())
        if city and _STATES.get(match["state"]) == match["zip"][0]:
            yield _find(city.start(), match.end(), text)
    for match in _BARE_POSTCODE.finditer(text):
        code, start = match["postcode"], match.start()
        if not _POSTCODE_LABEL.search(text, max(0, start - 18), start):
            after_town = re.search(r"[a-z],? $|, $", text[max(0, start - 3) : start])
            if " " not in code or code.endswith(_UNIT_SUFFIXES) or not after_town:
                continue
        yield _find(start, match.end(), text)


def _find(start: int, end: int, text: str) -> PersonalDatum:
    address = text[start:end].rstrip(" ,-")
    return PersonalDatum(start, start + len(address), re.sub(r"[\s,.#·-]", "", address).lower())
