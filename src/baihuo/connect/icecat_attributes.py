"""Icecat's attribute keys as readable names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_CAPITALS = frozenset(
    """
    ac aes av bios bus cd cpu db dc dimm dlp dpi dsp dvd dvi ean ecc ept eu fm fsb gps gsm
    gtin hd hdcp hdd hdmi hs ht id imc ip ir isa iso lan lcd led mac mtbf nfc oem os pae pc
    pci pdf pin pos raid ram rfid rj rohs rom sata sd sdram sim sms ssd tdp tft tpm tv uk upc
    ups us usb uv vga vpn vt wan wlan wxdxh wxhxd xls
    """.split()
)
_PROPER = {
    "intel": "Intel",
    "bluetooth": "Bluetooth",
    "windows": "Windows",
    "mac": "Mac",
    "hp": "HP",
    "ethernet": "Ethernet",
    "wxdxh": "W × D × H",
    "wi": "Wi",
    "dvi": "DVI",
    "gen": "Gen",
    "energy": "energy",
}
_UNITS_ONLY = {"t t", "h h", "f f"}  # "(T-T)": from one temperature to another


def attributes_of(entry: dict[str, Any]) -> dict[str, str | float | bool]:
    """The ``attr_t_*`` texts, ``attr_n_*`` numbers and ``attr_b_*`` flags of a product, renamed.

    Of two keys with the same readable name, the later one gets its type appended.
    """
    attributes: dict[str, str | float | bool] = {}
    for key, value in entry.items():
        if not key.startswith("attr_") or value is None:
            continue
        name = readable(key)
        if name in attributes:
            name = (
                f"{name} ({ {'t': 'text', 'n': 'number', 'b': 'yes or no'}.get(key[5], key[5]) })"
            )
        if isinstance(value, str):
            value = value.strip()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and value):
            attributes[name] = value
    return attributes


@lru_cache(maxsize=20_000)
def readable(key: str) -> str:
    """A key without its prefix, with brackets, capitals and version numbers restored.

    >>> readable("attr_t_contrast_ratio__typical_"), readable("attr_n_usb_2_0_ports_quantity")
    ('Contrast ratio (typical)', 'USB 2.0 ports quantity')
    """
    parts = key[len("attr_t_") :].split("__")
    pieces = []
    for index, part in enumerate(parts):
        words = " ".join(_word(w) for w in part.split("_") if w)
        words = re.sub(r"\b(\d) (\d)\b", r"\1.\2", words)
        is_closed = index < len(parts) - 1 or part.endswith("_")
        if not words or words.lower() in _UNITS_ONLY:
            continue
        pieces.append(f"({words})" if index % 2 and is_closed else words)
    name = " ".join(pieces) or key
    return name[0].upper() + name[1:]


def _word(word: str) -> str:
    if word in _PROPER:
        return _PROPER[word]
    return word.upper() if word in _CAPITALS else word
