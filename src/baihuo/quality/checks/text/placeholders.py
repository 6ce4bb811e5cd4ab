"""Descriptions that are none: a designer's dummy text, a note that a text will come, the text of another listing."""

from __future__ import annotations

from baihuo.engine import sql_file

_DUMMY = "lorem ipsum|dolor sit amet|consectetur adipiscing"
# the name of the column: body_html, Product description (EN), 英文描述
_PART = "(?:product|item|article|goods|short|long|full|main|meta|seo|html|rich|detailed|marketing|sales|body|web|text|listing|en|eng|english|zh|cn|chinese)"
_HEADER = (
    f"(?:{_PART}[ _./-]{{0,2}}){{0,4}}(?:desc(?:r|ription)?s?|body|html|content|copy|overview|details)(?:[ _./-]{{0,2}}[(\\[]?(?:{_PART}|\\d)[)\\]]?){{0,3}}|"
    "(?:(?:产品|商品|宝贝|货品|中文|英文|详细|图文|简要|长|短)的?){1,3}(?:描述|说明|介绍|详情|简介|文案)[(（ ]{0,2}(?:中文|英文|字段|列|必填|选填)?|(?:描述|说明|介绍|简介|文案)(?:字段|列)"
)
_TO_COME = (
    "(?:todo|tbd|tba|fixme)\\b.*|[^.!?。！？\n]{0,40}(?:coming soon|to be (?:added|completed|written|translated|confirmed|updated)|"
    "text (?:to (?:come|follow)|goes here)|description (?:goes here|to (?:come|follow)|missing|pending|not available)|"
    "no (?:product )?description(?: available| yet)?|(?:insert|add|enter|write) .{0,20}(?:here|later)|placeholder(?: text)?)|"
    f"{_HEADER}|sample text|test description|see (?:title|image|images|picture|pictures|photo|photos)|"
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
# what stands between brackets for somebody to replace: [insert main benefit here], [your brand], 【请填写材质】. A bare name of a
# field is a heading for many sellers ([Main features]: …), so it has to stand within a sentence: "the [Product Name] is perfect"
_TO_FILL = (
    r"(?i:[\[{【](?:please )?(?:insert|enter|add|fill in|write|describe|mention|specify|include|state) (?:(?:in )?(?:your|the|an?|any|main|product|brand|model|company|shop|relevant|specific|here|"
    r"text|name|image|picture|number|details?|descriptions?|features?|benefits?|materials?|sizes?|colou?rs?|weight|price|adjectives?))\b[^\[\]{}【】\n]{0,60}[\]}】])"
    r"|(?i:[\[{【]your (?:own )?(?:product|brand|company|store|shop|business|item|model|website|text|name|logo|price)(?:[ _-](?:name|url|link|description|title|here))?[\]}】])"
    r"|(?:^|[\pL,] )(?i:[\[{](?:(?:product|brand|company|store|shop|business|item|customer|model|competitor)[ _-]?(?:name|type)|target[ _-]?(?:group|audience|customers?|market)|(?:unique )?selling[ _-]point|"
    r"(?:main|key|first|second|primary|specific) (?:benefit|feature|advantage|use case|problem)|benefit ?\d?|adjective)[\]}])(?:[.,!?;]|['’]s|$| [a-z])"
    r"|[\[【(（]请?(?:在?此处?|这里)?(?:填写|填入|插入|输入|补充|替换)[^\[\]【】()（）\n]{0,16}[\]】)）]"
)
# 来自[品牌]系列的: within a sentence; at its beginning it is a heading ([品牌] 安居)
_FIELD_ZH = "(?:品名|型号|款号|名称|(?:商品|产品|品牌|店铺|公司|系列|品类|颜色)名?称?|颜色|材质|面料|尺寸|规格|价格|重量|容量|产地)"
_WITHIN_ZH = (
    rf"\{{{_FIELD_ZH}\}}|(?:来自|选择?|由|是|与|和|及|欢迎|购买|采用|使用|这款|本|该|为|给|用|在|对|的)[\[【]{_FIELD_ZH}[\]】](?:\p{{Han}}|[，。！,.!]|$)"
    rf"|^\[{_FIELD_ZH}\]\p{{Han}}[^\[\]【】]{{12,}}$"  # its only brackets
    rf"|[\[【]{_FIELD_ZH}[\]】](?:的|出品|制造|系列|旗下|专为|采用|旗舰|为您)"
)
_TEMPLATE = (
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^{}\n]{1,60}%\}|\$\{[A-Za-z_][A-Za-z_.]{1,40}\}|<\?(?:php\b|=)|<%=? ?[A-Za-z_]"
    rf"|%{_FIELD}%|\[{_FIELD}\]|\{{{_FIELD}\}}|\{{(?i:{_FIELD})\}}|{_TO_FILL}|{_WITHIN_ZH}"
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
