"""Reads a postal address that somebody typed in one line. What is not sure is left out, and asked for."""

from __future__ import annotations

import re

from baihuo.assist.orders.records import Address

_LEAD = re.compile(
    r"^.*?\b(?:address(?: is| to|:)?|(?:send|ship|deliver|change|move)\b.{0,40}?\bto|to:)\s+(?=\d|[A-Z])",
    re.S,
)
_TAIL = re.compile(r"(?<![\s,])[\s,]++(?:instead|please|pls|plz|thanks|thank you|thx)$", re.I)
_STATE_ZIP = re.compile(r"^(?P<state>[A-Za-z .]*?)(?<! )\s*+(?P<zip>[A-Z]{0,2}\d[\dA-Z -]{2,9})$")
_COUNTRY_WORDS = {
    "us",
    "usa",
    "uk",
    "united states",
    "united kingdom",
    "china",
    "canada",
    "germany",
    "france",
}
_CHINESE = re.compile(
    r"(?P<state>[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?P<city>[\u4e00-\u9fff]{2,8}?市)"
    r"(?P<line1>[\u4e00-\u9fff0-9A-Za-z\-#]{1,60}(?:号|室|楼|栋|单元|弄|村|层)[0-9A-Za-z\-]{0,12})\D{0,8}?(?P<zip>\d{6})"
)


def read_address(text: str) -> Address | None:
    """The address in a text; None where a street, a city, a country or a postal code is not found.

    English: parts with commas, street first, the postal code behind the state or by itself, the country last. Chinese: province,
    city, street, and six digits of a postal code.

    >>> read_address("please send it to 7 New Street, Flat 2, Boise, ID 83701, USA").line2
    'Flat 2'
    >>> read_address("can you send A1 to 12 Garden Street, Hangzhou, China, 310000 instead").postal_code
    '310000'
    >>> read_address("改到浙江省杭州市西湖区文三路1号，邮编310012").city
    '杭州市'
    """
    if match := _CHINESE.search(text):
        line1 = match["line1"]
        lead = re.split(
            "地址(?:是|为|改为|改成|改到)?|送到|寄到|改到|改成", match["state"] or match["city"]
        )[-1]
        state, city = (lead, match["city"]) if match["state"] else ("", lead)
        return Address(
            line1=line1, city=city, state=state, country="中国", postal_code=match["zip"]
        )
    plain = _TAIL.sub("", _LEAD.sub("", text.strip()).strip(" .!"))
    parts = [p.strip() for p in plain.split(",") if p.strip()]
    if len(parts) > 3 and _is_country(parts[-2]) and parts[-1].isdigit():
        parts[-2:] = parts[:-3:-1]  # the country before the postal code
    for i in range(len(parts) - 1, 1, -1):
        match = _STATE_ZIP.match(parts[i])
        rest = parts[i + 1 :]
        if match is None or len(rest) != 1 or not _is_country(rest[0]):
            continue
        street = parts[: i - 1] if match["state"] or i < 3 else parts[: i - 2]
        state = match["state"] or (parts[i - 1] if i >= 3 else "")
        city = parts[i - 1] if match["state"] or i < 3 else parts[i - 2]
        if street and any(c.isdigit() for c in street[0]):
            return Address(
                line1=street[0],
                line2=", ".join(street[1:]),
                city=city,
                state=state,
                country=rest[0],
                postal_code=match["zip"],
            )
    return None


def _is_country(text: str) -> bool:
    return text.lower() in _COUNTRY_WORDS or (text.replace(" ", "").isalpha() and len(text) > 3)
