"""Descriptions that are none: a designer's dummy text, a note that a text will come, the text of another listing."""

from __future__ import annotations

from baihuo.engine import sql_file

_DUMMY = "lorem ipsum|dolor sit amet|consectetur adipiscing"
_TO_COME = (
    "(?:todo|tbd|tba|fixme)\\b.*|[^.!?。！？\n]{0,40}(?:coming soon|to be (?:added|completed|written|translated|confirmed|updated)|"
    "text (?:to (?:come|follow)|goes here)|description (?:goes here|to (?:come|follow)|missing|pending|not available)|"
    "no (?:product )?description(?: available| yet)?|(?:insert|add|enter|write) .{0,20}(?:here|later)|placeholder(?: text)?)|"
    "(?:product |item )?description|sample text|test description|see (?:title|image|images|picture|pictures|photo|photos)|"
    ".{0,12}(?:暂无|暂缺|待补充|待完善|待更新|待添加|待填写|待翻译|待编辑|敬请期待|后续补充|稍后补充).{0,12}|"
    "(?:没有|无|填写|输入|在此|请)?(?:产品|商品|宝贝|详细)?(?:描述|详情|介绍|说明)(?:文字|文案)?|"
    "(?:更多)?(?:详情|详细)?请?(?:咨询|联系|询问)(?:在线)?客服.{0,6}|(?:详情|具体)?(?:详?见|如|参考|参见)(?:图|图片|标题|题|主图|实物).{0,4}"
)
_MAX_BYTES = 200  # a longer text says something besides
PATTERN = f"(?is)^[^\\pL\\pN]*(?:{_TO_COME})[^\\pL\\pN]*$"
_MIN_SHARED_CHARS = 40  # a shorter text is equal by chance
_MOST_SHARING = 4  # listings; a text of more is boilerplate
_SHARED_DESCRIPTIONS = sql_file(__file__, "shared_descriptions")
_PLACEHOLDERS = sql_file(__file__, "placeholders")


def select(rows: str, field: str) -> str:
    """SQL of findings: descriptions that are left out because they describe nothing."""
    return _PLACEHOLDERS(
        rows=rows,
        field=field,
        dummy=f"(?i)({_DUMMY})",
        to_come=PATTERN.replace("'", "''"),
        max_bytes=_MAX_BYTES,
    )


def select_shared(rows: str, field: str) -> str:
    """SQL of findings: descriptions that listings of other brands and categories have, too."""
    return _SHARED_DESCRIPTIONS(
        rows=rows, field=field, min_chars=_MIN_SHARED_CHARS, most=_MOST_SHARING
    )
