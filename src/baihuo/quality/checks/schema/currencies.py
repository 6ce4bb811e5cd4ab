"""The currencies that there are: the active codes of ISO 4217, without metals, funds and tests."""

from __future__ import annotations

CODES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
    VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)
"""Leones and guilders of before, dollars of Zimbabwe and other codes that were withdrawn are none."""
# withdrawn so lately that logs of some years still have them, and rightly
_RECENT = "ANG BYR CUC HRK MRO SLL STD VEF ZWL LTL LVL EEK".split()
# one text for all codes: two hundred constants would be planned at each mention
_LIST = f"string_split('{'|'.join(sorted(CODES | set(_RECENT)))}', '|')"
_BARE = "upper(trim(currency))"


def is_no_currency() -> str:
    """SQL that is true where ``currency`` is not written as one of the codes; null where it is null."""
    return f"NOT list_contains({_LIST}, currency)"


def as_written_right() -> str:
    """SQL of the code that is meant: in capitals, and CNY for RMB, which names no other money. Null: unclear."""
    is_code = f"list_contains({_LIST}, {_BARE})"
    return f"CASE WHEN {is_code} THEN {_BARE} WHEN {_BARE} = 'RMB' THEN 'CNY' END"
