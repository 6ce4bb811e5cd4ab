from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import Product
from baihuo.quality.checks.text.cells import repair_text
from baihuo.quality.checks.text.characters import latin_only, unescaped, usual_width, without_hidden
from baihuo.quality.checks.text.markup import to_text
from baihuo.quality.checks.text.mojibake import is_doubtful, reread

pytestmark = pytest.mark.checks("text")

LATIN = "abcdefghij KLMNO 0123 éèêçàùüöäßñøåæœ’“”–€™®°½ŁłŚśżČčřŞşğı"


def careless(raw: bytes) -> str:
    """Bytes as cp1252, with the five it does not define as controls: what browsers do."""
    return "".join(
        chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252") for b in raw
    )


# --- encoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "whole", ["Café crème brûlée", "It’s “naïve” – 5 €", "Größe 38 ™", "Łódź", "Ελλάδα", "😀 ok"]
)
def test_utf8_read_as_latin_once_or_twice_is_read_again(whole: str) -> None:
    for read in (careless, lambda raw: raw.decode("latin-1")):
        once = read(whole.encode())
        assert reread(once) == whole
        assert reread(read(once.encode())) == whole


@pytest.mark.parametrize(
    "whole",
    [
        "便携蓝牙音箱，防水设计",
        "诺维克 脉冲X12 智能手机 8GB 黑色",
        "洗衣液 薰衣草 5公斤 不伤手",
        "旅行家（Lüxing） 花瓣A38 手提包 真皮 粉色",
    ],
)
def test_chinese_read_as_latin_is_read_again(whole: str) -> None:
    assert reread(whole.encode("gbk").decode("latin-1")) == whole
    assert reread(careless(whole.encode("gbk"))) == whole
    assert reread(careless(whole.encode())) == whole


def test_big5_and_utf8_read_as_gbk_are_read_again() -> None:
    assert reread("無線藍牙耳機 降噪".encode("big5").decode("latin-1")) == "無線藍牙耳機 降噪"
    assert reread("苹果手机".encode().decode("gbk")) == "苹果手机"


@pytest.mark.parametrize("meant", ["bath 70×140 cm", "A3 297 × 420"])
def test_a_sign_between_two_sides_is_read_again(meant: str) -> None:
    """A capital before a dash may be meant, but not between two numbers."""
    assert reread(meant.encode().decode("cp1252")) == meant


@pytest.mark.parametrize(
    "meant",
    (
        "MAÇÃ – suco|MAÇÃ— 3 kg|“AMANHÃ”|beauté\xa0» et «\xa0rêve|CAFÉ™|Größe ÄÖÜ|"
        "√9 = 3|Ø 8 mm ±5°|„Ä“|SÃO PAULO|手机壳 防摔 婴儿 纾压|Müller’s 180º|Ω α™ Σx|"
        "№35 макро|AT&T <3"
    ).split("|"),
)
def test_text_that_only_looks_odd_is_left_alone(meant: str) -> None:
    assert reread(meant) == meant
    assert not is_doubtful(meant)


@settings(max_examples=300, deadline=None)
@given(st.text(LATIN, max_size=40))
def test_a_repair_is_lossless_and_final(whole: str) -> None:
    damaged = careless(whole.encode())
    repaired = reread(damaged)
    assert repaired in (whole, damaged) or careless(repaired.encode()) != repaired
    assert reread(repaired) == repaired


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_repair(text: str) -> None:
    for repair in (reread, without_hidden, latin_only, usual_width, unescaped):
        assert isinstance(repair(text), str)
    assert without_hidden(without_hidden(text)) == without_hidden(text)
    assert isinstance(to_text(text, one_line=True), str)


@pytest.mark.parametrize(
    "text",
    [
        "æ¡\ufffdå±± AB3658 å°\ufffdå·§é»„é“œè\ufffd½åœ°ç\ufffd¯ 18W ç±³è‰²",
        "æ¡å±± å°å·§é»„é“œ 18W ç±³è‰²",  # the same, with the lost bytes left out
        "鍗″牎 HK3589 杞讳究纰抽挗涓诲帹鍒\ufffd 16cm 鐧借壊",
    ],
)
def test_a_text_that_lost_bytes_is_not_half_read(text: str) -> None:
    assert reread(text) == text


@settings(max_examples=200, deadline=None)
@given(st.text("桐山小巧黄铜落地灯米色静音橡木餐椅 A1", min_size=4, max_size=20), st.data())
def test_chinese_is_read_again_whole_or_not_at_all(whole: str, data: st.DataObject) -> None:
    damaged = careless(whole.encode())
    at = data.draw(st.integers(0, len(damaged) - 1))
    for lost in (
        damaged,
        damaged[:at] + "\ufffd" + damaged[at + 1 :],
        damaged[:at] + damaged[at + 1 :],
    ):
        new = reread(lost)
        assert new == lost or {c for c in new if c > "\x7f" and c.isalpha()} <= set(whole)


def test_what_names_no_product_is_not_moved_to_the_other_language(cleaned: Any) -> None:
    pairs = [("测试商品", "test"), ("未知", "NaN"), ("待定", None)] + [
        ("暂无商品标题", "TEST do not buy")
    ] * 2
    run = cleaned(
        [],
        [
            Product(product_id=f"p{i}", title_en=e, title_zh=z, brand=f"B{i}")
            for i, (e, z) in enumerate(pairs)
        ],
    )
    assert not [f for f in run.found() if f[1] == "swapped_languages"]
    left = {(r["title_en"], r["title_zh"]) for r in run.rows("products")}
    assert left
    words = {("暂无商品标题", None)}  # "TEST do not buy" is a word for null, and is left out
    assert left <= {*pairs, *words}


# --- markup and characters ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "plain",
    "a < b and c > d|I <3 you|M<L|AT&T|x &y; z|5 <6> 7|<Nova> phone|R&D &amp".split("|"),
)
def test_what_is_no_markup_survives(plain: str) -> None:
    assert to_text(plain, one_line=True) == plain


def test_markup_becomes_what_a_browser_shows() -> None:
    assert to_text("&lt;b&gt;Soft&lt;/b&gt;&amp;nbsp;wool", one_line=True) == "Soft wool"
    assert to_text("<style>p{}</style><p>One</p><p title='a>b'>Two", one_line=False) == "One\nTwo"
    assert to_text("<scr" * 50_000, one_line=True)  # and in good time


def test_joiners_stay_where_a_script_or_emoji_needs_them() -> None:
    assert without_hidden("می\u200cخواهم") == "می\u200cخواهم"
    assert without_hidden("US\u200bB-C \u202ecable") == "USB-C cable"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Leath\x9aer bag", "Leather bag"),
        ("Nova\x99 X12", "Nova X12"),
        ("Wei\x83ßkohl", "Weißkohl"),
        ("Red\x85Blue", "Red Blue"),
        ("80\x80 cable", "80 cable"),
        ("Men\x92s coat, don\x92t iron", "Men’s coat, don’t iron"),
        ("l\x92eau", "l’eau"),
        ("Size \x93large\x94 \x96 blue", "Size “large” – blue"),
        ("Size \x93large", "Size large"),
        ("5\x92s 10\x94 tablet", "5s 10 tablet"),
    ],
)
def test_a_control_becomes_a_sign_only_where_the_text_confirms_it(text: str, new: str) -> None:
    assert without_hidden(text) == new


@settings(max_examples=300, deadline=None)
@given(
    st.text("abcde FGHÄÖÜäöüß 0123-.,çéÅå", min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0x80, 0x9F)), max_size=3),
)
def test_a_control_never_becomes_a_letter(text: str, controls: list[tuple[int, int]]) -> None:
    dirty = text
    for at, code in controls:
        dirty = dirty[:at] + chr(code) + dirty[at:]
    assert {c for c in without_hidden(dirty) if c.isalpha()} <= set(text)
    if len(controls) == 1 and sum(c > "\x7f" for c in text) > 1:  # and so is the text around it
        assert {c for c in without_hidden(reread(dirty)) if c.isalpha()} <= set(text)


def test_a_letter_before_a_control_is_no_half_of_a_letter_where_others_are_whole() -> None:
    assert reread("Ä\x9fpfel für Müller") == "Ä\x9fpfel für Müller"
    assert reread("Å\x9awieca") == "Świeca"


# --- the step -----------------------------------------------------------------------------------


@pytest.mark.checks("damaged_encoding", "hidden_characters", "markup")
def test_one_cell_with_three_kinds_of_damage_is_repaired_in_order(cleaned: Any) -> None:
    dirty = careless("<b>Café</b>\u200b set".encode())
    run = cleaned([], [Product(product_id="p", title_en=dirty)])
    assert run.rows("products")[0]["title_en"] == "Café set"
    assert {(c, a) for _, c, a in run.found()} == {
        ("damaged_encoding", "repair"),
        ("markup", "repair"),
        ("hidden_characters", "repair"),
    }
    details = run.details()
    assert details["0:1", "damaged_encoding"]["old"] == dirty
    assert details["0:1", "hidden_characters"]["new"] == "Café set"


@pytest.mark.checks("escaped_text")
def test_attributes_stay_json_and_only_what_changed_is_reported(cleaned: Any) -> None:
    product = Product(
        product_id="p", title_en="x", attributes={"Ports": "USB\\nHDMI", "Size": 3, "N": "a<br>b"}
    )
    run = cleaned([], [product])
    assert (
        run.rows("products")[0]["attributes"] == '{"N": "a\\nb", "Ports": "USB\\nHDMI", "Size": 3}'
    )
    assert run.details()["0:1", "escaped_text"]["old"] == '{"Ports": "USB\\\\nHDMI"}'


@pytest.mark.checks("swapped_languages", "wrong_language")
def test_languages_are_swapped_back_and_a_copy_is_noted(cleaned: Any) -> None:
    en, zh = "Travel Backpack with many pockets", "旅行双肩包 多隔层 防水"
    run = cleaned(
        [],
        [
            Product(product_id="a", title_en=zh, title_zh=en),
            Product(product_id="b", title_en=zh),
            Product(product_id="c", title_en=en, title_zh=en),
            Product(
                product_id="d", title_en="Nova X12 Pro", title_zh="Nova X12 Pro"
            ),  # a name alone
            Product(product_id="e", title_en=en, title_zh="Nova 手机 Pro Max Ultra Plus Edition"),
        ],
    )
    rows = {r["product_id"]: (r["title_en"], r["title_zh"]) for r in run.rows("products")}
    assert rows["a"] == (en, zh)
    assert rows["b"] == (None, zh)
    found = {(i, c) for i, c, _ in run.found() if c in ("swapped_languages", "wrong_language")}
    assert found == {
        ("0:1", "swapped_languages"),
        ("0:2", "swapped_languages"),
        ("0:3", "wrong_language"),
    }


def test_a_shop_without_chinese_has_no_field_to_move_a_text_to(cleaned: Any) -> None:
    """A customer's sentence behind an English description was moved with it to the other language."""
    torn = "Apple bath sponge 我叫郭艳，昨天下的单"
    goods = [
        Product(product_id=f"p{i}", title_en=f"Bath thing {i}", description_en=f"Soft thing {i}")
        for i in range(4)
    ]
    odd = Product(product_id="odd", title_en="Apple bath sponge", description_en=torn)
    run = cleaned([], [*goods, odd])
    row = next(r for r in run.rows("products") if r["product_id"] == "odd")
    assert row["description_zh"] is None
    assert row["description_en"].startswith("Apple bath sponge")
    assert ("0:5", "wrong_language", "note") in run.found()
    chinese = Product(product_id="zh", title_zh="浴球", description_zh="柔软的浴球")
    moved = cleaned([], [*goods, odd, chinese]).rows("products")
    assert any(r["product_id"] == "odd" and r["description_zh"] for r in moved)


@pytest.mark.checks("boilerplate")
def test_a_service_sentence_in_many_categories_is_cut_out_and_the_rest_stays(cleaned: Any) -> None:
    def product(i: int, text: str) -> Product:
        return Product(
            product_id=f"p{i}",
            title_en=f"Thing number {i}",
            brand=f"Maker {i % 4}",
            category=(("Shoes", "Home", "Toys", "Pets")[i % 4],),
            description_en=text,
        )

    service = "Free shipping within 3 days!"
    shop = [
        product(i, f"Weighs {i}.5 kg. {service} It is no. {i}." if i < 40 else f"No {i} is red.")
        for i in range(200)
    ]
    run = cleaned([], shop)
    texts = {r["product_id"]: r["description_en"] for r in run.rows("products")}
    assert texts["p7"] == "Weighs 7.5 kg. It is no. 7."
    assert sum(c == "boilerplate" for _, c, _ in run.found()) == 40
    assert run.details()["0:8", "boilerplate"]["old"] == f"Weighs 7.5 kg. {service} It is no. 7."


@pytest.mark.checks("unreadable_characters", "wrong_language")
def test_what_a_wrong_encoding_destroyed_is_not_called_another_language(cleaned: Any) -> None:
    lost = Product(
        product_id="a", title_en="Tablet B4", title_zh="ŵά\ufffd\ufffd ʯ\ufffd\ufffdB4 Αβγδε"
    )
    whole = Product(product_id="b", title_en="Tablet B5", title_zh="Αβγδε ζητα θικλ")
    question = Product(
        product_id="c", title_en="Cream V85", title_zh="????Rosalind Bay? ??Seaside Plus ??? SPF50"
    )
    found = {(row, check) for row, check, _ in cleaned([], [lost, whole, question]).found()}
    assert {row for row, check in found if check == "wrong_language"} == {"0:2"}
    assert {row for row, check in found if check == "unreadable_characters"} == {"0:1", "0:3"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Norvik ＲＳ３５５７ ｒａｉｎ ｊａｃｋｅｔ ５２０ ｇ", "Norvik RS3557 rain jacket 520 g"),
        ("Norvik MＲ２８７３ ｓｔｕｒｄｙ ｐａｎ ２６ ｃｍ", "Norvik MR2873 sturdy pan 26 cm"),
        ("Τοngshan", "Tongshan"),
        ("手机，Ａ款，５２０", "手机，Ａ款，５２０"),
    ],
)
def test_letters_of_another_alphabet_or_width_are_put_right_in_the_whole_text(
    text: str, meant: str
) -> None:
    changes = repair_text(text, "title")
    assert (changes[-1][2] if changes else text) == meant


def test_bytes_of_a_text_that_was_read_wrongly_stay_where_letters_are_lost() -> None:
    damaged = "ä¹\ufffdç¦¾ ç”µçƒ\xadæ°´å£¶ 2.0l"
    assert repair_text(damaged, "title") == []


@pytest.mark.checks("text")
def test_words_in_other_letters_are_put_right(cleaned: Any) -> None:
    titles = {
        "Walnut board by Grοvetti": "Walnut board by Grovetti",
        "Ｗａｌｎｕｔ　ｂｏａｒｄ large": "Walnut board large",
        "Walnut %C3%A9tag%C3%A8re": "Walnut étagère",
        "Lens 10 μm α7 Ω 50%20": "Lens 10 μm α7 Ω 50%20",
    }
    run = cleaned([], [Product(product_id=f"p{i}", title_en=t) for i, t in enumerate(titles)])
    assert [r["title_en"] for r in run.rows("products")] == list(titles.values())


@pytest.mark.checks("huge_listing")
def test_half_a_megabyte_of_description_costs_the_description(cleaned: Any) -> None:
    run = cleaned(
        [], [Product(product_id="p1", title_en="Walnut board", description_en="oak " * 150_000)]
    )
    assert [r["description_en"] for r in run.rows("products")] == [None]
    assert ("0:1", "huge_listing", "repair") in run.found()
