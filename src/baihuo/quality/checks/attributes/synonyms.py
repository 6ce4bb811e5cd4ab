"""Synonyms: one key for all spellings of an attribute's name."""

from __future__ import annotations

# British, American and Chinese, after folding to letters and digits. A name that is not listed is
# its own key.
_SYNONYMS = {
    "colour": "color",
    "colours": "color",
    "colors": "color",
    "颜色": "color",
    "颜色分类": "color",
    "size": "size",
    "sizes": "size",
    "尺码": "size",
    "尺寸": "size",
    "materials": "material",
    "材质": "material",
    "材料": "material",
    "品牌": "brand",
    "重量": "weight",
    "容量": "capacity",
    "产地": "origin",
    "季节": "season",
    "flavor": "flavour",
    "口味": "flavour",
    "fibre": "fiber",
    "styles": "style",
    "款式": "style",
}


def key_sql(name: str) -> str:
    """SQL for the folded name: lower case, no spaces or punctuation, synonyms as one.

    Brackets stay ("Weight (imperial)" is no synonym of "Weight").
    """
    folded = f"regexp_replace(lower({name}), '[\\s_\\-./:：]+', '', 'g')"
    cases = " ".join(f"WHEN '{synonym}' THEN '{key}'" for synonym, key in _SYNONYMS.items())
    return f"(CASE {folded} {cases} ELSE {folded} END)"


COLOURS = {
    "black": ("黑色",),
    "white": ("白色",),
    "silver": ("银色",),
    "grey": ("灰色",),
    "gray": ("灰色",),
    "red": ("红色",),
    "wine red": ("酒红", "酒红色"),
    "pink": ("粉色", "粉红色"),
    "orange": ("橙色", "橘色"),
    "yellow": ("黄色",),
    "gold": ("金色",),
    "green": ("绿色",),
    "dark green": ("墨绿", "墨绿色"),
    "blue": ("蓝色",),
    "sky blue": ("天蓝", "天蓝色"),
    "navy": ("藏青", "藏青色"),
    "purple": ("紫色",),
    "brown": ("棕色", "咖啡色"),
    "beige": ("米色",),
}
"""English name of a colour → how Chinese titles write it."""
