"""Personal data that people type into searches, reviews and listings."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import EVENTS, PRODUCTS

Secret = Callable[[random.Random], tuple[str, str]]  # the words, and the part that must go
REVIEW, QUERY, LISTING = (EVENTS, "text"), (EVENTS, "query_text"), (PRODUCTS, "description_zh")
LISTING_EN = (PRODUCTS, "description_en")


def digits(rng: random.Random, n: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randrange(10)) for _ in range(n - 1))


def mobile(rng: random.Random) -> str:
    return rng.choice(["135", "138", "159", "177", "186", "199"]) + digits(rng, 8)


def resident(rng: random.Random) -> str:
    """18 places; the last is the sum of the others, as GB 11643 has it."""
    body = f"{rng.choice(['110105', '330106', '440305'])}19{rng.randint(60, 99)}"
    body += f"{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randrange(1000):03d}"
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body))
    return body + "10X98765432"[total % 11]


def card(rng: random.Random) -> str:
    body = rng.choice(["622202", "621700", "456351"]) + digits(rng, 9)
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(body))
    return body + str(-total % 10)


def handle(rng: random.Random) -> str:
    return (
        rng.choice(["lily", "wang", "xiaomei", "david", "tian"]) + rng.choice("_-") + digits(rng, 5)
    )


def personal(name: str, words: str, where: tuple[str, str], make: Secret, **rest: Any) -> None:
    """Register a kind: the secret stands in the middle of the cell, or is what was searched for."""
    table, column = where

    def plant(bed: Bed, own: Kind) -> None:
        def fits(values: dict[str, Any]) -> bool:
            return bool(values.get(column)) and values.get("event_type", "search") in (
                "search",
                "review",
            )

        for row in bed.take(table, own.cases, fits):
            said, secret = make(bed.rng)
            text = str(row.values[column])
            ends = [i + 1 for i, c in enumerate(text) if c in "。.，, "] or [len(text)]
            at = ends[len(ends) // 2]
            before, after = ("", "") if column == "query_text" else (text[:at], text[at:])
            row.values[column] = f"{before}{said}{after}"
            bed.case(own, [row], field=column, clean=(before, after), secrets=(secret,))

    checks = "personal_data personal_data_in_listing"
    rest = {"actions": "repair withhold quarantine", "checks": checks} | rest
    if column == "query_text":  # the rest of the page says what else was searched for
        rest = {"also": "query_against_page"} | rest
    kind(name, words, table=table, **rest)(plant)


def put(form: str, make: Callable[[random.Random], str]) -> Secret:
    def made(rng: random.Random) -> tuple[str, str]:
        secret = make(rng)
        return form.format(secret), secret

    return made


def split_phone(rng: random.Random) -> tuple[str, str]:
    number, between = mobile(rng), rng.choice(["-", " ", "."])
    said = between.join((number[:3], number[3:7], number[7:]))
    return f"电话 {said}，", said


def wide_phone(rng: random.Random) -> tuple[str, str]:
    said = "".join(chr(ord(d) + 0xFEE0) for d in mobile(rng))
    return f"手机{said}，", said


def spoken_phone(rng: random.Random) -> tuple[str, str]:
    said = "".join("零一二三四五六七八九"[int(d)] for d in mobile(rng))
    return f"打我电话{said}，", said


def touching(rng: random.Random) -> tuple[str, str]:
    number = mobile(rng)
    return rng.choice(
        [f"tel{number} ", f"call{number}pls ", f"V{number}，", f"PHONE{number}. "]
    ), number


def touching_id(rng: random.Random) -> tuple[str, str]:
    number = resident(rng)
    return rng.choice([f"ID{number} ", f"sfz{number}，", f"No{number}，"]), number


def email(rng: random.Random) -> str:
    return f"{handle(rng)}@{rng.choice(['163.com', 'qq.com', 'gmail.com', 'mail.co.uk'])}"


def hidden_email(rng: random.Random) -> tuple[str, str]:
    name = handle(rng)
    return f"write to {name} (at) gmail (dot) com ", name


def plate(rng: random.Random) -> str:
    return (
        rng.choice("京沪浙粤苏")
        + rng.choice("ABCD")
        + "".join(rng.choices("ABCDEFGH0123456789", k=5))
    )


def street(rng: random.Random) -> str:
    city = rng.choice(["杭州市西湖区文三路", "广州市天河区体育西路", "上海市浦东新区世纪大道"])
    return f"{city}{rng.randint(2, 400)}号{rng.randint(1, 20)}幢{rng.randint(101, 2205)}室"


def street_en(rng: random.Random) -> str:
    name = rng.choice(["Maple", "Station", "Church", "Victoria", "Mill"])
    return f"{rng.randint(2, 400)} {name} {rng.choice(['Street', 'Road', 'Avenue'])}"


personal("review_mobile", "a mobile number in a review", REVIEW, put("电话{}，", mobile))
personal("review_mobile_split", "a mobile number with blanks or dashes", REVIEW, split_phone)
personal("review_mobile_wide", "a mobile number in full-width digits", REVIEW, wide_phone)
personal("review_mobile_spoken", "a mobile number in Chinese numerals", REVIEW, spoken_phone)
personal("review_mobile_touching", "a mobile number that touches letters", REVIEW, touching)
personal("review_email", "an e-mail address in a review", REVIEW, put("联系{} ", email))
personal("review_email_hidden", "an e-mail address written with (at)", REVIEW, hidden_email)
personal("review_resident_id", "a resident's id in a review", REVIEW, put("身份证{}，", resident))
personal("review_resident_id_touching", "a resident's id that touches letters", REVIEW, touching_id)
personal("review_bank_card", "a bank card in a review", REVIEW, put("退到卡号{}，", card))
personal("review_wechat", "a WeChat name in a review", REVIEW, put("加微信 {}，", handle))
personal("review_wechat_short", "a WeChat name after VX", REVIEW, put("VX：{}，", handle))
personal("review_qq", "a QQ number in a review", REVIEW, put("QQ {}，", lambda r: digits(r, 9)))
personal("review_telegram", "a Telegram name in a review", REVIEW, put("Telegram @{} ", handle))
personal(
    "review_whatsapp",
    "a WhatsApp number in a review",
    REVIEW,
    put("WhatsApp +{} ", lambda r: f"44 7911 {digits(r, 6)}"),
)
personal("review_line", "a LINE name in a review", REVIEW, put("LINE ID: {} ", handle))
personal(
    "review_passport_zh",
    "a Chinese passport in a review",
    REVIEW,
    put("护照号{}，", lambda r: "E" + digits(r, 8)),
)
personal(
    "review_passport_en",
    "a passport in an English review",
    REVIEW,
    put("passport no. {} ", lambda r: digits(r, 9)),
)
personal(
    "review_permit",
    "a permit for Hong Kong in a review",
    REVIEW,
    put("港澳通行证{}，", lambda r: "C" + digits(r, 8)),
)
personal(
    "review_ssn",
    "an American social security number",
    REVIEW,
    put(
        "my SSN is {} ",
        lambda r: f"{r.randint(100, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}",
    ),
)
personal(
    "review_iban",
    "a bank account with IBAN",
    REVIEW,
    put("refund to {} ", lambda r: with_iban("DE", digits(r, 18))),
)
personal("review_address_zh", "a Chinese address in a review", REVIEW, put("寄到{}，", street))
personal(
    "review_address_en", "an English address in a review", REVIEW, put("send it to {} ", street_en)
)
personal("review_plate", "a number plate in a review", REVIEW, put("车牌{}，", plate))
personal(
    "review_name_zh",
    "a receiver's name in a review",
    REVIEW,
    put(
        "收货人：{}，",
        lambda r: r.choice("张王李赵陈") + r.choice(["建国", "小梅", "志远", "丽华"]),
    ),
)
personal(
    "review_name_en",
    "a name after a title in a review",
    REVIEW,
    put("ask for Mr. {} ", lambda r: r.choice(["Whitfield", "Okonkwo", "Brandt", "Castellan"])),
)
personal(
    "review_order",
    "an order's number in a review",
    REVIEW,
    put("订单号{}，", lambda r: "2025" + digits(r, 12)),
)
personal(
    "review_landline",
    "a landline in a review",
    REVIEW,
    put("座机{}，", lambda r: f"0{r.choice(['571', '755', '20'])}-{digits(r, 8)}"),
)
personal(
    "review_phone_us",
    "an American phone in a review",
    REVIEW,
    put("call ({} ", lambda r: f"{r.choice([415, 212, 646])}) 555-{digits(r, 4)}"),
)
personal(
    "review_phone_uk",
    "a British phone in a review",
    REVIEW,
    put("ring {} ", lambda r: f"+44 20 7946 {digits(r, 4)}"),
)
personal("query_mobile", "a mobile number typed into the search", QUERY, put("{}", mobile))
personal("query_email", "an e-mail address typed into the search", QUERY, put("{}", email))
personal("query_resident_id", "a resident's id typed into the search", QUERY, put("{}", resident))
personal("query_order_phone", "an order looked for by its phone", QUERY, put("查订单 {}", mobile))
personal("listing_mobile", "a seller's mobile in a listing", LISTING, put("咨询{}，", mobile))
personal("listing_wechat", "a seller's WeChat in a listing", LISTING, put("加微信：{}，", handle))
personal("listing_email", "a seller's e-mail in a listing", LISTING_EN, put("Write to {} ", email))
personal(
    "listing_qq_group",
    "a seller's QQ group in a listing",
    LISTING,
    put("QQ群：{}，", lambda r: digits(r, 9)),
)


def with_iban(country: str, body: str) -> str:
    number = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"
