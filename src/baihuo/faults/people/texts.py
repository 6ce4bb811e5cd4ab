"""Personal data as people type it, in both languages: made up, with checksums that are right."""

from __future__ import annotations

import random
from collections.abc import Callable

_SURNAMES = "王李张刘陈杨赵周吴徐孙朱林何郭马罗梁宋郑谢韩唐冯"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"
_FIRST = ("Anna", "David", "Maria", "James", "Sofia", "Tom", "Julia", "Peter", "Emma", "Daniel")
_LAST = ("Smith", "Jones", "Patel", "Garcia", "Miller", "Wilson", "Taylor", "Nguyen", "Clark")
_CITIES = (
    "杭州市西湖区",
    "北京市朝阳区",
    "广东省深圳市南山区",
    "成都市武侯区",
    "南京市鼓楼区",
    "上海市徐汇区",
)
_ROADS = ("文三路", "建国路", "科苑南路", "人民南路", "中山北路", "漕溪北路", "解放大道", "学院街")
_ESTATES = ("阳光小区", "万科城", "绿地花园", "金桂苑", "锦绣家园")
_STREETS = ("Maple Street", "Oak Avenue", "Victoria Road", "Mill Lane", "Elm Street", "Church Road")
_TOWNS = (
    ("Denver, CO", "80279"),
    ("Austin, TX", "78701"),
    ("Phoenix, AZ", "85004"),
    ("Seattle, WA", "98101"),
)
_POSTCODES = ("LS1 4AP", "M1 4BT", "CB1 2JW", "SW3 4RP", "BS3 4AA")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


Made = Callable[[random.Random], str]


def _digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(n))


def mobile(rng: random.Random) -> str:
    number = f"1{rng.choice('3578')}{_digits(rng, 9)}"
    way = rng.randrange(4)
    if way == 1:
        number = f"{number[:3]} {number[3:7]} {number[7:]}"
    if way == 2:
        number = f"{number[:3]}-{number[3:7]}-{number[7:]}"
    if way == 3:
        number = f"+86{number}"
    return rng.choice(("打{}找我", "电话{}", "{} 加微信", "有货打 {} 谢谢")).format(number)


def landline(rng: random.Random) -> str:
    if rng.random() < 0.5:
        area, local = rng.choice(("010", "021", "0755", "0571")), f"8{_digits(rng, 7)}"
        return rng.choice((f"座机{area}-{local}", f"({area}){local}转{_digits(rng, 3)}"))
    local = f"{rng.choice('2345')}{_digits(rng, 2)}-555-{_digits(rng, 4)}"
    return rng.choice((f"call me on {local}", f"({local[:3]}) {local[4:]} after six"))


def email(rng: random.Random) -> str:
    name = rng.choice(_FIRST).lower()
    return rng.choice(("mail {}", "我的邮箱{}", "{} please")).format(
        f"{name}{rng.choice('._-')}{_digits(rng, 3)}@{rng.choice(('qq.com', 'mail.example.co.uk', '163.com'))}"
    )


def _resident_id(rng: random.Random) -> str:
    body = f"{rng.choice(('110105', '330106', '440305', '510107'))}19{rng.randrange(50, 99)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{_digits(rng, 3)}"
    check = "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, body, strict=True)) % 11]
    return f"身份证{body}{check}"


def _card(rng: random.Random) -> str:
    body = f"{rng.choice(('622202', '411111', '520082'))}{_digits(rng, 9)}"
    total = sum(
        (d * 2 - 9 if d > 4 else d * 2) if i % 2 == 0 else d
        for i, d in enumerate(int(c) for c in reversed(body))
    )
    number = body + str(-total % 10)
    return rng.choice(("退到卡{}", "card {}")).format(
        " ".join(number[i : i + 4] for i in range(0, 16, 4))
    )


def _han_address(rng: random.Random) -> str:
    door = f"{rng.randrange(1, 30)}栋{rng.randrange(1, 4)}单元{rng.randrange(1, 30)}0{rng.randrange(1, 5)}室"
    place = f"{rng.choice(_CITIES)}{rng.choice(_ROADS)}{rng.randrange(1, 900)}号{rng.choice(('', door))}"
    if rng.random() < 0.25:
        place = rng.choice(_ESTATES) + door
    return rng.choice(("寄到{}", "地址：{}，谢谢", "{} 放门口", "住{}，快点发货")).format(place)


def _english_address(rng: random.Random) -> str:
    street = f"{rng.randrange(1, 2000)} {rng.choice(_STREETS)}"
    way = rng.randrange(4)
    if way == 0:
        town, code = rng.choice(_TOWNS)
        return f"ship to {street}, Apt {rng.randrange(1, 40)}, {town} {code}"
    if way == 1:
        return f"please deliver to {street}, {rng.choice(('Leeds', 'Bristol'))} {rng.choice(_POSTCODES)}"
    if way == 2:
        return f"I live at {street}"
    return f"send it to PO Box {rng.randrange(10, 9999)}"


def _plate(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return f"my car, registration {rng.choice(('AB', 'LK', 'WV'))}{rng.randrange(51, 75)} {rng.choice(('CDE', 'XPT', 'HGF'))}"
    serial = rng.choice((f"{_digits(rng, 5)}", f"A{_digits(rng, 4)}", f"D{_digits(rng, 5)}"))
    return rng.choice(("车牌{}", "我的车{}在楼下", "车牌号：{}")).format(
        rng.choice("京沪粤浙苏川") + rng.choice("ABC") + rng.choice(("", "·")) + serial
    )


def person_name(rng: random.Random) -> str:
    han = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2))))
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    return rng.choice(
        (
            f"收货人：{han}",
            f"联系人:{han}",
            f"我叫{han}，昨天下的单",
            f"请联系{han[0]}先生",
            f"{han[0]}女士收",
            f"my name is {name}",
            f"Mr {name.split()[1]} ordered this",
            f"thanks to Mrs. {name.split()[1]}",
            f"Dear {name}, where is it?",
            f"contact person: {name}",
        )
    )


def _order(rng: random.Random) -> str:
    number = _digits(rng, rng.randrange(8, 16))
    return rng.choice(
        (
            f"订单号：{number}",
            f"单号SF{number}查不到",
            f"我的订单编号是{number}",
            f"order no. {number} never came",
            f"cancel order {number}",
            f"invoice #{number}",
            f"where is order #W{number[:7]}",
        )
    )


def _hidden_mobile(rng: random.Random) -> str:
    """As sellers write a number that a filter should not see."""
    number = f"1{rng.choice('3578')}{_digits(rng, 9)}"
    way = rng.randrange(4)
    if way == 0:
        return rng.choice(" -·").join(number)
    if way == 1:
        return "加我 " + "".join("零一二三四五六七八九"[int(d)] for d in number)
    if way == 2:
        return "联系" + "".join(chr(0xFF10 + int(d)) for d in number)
    return rng.choice(("tel{}", "电话{}张", "phone{}")).format(number)


def _messenger(rng: random.Random) -> str:
    name = f"{rng.choice(_FIRST).lower()}_{_digits(rng, 3)}"
    return rng.choice(
        (
            f"加微信 {name}",
            f"VX：{name}",
            f"QQ：{rng.randrange(1, 10)}{_digits(rng, 7)}",
            f"telegram @{name}",
            f"LINE ID: {name}",
            f"KakaoTalk: {name}",
            f"whatsapp +4915{_digits(rng, 9)}",
        )
    )


def _document(rng: random.Random) -> str:
    body = f"{rng.randrange(10**17, 10**18)}"  # a German account: bank and number
    check = 98 - int(f"{body}131400") % 97
    return rng.choice(
        (
            f"护照号E{_digits(rng, 8)}",
            f"passport no. {rng.randrange(10**8, 10**9)}",
            f"my SSN is {rng.randrange(100, 600)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}",
            f"IBAN DE{check:02}{body}",
            f"通行证C{_digits(rng, 8)}",
        )
    )


KINDS: dict[str, Made] = {
    "mobile": mobile,
    "landline": landline,
    "email": email,
    "resident_id": _resident_id,
    "card": _card,
    "address_zh": _han_address,
    "address_en": _english_address,
    "plate": _plate,
    "name": person_name,
    "order_number": _order,
    "hidden_mobile": _hidden_mobile,
    "messenger": _messenger,
    "document": _document,
}
