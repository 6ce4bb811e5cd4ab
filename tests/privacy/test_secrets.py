"""Passwords, codes, tokens, devices and wallets in texts and addresses."""

from __future__ import annotations

import pytest

from baihuo.privacy import is_suspect, redact

MASKED = {
    "客服帮我看下，登录密码是hgmmt#8735X，谢谢": "客服帮我看下，登录密码是⟨secret⟩，谢谢",
    "my password is abcde#999X": "my password is ⟨secret⟩",
    "WiFi密码12345678": "WiFi密码⟨secret⟩",
    "your verification code is 482913": "your verification code is ⟨secret⟩",
    "验证码：482913，请勿泄露": "验证码：⟨secret⟩，请勿泄露",
    "https://a.example/p?access_token=DrekbkBdbdkGEtueyFw&lang=zh": "https://a.example/p?access_token=⟨secret⟩&lang=zh",
    "https://a.example/p?password=geheim&lang=zh": "https://a.example/p?password=⟨secret⟩&lang=zh",
    "https://a.example/p;jsessionid=ABCDEF1234567890": "https://a.example/p;jsessionid=⟨secret⟩",
    "https://li:geheim@a.example/": "https://⟨secret⟩@a.example/",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.abc": "Bearer ⟨secret⟩",
    "手机串号 867135775455690，求解锁": "手机串号 ⟨device⟩，求解锁",
    "MAC 00:1A:2B:3C:4D:5E": "MAC ⟨device⟩",
    "我的IP地址是 112.34.5.6": "我的IP地址是 ⟨device⟩",
    "退款打到USDT钱包 0x6721e0b1d1adf6138df071db219a75b0c10502d0": "退款打到USDT钱包 ⟨account⟩",
    "激活码：ABCD-1234": "激活码：⟨secret⟩",
    "TAN: 483920": "TAN: ⟨secret⟩",
    "Your Shop login code is 58213": "Your Shop login code is ⟨secret⟩",
    "772910 is your Mall code. Do not share it": "⟨secret⟩ is your Mall code. Do not share it",
    "604417（登录验证码）": "⟨secret⟩（登录验证码）",
    "LTAI4FoTs8Kq2ZpXw": "⟨secret⟩",
    "key sk-proj-Qm3hT7vK1xYp9LcR2sWd": "key ⟨secret⟩",
    "香港身份证 G100050(A)": "香港身份证 ⟨document⟩",
    "我在 30.572815,104.066801 等你": "我在 ⟨address⟩ 等你",
    "https://m.example/near?lat=48.8566&lng=2.3522&page=1": "https://m.example/near?lat=⟨address⟩&page=1",
    "near 30.572800,104.066801": "near ⟨address⟩",
    "41°24'12.2\"N 2°10'26.5\"E": "⟨address⟩",
    "https://a.example/?sid=9f86d081884c7d65&l=zh": "https://a.example/?sid=⟨secret⟩&l=zh",
    "https://a.example/?code=AbC9dE2fGh1jK3": "https://a.example/?code=⟨secret⟩",
    "pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": "pay ⟨account⟩",
}
LEFT = [
    *("our code is clean", "promo code: SAVE20", "sk-ii essence 230ml", "ASIA plug adapter 2024"),
    *(
        "0.0125, 0.0250 inch",
        "12.5000,18.9000",
        "1920.0000 1080.1234",
        "39.9,116.4",
        "90° angle 45' cable",
    ),
    *("默认密码：123456", "the pin is 20mm long", "the password is great!", "3位密码锁很好用"),
    *("https://a.example/?key=wireless-headphones&sort=price", "token ring card", "验证码收不到"),
    *("office激活码2021专业版", "self tan 200 ml", "activation code 2021 office", "指纹密码USB3.0"),
    *(
        "https://a.example/?key=%E6%89%8B%E6%9C%BA%E5%A3%B3",
        "https://a.example/?code=SPRING2025SALE1",
    ),
    *(
        "https://a.example/?key=iphone15promax256&x=1",
        "https://a.example/?sign=%E6%89%8B%E6%9C%BA1",
    ),
    *("secret santa gift 2024", "http://127.0.0.1:8080/", "IMEI: 867135775455691", "10:20:30:40"),
    *("https://a.example/?state=california&code=SALE", "ip68 waterproof", "密码：******"),
]


@pytest.mark.parametrize(("text", "masked"), MASKED.items())
def test_secrets_and_devices_are_masked(text: str, masked: str) -> None:
    assert is_suspect(text)
    assert redact(text).text == masked


@pytest.mark.parametrize("text", LEFT)
def test_what_only_speaks_of_them_is_left(text: str) -> None:
    assert redact(text, kinds={"secret", "device", "account"}).text == text
