"""Open Icecat products as the Chorus demo ships them: zips of JSON lists."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from baihuo.connect.rows import Kind, OpenedFile, Rejected, ValidatedRows, broken
from baihuo.core import CATEGORY_SEPARATOR, PRODUCTS

_BATCH_ROWS = 4_096
_MOST_JSON_BYTES = 1 << 30  # of one unpacked file, which is read as a whole
_IMAGES = ("img_500x500", "img_high", "img_low", "img_thumb")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""Errors of a damaged archive: one flipped bit may name an unknown method, or ask for a password."""


def is_icecat(path: Path) -> bool:
    """Whether a zip or a JSON file holds a list of Icecat products, by its first bytes."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if n.endswith(".json")]
                if len(names) != 1:
                    return False
                with archive.open(names[0]) as file:
                    head = file.read(65_536)
        else:
            with path.open("rb") as file:
                head = file.read(65_536)
    except _DAMAGED:
        return False
    return head.lstrip()[:1] == b"[" and b'"supplier"' in head and b'"attr_' in head


class Icecat:
    """One product for each object: ``id, name, title, ean, supplier, price`` (in cents), ``attr_*``.

    The category is not in the file; :mod:`baihuo.connect.icecat` says how it is found.
    The line of a product is its index in the list, from 1.
    """

    name = "icecat"

    def columns(self, file: OpenedFile) -> tuple[str, ...]:
        return ()

    def kinds(self, file: OpenedFile) -> tuple[Kind, ...]:
        if file.options.kind == "events":
            raise broken(file.path, "icecat files hold no events", fix="leave out --kind")
        self._json(file)
        return ("products",)

    def notes(self, file: OpenedFile, kind: Kind) -> list[str]:
        return [
            "categories are derived from attributes and titles",
            f"prices read as {_currency(file)}",
        ]

    def read(self, file: OpenedFile, kind: Kind) -> Iterator[ValidatedRows]:
        try:
            entries = orjson.loads(self._json(file))
        except orjson.JSONDecodeError as why:
            raise broken(
                file.path, f"its JSON is damaged ({why})", fix="download it again"
            ) from why
        if not isinstance(entries, list):
            raise broken(
                file.path, "it is not a list of products", fix="import it with --format jsonl"
            )
        size = file.path.stat().st_size
        for start in range(0, len(entries), _BATCH_ROWS):
            kept: list[dict[str, Any]] = []
            rejected: list[Rejected] = []
            withheld: list[Rejected] = []
            for line, entry in enumerate(entries[start : start + _BATCH_ROWS], start=start + 1):
                row = _product(entry, line, _currency(file))
                if isinstance(row, Rejected):
                    rejected.append(row)
                else:
                    kept.append(row)
                    withheld += _unreadable_price(entry, line)
            done = size * min(len(entries), start + _BATCH_ROWS) // len(entries)
            schema = pa.schema([f for f in PRODUCTS if f.name != "import_id"])
            rows = pa.Table.from_pylist(kept, schema=schema)
            yield ValidatedRows(rows, rejected, done, withheld)

    def _json(self, file: OpenedFile) -> bytes:
        try:
            if not zipfile.is_zipfile(file.path):
                data = file.path.read_bytes()
                if data[:2] == b"PK":
                    raise zipfile.BadZipFile("the archive's directory is missing")
                return data
            with zipfile.ZipFile(file.path) as archive:
                names = [n for n in archive.namelist() if n.endswith(".json")]
                if len(names) != 1:
                    raise broken(
                        file.path,
                        f"it holds {len(names)} JSON files, not one",
                        fix="give the products_1.json.zip … products_4.json.zip files of the data set",
                    )
                size = archive.getinfo(names[0]).file_size
                if size > _MOST_JSON_BYTES:
                    raise broken(
                        file.path,
                        f"{names[0]} in it unpacks to {size / 2**30:.1f} GiB, more than "
                        f"{_MOST_JSON_BYTES >> 30} GiB: a damaged archive, or one made to fill a disk",
                        fix="split the list into several files",
                    )
                return archive.read(names[0])
        except _DAMAGED as why:
            raise broken(
                file.path, f"the zip is damaged or truncated ({why})", fix="download it again"
            ) from why


def _currency(file: OpenedFile) -> str:
    return file.options.currency or "USD"


def _product(entry: Any, line: int, currency: str) -> dict[str, Any] | Rejected:
    if not isinstance(entry, dict):
        return _refused(entry, line, None, "not_an_object", "give an object with id and title")
    product_id = _text(entry.get("id"))
    title = _text(entry.get("title"))
    if product_id is None:
        return _refused(entry, line, "product_id", "no_product_id", "give the product its id")
    if title is None:
        return _refused(entry, line, "title", "no_title", "give the product a title")
    price = None if _unreadable_price(entry, line) else entry.get("price")
    released = _at_us(entry.get("date_released"))
    if released is None and entry.get("date_released"):
        fix = "write it as 2009-12-10T00:00:00Z"
        return _refused(entry, line, "released_at_us", "bad_time", fix, entry.get("date_released"))
    codes = entry.get("ean") or []
    codes = codes if isinstance(codes, list) else [codes]
    images = [i for name in _IMAGES if (i := _text(entry.get(name)))]
    return {
        "product_id": product_id,
        "title_en": title,
        "description_en": _text(entry.get("short_description")),
        "brand": _text(entry.get("supplier")),
        "model": _text(entry.get("name")),
        "category": CATEGORY_SEPARATOR.join(category_of(entry)) or None,
        "codes": [c for code in codes if (c := _text(code))],
        "price_minor": price,
        "currency": currency if price is not None else None,
        "attributes": orjson.dumps(attributes_of(entry), option=orjson.OPT_SORT_KEYS).decode(),
        "variants": "[]",
        "images": images[:1],
        "released_at_us": released,
        "line": line,
    }


def _unreadable_price(entry: dict[str, Any], line: int) -> list[Rejected]:
    """The price that is withheld from a product, if it has one that is no number of cents."""
    price = entry.get("price")
    if price is None or (type(price) is int and abs(price) < 2**63):  # a bool is an int, too
        return []
    fix = "give the price in whole cents"
    return [_refused(entry, line, "price_minor", "bad_number", fix, price)]


def _refused(
    entry: Any, line: int, field: str | None, reason: str, fix: str, value: Any = None
) -> Rejected:
    raw = orjson.dumps(entry).decode()
    return Rejected(line, field, None if value is None else str(value), reason, fix, raw)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value).strip() or None


def _at_us(value: Any) -> int | None:
    try:
        return int(pa.scalar(str(value)).cast(pa.timestamp("us", "UTC")).value)
    except (pa.ArrowInvalid, ValueError):
        return None


# Assigns a category to each Icecat product by rules, because the files have none.
#
# Icecat writes titles as brand, model, *type of product*, then its specifications ("… toner cartridge Original
# Black 1 pc(s)"). The rules look for the type in the title, then in the type attributes, then in the
# short description, then for attributes that only one type has. The first rule that matches decides, so
# accessories of a device (lamp, case, battery, memory) come before the device. A product that no rule
# matches has no category: none is better than a wrong one.
#
# The rules are in ``icecat_categories.txt``, one per line: a category and a regular expression.


_RULES_FILE = Path(__file__).with_name("icecat_categories.txt")
_TYPES = (
    "attr_t_product_type",
    "attr_t_device_type",
    "attr_t_type",
    "attr_t_purpose",
    "attr_t_card_type",
)
_DISTINCTIVE_ATTRIBUTES = (  # attributes that only one type of product has
    ("attr_t_lens_type", "Cameras > Camera lenses"),
    ("attr_t_lens_structure__elements_groups_", "Cameras > Camera lenses"),
    ("attr_t_ink_type", "Printing > Ink cartridges"),
    ("attr_n_page_yield", "Printing > Ink cartridges"),
    ("attr_n_maximum_duty_cycle", "Printing > Printers"),
    ("attr_n_black_toner_page_yield", "Printing > Toner cartridges"),
    ("attr_t_processor_socket", "Components > Processors"),
    ("attr_t_motherboard_chipset", "Computers > Workstations and PCs"),
    ("attr_t_shaver_system", "Home > Personal care"),
    ("attr_t_movement_detection_technology", "Input > Mice"),
    ("attr_n_output_power_capacity", "Power > UPS"),
    ("attr_n_cable_length", "Cables > Cables and connectors"),
    ("attr_t_display_resolution", "Displays > Monitors"),
    ("attr_n_megapixel", "Cameras > Cameras"),
)
# Specifications (processor, memory) follow the type of the product and are cut off.
_SPECIFICATIONS = re.compile(r"(?<!\d)\d++(?:\.\d++)? ?(?:cm \(|gb\b|mhz|ghz).*$")


def category_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """The category of an Icecat product, broad to narrow; empty where no rule matches."""
    title = str(entry.get("title") or "").lower()
    types = " ; ".join(str(entry[t]).lower() for t in _TYPES if isinstance(entry.get(t), str))
    description = str(entry.get("short_description") or "").lower()
    for text in (_SPECIFICATIONS.sub("", title), types, title, description):
        if (found := _first_match(text)) is not None:
            return found
    for attribute, path in _DISTINCTIVE_ATTRIBUTES:
        if attribute in entry:
            return tuple(path.split(" > "))
    return ()


def _first_match(text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    return next((path for path, pattern in _rules() if pattern.search(text)), None)


@cache
def _rules() -> list[tuple[tuple[str, ...], re.Pattern[str]]]:
    """The categories with their patterns, whose compilation takes longer than reading a small file of another format."""
    lines = _RULES_FILE.read_text("utf-8").splitlines()
    found = (line.split(": ", 1) for line in lines)
    return [(tuple(path.split(" > ")), re.compile(pattern)) for path, pattern in found]


# Icecat's attribute keys as readable names.


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
