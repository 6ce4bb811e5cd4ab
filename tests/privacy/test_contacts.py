"""Messengers, documents, accounts, and phone numbers in forms that hide them from a plain pattern."""

from __future__ import annotations

import pytest

from baihuo.privacy import is_suspect, redact

PHONES = [
    *(
        "电话13800138000前",
        "加13800138000微",
        "tel13800138000",
        "TEL:13800138000",
        "Phone13800138000",
        "vx13800138000",
        "VX13800138000",
    ),
    *(
        "call me13800138000",
        "13800138000wx",
        "anna13800138000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "1-3-8-0-0-1-3-8-0-0-0",
        "1.3.8.0.0.1.3.8.0.0.0",
    ),
    *(
        "１３８００１３８０００",
        "１３８ ００１３ ８０００",
        "1*3*8*0*0*1*3*8*0*0*0",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
        "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣",
    ),
    *(
        "一三八零零一三八零零零",
        "壹叁捌零零壹叁捌零零零",
        "幺三八〇〇幺三八〇〇〇",
        "138零零138零零零",
        "电话一三八00一三八000谢谢",
    ),
]
MESSENGERS = [
    *(
        "微信anna2019",
        "微信号：annawang",
        "加微信 anna_wang",
        "加我微信annawang",
        "VX：anna2019",
        "vx: anna_88",
        "v信anna2019",
        "薇信：anna2019",
    ),
    *(
        "WeChat: anna_2019",
        "wechat id annawang",
        "weixin:anna2019",
        "加V anna2019",
        "+V: anna2019",
        "wx号anna2019",
        "微信12345678",
    ),
    *(
        "QQ12345678",
        "qq：12345678",
        "QQ号 1234567",
        "加扣扣12345678",
        "QQ群：123456789",
        "我的QQ是284210953",
    ),
    *(
        "telegram @anna_w",
        "Telegram: anna_w88",
        "TG @anna_w",
        "电报@annaw",
        "t.me/anna_w",
        "https://t.me/+AbCdEf123",
    ),
    *(
        "WhatsApp +44 7700 900123",
        "whatsapp: 4915112345678",
        "wa.me/4915112345678",
        "what's app 07700 900 123",
    ),
    *(
        "LINE ID: anna88",
        "line id annaw",
        "LINE: @annaw",
        "KakaoTalk ID: annaw88",
        "카카오톡 anna88",
        "카톡 아이디 annaw",
        "kakao id: annaw",
    ),
    *(
        "Signal: anna.42",
        "signal +44 7700 900123",
        "Skype: live:anna.w",
        "skype id anna_w",
        "Viber +380441234567",
        "Zalo: 0912345678",
    ),
    *(
        "instagram @anna.w",
        "insta: @annaw",
        "Discord: anna#1234",
        "小红书号：anna1234",
        "抖音号 annaw99",
        "钉钉号: annaw01",
    ),
]
DOCUMENTS = [
    *(
        "护照号：E12345678",
        "护照 EA1234567",
        "passport no. 123456789",
        "Passport: X1234567",
        "my passport number is AB123456",
    ),
    *(
        "SSN 078-05-1120",
        "ssn: 078051120",
        "social security number 078 05 1120",
        "it is 219-09-9999 ok",
        "港澳通行证 C12345678",
    ),
    *(
        "身份证 110105491231002",
        "身分證 A123456789",
        "HKID A123456(3)",
        "NI number AB 12 34 56 C",
        "national insurance no AB123456C",
    ),
    *(
        "driver's license D1234567",
        "驾驶证号 110105194912310",
        "aadhaar 2345 6789 0123",
        "CPF 529.982.247-25",
        "DNI 12345678Z",
        "社保卡号 12345678901",
    ),
]
ACCOUNTS = [
    *(
        "IBAN DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "GB29 NWBK 6016 1331 9268 19",
        "FR1420041010050500013M02606 bitte",
    ),
    *(
        "卡号：6222 0000 0000 0000",
        "银行卡 6222000000000000000",
        "bank account 12345678",
        "account number: 123456789012",
        "sort code 12-34-56",
        "支付宝 1380013800",
    ),
]
NONE = [
    *(
        "WeChat pay accepted",
        "微信支付",
        "微信小程序 扫码",
        "QQ 糖 70g",
        "QQ2023",
        "奇瑞QQ3",
        "Line 6 POD HD500X amplifier",
        "LINE Friends plush",
        "line: FX2000",
    ),
    *(
        "Signal 5 LED",
        "signal: 500 mV",
        "Skype for Business certified",
        "Skype-ready webcam C270",
        "Telegram pole, 5 m",
        "ViewSonic VX3276-mhd",
        "VX 9800",
    ),
    *(
        "WhatsApp and WeChat stickers",
        "wa 2000",
        "kakao friends mug",
        "Discord certified headset",
        "twitter bird toy",
        "ins 风 连衣裙 2023",
        "ig 500",
    ),
    *(
        "passport holder 2023 leather",
        "passport wallet, 12 cards",
        "身份证 卡套 10个",
        "SSN bearing 6205",
        "driver's license holder",
        "bank account book",
    ),
    *(
        "DE12345678 charger",
        "DE88 3704 0044 0532 0130 00",
        "529.982.247-24",
        "A123456(4)",
        "978-05-1120",
        "123-45-678",
        "account 123",
        "卡号 套餐 20",
    ),
    *(
        "SKU13800138000",
        "X13800138000",
        "1, 3, 8, 0, 0, 1",
        "1/2, 5/8, 3/4, 7/8, 1, 1-1/8",
        "一二三四五六七八九十",
        "1 1.5 2.2 3.3 4.7 6.8 10 15 22 33",
        "13800138000px_",
    ),
    *(
        "WeChat: accepted",
        "加微信 好评",
        "VX model: large",
        "watch?v=LCpp6SmvlJo",
        "kk21一005一00001万和燃气热水器",
    ),
]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("phone", text) for text in PHONES),
        *(("messenger", text) for text in MESSENGERS),
        *(("document", text) for text in DOCUMENTS),
        *(("account", text) for text in ACCOUNTS),
    ],
)
def test_it_is_masked_and_the_prefilter_lets_it_through(kind: str, text: str) -> None:
    masked = redact(text)
    assert is_suspect(text)
    # a phone number behind the label of a messenger is a phone number
    assert kind in masked.kinds or (
        kind in ("messenger", "account") and masked.kinds == ("phone",)
    ), masked
    assert not any(
        len(run) > 4 for run in "".join(c if c.isdigit() else " " for c in masked.text).split()
    )


@pytest.mark.parametrize("text", NONE)
def test_what_only_has_the_label_or_the_form_stays(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to bo_33 (at) gmail (dot) com it", "write to ⟨email⟩ it"),
        ("联系li艾特qq点com吧", "联系⟨email⟩吧"),
        ("bo at gmail dot com now", "⟨email⟩ now"),
        ("We look at dot com puns (at) home", "We look at dot com puns (at) home"),
        ("好。No11010519491231002X，谢谢", "好。No⟨resident_id⟩，谢谢"),
        ("part AB11010519491231002X", "part AB11010519491231002X"),
        ("likes it.PHONE13511043544. For", "likes it.PHONE⟨phone⟩. For"),
        ("see part.item13800138000", "see part.item13800138000"),
        ("咨询18669305785，好", "咨询⟨phone⟩，好"),  # no 1-866 number of America
        ("call 1-866-930-5785", "call 1-866-930-5785"),
        ("Telegram @wang-18966 买", "Telegram @⟨messenger⟩ 买"),
        ("车牌粤A3AHB7，好", "车牌⟨plate⟩，好"),
        ("粤A3AHB7", "粤A3AHB7"),
        ("For +44 7911 908948 4 weeks", "For ⟨phone⟩ 4 weeks"),
        ("+86 138 1234 5678 2 pieces", "⟨phone⟩ 2 pieces"),
    ],
)
def test_hidden_touching_and_neighbouring_contacts(text: str, masked: str) -> None:
    assert redact(text).text == masked
