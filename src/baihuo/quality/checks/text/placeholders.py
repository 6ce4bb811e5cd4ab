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
    "(?:please )?(?:your |enter |insert |add |type |write ){1,3}(?:the |a |your )?(?:product |item )?(?:description|text|details)(?: goes)?(?: here)?|"
    "请?(?:您?在?(?:此处|这里|此))?(?:填写|输入|添加|编辑|编写|补充)您?的?(?:产品|商品|宝贝|详细)?(?:描述|内容|介绍|详情|文字|文案|说明|信息)|"
    "(?:没有|无|填写|输入|在此|请)?(?:产品|商品|宝贝|详细)?(?:描述|详情|介绍|说明)(?:文字|文案)?|"
    "(?:更多)?(?:详情|详细)?请?(?:咨询|联系|询问)(?:在线)?客服.{0,6}|(?:详情|具体)?(?:详?见|如|参考|参见)(?:图|图片|标题|题|主图|实物).{0,4}"
)
# names of fields that a program should have filled in: {{colour}}, %BRAND%, [MATERIAL], ${name}, <?php echo $desc ?>
_FIELD = (
    "(?:BRAND|MODEL|MATERIAL|COLOU?R|SIZE|NAME|PRODUCT|TITLE|PRICE|SHOP|STORE|CATEGORY|FEATURES?|DESCRIPTION|SKU|WEIGHT|QUANTITY|INSERT)"
    "(?:[_ ][A-Z]{2,12})?"
)
_TEMPLATE = (
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^{}\n]{1,60}%\}|\$\{[A-Za-z_][A-Za-z_.]{1,40}\}|<\?(?:php\b|=)|<%=? ?[A-Za-z_]"
    rf"|%{_FIELD}%|\[{_FIELD}\]|\{{{_FIELD}\}}|\{{(?i:{_FIELD})\}}"
)
_UNFILLED_FIELDS = sql_file(__file__, "unfilled_fields")
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


def select_unfilled(rows: str, field: str) -> str:
    """SQL of findings: texts with a field of a template that nobody filled in, noted."""
    return _UNFILLED_FIELDS(rows=rows, field=field, template=_TEMPLATE.replace("'", "''"))


def select_shared(rows: str, field: str) -> str:
    """SQL of findings: descriptions that listings of other brands and categories have, too."""
    return _SHARED_DESCRIPTIONS(
        rows=rows, field=field, min_chars=_MIN_SHARED_CHARS, most=_MOST_SHARING
    )
