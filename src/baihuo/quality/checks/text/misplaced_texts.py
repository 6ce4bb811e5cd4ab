"""Descriptions in another language, with an offer that has ended, or that stand in the title's column."""

from __future__ import annotations

from datetime import UTC, datetime

from baihuo.engine import sql_file, sql_text

_OTHER_LANGUAGES = sql_file(__file__, "other_languages")
_ENDED_OFFERS = sql_file(__file__, "ended_offers")
_TITLE_IN_DESCRIPTION = sql_file(__file__, "title_in_description")

# little words without which sentences can hardly be written; none is an English word, nor one that goods are called by
_FOREIGN = (
    (
        "le la les du un une et est sont dans avec sur cette ces qui que vous votre vos nous leur aux ou très être sans ne pas deux cet "  # French
        "der das und ist sind mit für auf ein eine einer eines einem einen nicht auch wird werden sich von zum zur oder durch bei aus ihre dem den "  # German
        "el los las y es son una para por del al como más su sus este esta muy cada desde hasta "  # Spanish
        "il lo gli di è sono della delle dei nel nella che per questo questa anche più dal alla "  # Italian
        "het een en zijn voor op met van niet ook wordt deze dit uw naar "  # Dutch
        "os em uma não seu sua ao mais também pelo pela são "  # Portuguese
        "i w na z do się jest dla oraz od przez który nie "  # Polish
        "och att det som är på av till inte kan "  # Swedish
    ).split()
)
_ENGLISH = "the of and with for to is are this from your by it you that can be or has as these which".split()
_LEAST_FOREIGN = 4
_FACTOR = 2
_MAX_SHARE = 0.05
_MIN_USUAL = 100

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\\.?"  # January, Sept.
_DATE = (
    f"(?:[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? 20[0-9]{{2}}|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? 20[0-9]{{2}}|"
    "[0-9]{1,2}[./-][0-9]{1,2}[./-]20[0-9]{2}|20[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2})"
)
_OFFER = (
    rf"(?i)\b(?:sale|offer|deal|discount|promotion|promo|coupon|voucher|cash ?back|rebate)s?\b[^.!?\n]{{0,40}}\b(?:ends?|ended|ending|until|till|through|valid|expires?|expired|before|only)\b[^.!?\n]{{0,20}}{_DATE}"
    rf"|\b(?:valid|order|buy|save [^.!?\n]{{1,20}}) (?:it |now |only )?(?:until|till|before|through)\b[^.!?\n]{{0,20}}{_DATE}"
    r"|(?:优惠|活动|促销|特价|折扣|领券|秒杀|包邮|满减|团购)[^。！\n]{0,12}(?:截止|截至|至|到|结束|有效期)[^。！\n]{0,8}20[0-9]{2} ?[年./-] ?[0-9]{1,2}|(?:截止|截至)[^。！\n0-9]{0,8}20[0-9]{2}年[0-9]{1,2}月"
)
_SALE = (
    r"(?:black friday|cyber monday|prime day|boxing day|singles['’]? day|(?:(?:spring|summer|autumn|fall|winter|christmas|xmas|new year(?:['’]s)?|easter|halloween|thanksgiving|"
    r"valentine['’]?s?(?: day)?|mother['’]?s day|father['’]?s day|back[- ]to[- ]school|end[- ]of[- ](?:season|year|summer|winter)|mid-?season|anniversary|clearance|flash|january|july) "
    r"(?:sale|deal|offer|clearance|promo|promotion|discount)s?))"
)
_SALE_ZH = "(?:双十[一二]|双1[12]|双旦|618|六一八|年货节|黑五|黑色星期五|七夕|女神节|女王节|开学季|店庆|国庆|元旦|五一|春节|中秋|圣诞|情人节|母亲节|父亲节|聚划算)"
# that names its year: a sale of the past, or a pre-order that was to be sent long ago
_OFFER_OF_YEAR = (
    rf"(?i)\b{_SALE}(?: (?:sale|deal|offer|special|price|discount)s?)?[ ,(-]{{0,3}}20[0-9]{{2}}\b|\b20[0-9]{{2}} {_SALE}\b"
    rf"|\b(?:pre-?orders?\b[^.!?\n]{{0,40}}\b(?:ships?|shipping|shipped|sent|deliver\w*|arriv\w*|available|expected|due|until|in|from)|ships|shipping (?:from|in|starts)|back in stock) "
    rf"(?:again |out )?(?:from |in |on |by |early |late |mid-? ?|about )*(?:[0-9]{{1,2}}(?:st|nd|rd|th)? )?(?:(?:{_MONTH}|spring|summer|autumn|fall|winter|q[1-4]),? )?20[0-9]{{2}}\b"
    rf"|20[0-9]{{2}}年?{_SALE_ZH}[^。！\n]{{0,6}}(?:预售|预定|特价|特惠|大促|促销|活动|提前购|限时|优惠|秒杀|狂欢|返场|抢购|巨惠|[价折])"
)
_SENTENCES = (
    r"(?is)^(?:\S+\s+){7,}\S*[.!?]\s*$",
    r"(?s)^[^。！？]{6,}[，、][^。！？]{2,}[。！？](?:.*[。！？])?\s*$",
)
_END = r"[.!?。！？]\s*$"


def in_other_languages(rows: str, field: str) -> str:
    """SQL of notes: descriptions in another language with Latin letters than English."""
    foreign, english = (
        f"[{', '.join(sql_text(word) for word in words)}]" for words in (_FOREIGN, _ENGLISH)
    )
    return _OTHER_LANGUAGES(
        rows=rows,
        field=field,
        foreign=foreign,
        english=english,
        least=_LEAST_FOREIGN,
        factor=_FACTOR,
        max_share=_MAX_SHARE,
        min_usual=_MIN_USUAL,
    )


def ended_offers(rows: str, field: str, now_us: int) -> str:
    """SQL of notes: texts with an offer that ended in an earlier year than ``now_us`` (µs UTC) is in."""
    year = datetime.fromtimestamp(now_us / 1e6, UTC).year
    return _ENDED_OFFERS(
        rows=rows,
        field=field,
        rule="boilerplate" if field.startswith("description") else "keyword_stuffing",
        offer=f"{_OFFER}|{_OFFER_OF_YEAR}".replace("'", "''"),
        year=year - 1,
    )


def titles_in_descriptions(rows: str) -> list[str]:
    """SQL of notes: titles and descriptions in each other's column, in English and in Chinese."""
    return [
        _TITLE_IN_DESCRIPTION(
            rows=rows,
            title=f"title_{language}",
            description=f"description_{language}",
            sentence=sentence,
            end=_END,
        )
        for language, sentence in zip(("en", "zh"), _SENTENCES, strict=True)
    ]
