"""Descriptions: what language models, scrapers, programs, editors and spammers leave in them."""

from __future__ import annotations

import base64

from baihuo.exam.independent.dirt.third.descriptions import TEXT, described, first, long, sentences
from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    LOST,
    Values,
    listing,
    stranger,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


def _greeting(bed: Bed, v: Values) -> str:
    phrases = [
        "Sure! Here is a catchy product description for you:",
        "Certainly! Below is the rewritten text (98 words):",
    ]
    end = "Let me know if you would like me to adjust the tone!"
    return f"{bed.rng.choice(phrases)}\n\n{v[TEXT]}\n\n{end}"


listing(
    "description_machine_greeting", "a chat's greeting and offer around the text", _greeting, TEXT
)


def _prompt(bed: Bed, v: Values) -> str:
    return f"Write a persuasive 80 word product description for {v['title_en']}. Use a friendly tone, mention three benefits and do not invent facts. Output only the text."


listing(
    "description_machine_prompt",
    "the request to a language model, not its answer",
    _prompt,
    TEXT,
    actions=LOST,
)


def _brackets(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} Thanks to its [insert main benefit here] the [Product Name] is perfect for [target group]."


listing(
    "description_brackets_to_fill", "brackets that somebody should have filled", _brackets, TEXT
)


def _review(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                "I bought this for my husband last week and he hates it, it broke after two days. 1 star, do not buy!",
                "★★★★★ Love it!! Arrived on time, my daughter uses hers every day. Helpful? Yes (12) No (0)",
                "Reviewed by Tina on 4 May. Too small for me, I sent mine back and still wait for my refund.",
            ]
        )
    )


listing("description_review", "a customer's review as the description", _review, TEXT, actions=LOST)


def _cost(bed: Bed, v: Values) -> str:
    cost = float(v.get("price") or 10) * 0.4
    return f"{v[TEXT]} [INTERNAL: purchase cost {cost:.2f}, margin 60%, do not show to customers]"


listing("description_cost", "cost and margin for colleagues only", _cost, TEXT)


@kind(
    "description_secret",
    "a password or an access key in the text",
    table=PRODUCTS,
    actions=f"{FIXED} quarantine",
)
def _secret(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get(TEXT))):
        token = base64.b16encode(bed.rng.randbytes(16)).decode().lower()
        phrase, secret = bed.rng.choice(
            [
                ("ftp login feed / password: ", f"Summer{bed.rng.randint(100, 999)}!"),
                ("api_key=", f"sk_live_{token}"),
                ("Authorization: Bearer ", token),
            ]
        )
        text = str(row.values[TEXT])
        row.values[TEXT] = f"{text} {phrase}{secret}"
        bed.case(own, [row], field=TEXT, clean=(text, ""), secrets=(secret,))


def _header(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                "description_en",
                "Product description (EN)",
                "body_html",
                "long_description",
                "商品描述",
            ]
        )
    )


listing(
    "description_header",
    "the column's own name in the cell",
    _header,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _tracked(bed: Bed, v: Values) -> str:
    words = str(v[TEXT]).split()
    at = len(words) // 2
    return " ".join(
        [
            *words[:at],
            "[Deleted: and very cheap] [Inserted: with care, MK 12/3] Comment [MK2]: is this true?",
            *words[at:],
        ]
    )


listing(
    "description_changes_tracked",
    "tracked changes and comments of a text program",
    _tracked,
    TEXT,
    fit=described(),
)


def _cut(bed: Bed, v: Values) -> str:
    text = str(v[TEXT])
    at = int(len(text) * 0.6)
    while not (text[at - 1].isalpha() and text[at].isalpha()):
        at -= 1
    return text[:at]


listing(
    "description_cut",
    "a text that stops within a word",
    _cut,
    TEXT,
    fit=lambda v: (
        long(3)(v)
        and any(len(w) > 6 for w in str(v[TEXT]).split()[: len(str(v[TEXT]).split()) // 2])
    ),
)


def _twice(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} {v[TEXT]}"


listing(
    "description_twice", "the whole text twice, one behind the other", _twice, TEXT, fit=long(2)
)


def _interleaved(bed: Bed, v: Values) -> str:
    other = sentences(stranger(bed, v, "brand", "model", TEXT)[TEXT])
    own = sentences(v[TEXT])
    return " ".join(s for pair in zip(own, other, strict=False) for s in pair)


listing(
    "description_interleaved",
    "sentences of two listings in turn",
    _interleaved,
    TEXT,
    fit=lambda v: long(3)(v) and first(v) in str(v[TEXT]),
)


def _expired(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} Sale ends on {bed.rng.randint(1, 28)} November 201{bed.rng.randint(4, 9)}, order before midnight!"


listing("description_expired_offer", "an offer that ended years ago", _expired, TEXT)


def _casino(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} {bed.rng.choice(['澳门威尼斯人在线娱乐 首存送彩金 真人百家乐', 'Best online casino bonus 2024, free spins slot, play now', 'buy cheap viagra cialis no prescription online'])}"


listing(
    "description_casino",
    "advertising for gambling or pills, put in by intruders",
    _casino,
    TEXT,
    actions=f"{FIXED} quarantine",
)


def _hyphenated(bed: Bed, v: Values) -> str:
    return " ".join(
        f"{w[:3]}-\n{w[3:]}" if len(w) > 6 and w.isalpha() and n % 2 else w
        for n, w in enumerate(str(v[TEXT]).split())
    )


listing(
    "description_hyphenated",
    "words still broken as at a brochure's line ends",
    _hyphenated,
    TEXT,
    fit=lambda v: sum(len(w) > 6 and w.isalpha() for w in str(v.get(TEXT)).split()[1::2]) >= 2,
)


_LIGATURES = {"ffi": "ﬃ", "fi": "ﬁ", "fl": "ﬂ", "ff": "ﬀ", "st": "ﬆ"}


def _ligatures(bed: Bed, v: Values) -> str:
    text = str(v[TEXT])
    for plain, one in _LIGATURES.items():
        text = text.replace(plain, one)
    return text


listing(
    "description_ligatures",
    "a printer's joined letters for fi, fl and st",
    _ligatures,
    TEXT,
    fit=lambda v: any(p in str(v.get(TEXT)) for p in _LIGATURES),
)


def _rtf(bed: Bed, v: Values) -> str:
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Calibri;}}}}\\f0\\fs22 {v[TEXT]}\\par}}"


listing("description_rtf", "codes of the Rich Text Format", _rtf, TEXT)


def _widget(bed: Bed, v: Values) -> str:
    return f"Translated from Chinese (Simplified) by Google. See original. {v[TEXT]} Rate this translation"


listing("description_widget", "words of a translating page around the text", _widget, TEXT)


def _trace(bed: Bed, v: Values) -> str:
    return f"Traceback (most recent call last): File \"/app/feed.py\", line {bed.rng.randint(9, 400)}, in render TypeError: 'NoneType' object is not subscriptable"


listing(
    "description_stack_trace",
    "a program's error as the description",
    _trace,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _limit(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                "MYMEMORY WARNING: YOU USED ALL AVAILABLE FREE TRANSLATIONS FOR TODAY.",
                "Translation failed: quota exceeded (code 429)",
                "Error: Rate limit reached for requests. Please try again in 20s.",
            ]
        )
    )


listing(
    "description_limit_reached",
    "a translator's refusal: the quota is used up",
    _limit,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _cures(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} Clinically proven to cure diabetes, cancer and high blood pressure within 7 days."


listing(
    "description_cures",
    "it cures cancer, which the law forbids to say",
    _cures,
    TEXT,
    actions=f"{FIXED} quarantine",
)


def _reversed(bed: Bed, v: Values) -> str:
    return " ".join(str(v[TEXT]).split()[::-1])


listing(
    "description_words_reversed", "all words in the reverse order", _reversed, TEXT, fit=long(2)
)


def _french(bed: Bed, v: Values) -> str:
    return f"Ce produit de la marque {v.get('brand')} est très léger et se range facilement. Il est livré avec une notice de montage, dans un carton recyclé, et la garantie couvre les pièces pendant deux ans."


listing(
    "description_french", "a French text in an English catalogue", _french, TEXT, fit=described()
)
