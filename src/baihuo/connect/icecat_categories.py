"""Assigns a category to each Icecat product by rules, because the files have none.

Icecat writes titles as brand, model, *type of product*, then its specifications ("… toner cartridge Original
Black 1 pc(s)"). The rules look for the type in the title, then in the type attributes, then in the
short description, then for attributes that only one type has. The first rule that matches decides, so
accessories of a device (lamp, case, battery, memory) come before the device. A product that no rule
matches has no category: none is better than a wrong one.

The rules are in ``icecat_categories.txt``, one per line: a category and a regular expression.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

_RULES_FILE = Path(__file__).with_suffix(".txt")
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
