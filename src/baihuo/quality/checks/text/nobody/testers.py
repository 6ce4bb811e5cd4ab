"""What says of itself that it is a test: "QA test - ignore", 自动化测试用例01. Of a tester's words alone, as "test kit" is not."""

from __future__ import annotations

import re

from baihuo.quality.checks.text.nobody.rule import Rule

_TEST_EN = (
    "test(?:s|ing|er|cases?)?|qa|uat|smoke|regression|sanity|load|stress|e2e|automat(?:ion|ed)|selenium|cypress|playwright|puppeteer|appium|jmeter|"
    "postman|monitor(?:ing)?|probe|synthetic"
)
_TEST_ZH = "测试|压测|联调|冒烟|自动化|回归|压力|性能|埋点|灰度|演练"
# what may only stand beside it
_BESIDE_EN = (
    "search(?:es)?|quer(?:y|ies)|keywords?|reviews?|comments?|texts?|messages?|data|cases?|users?|accounts?|orders?|products?|items?|entr(?:y|ies)|records?|"
    "scripts?|runs?|bots?|checks?|please|pls|ignored?|this|that|is|it|me|a|an|the|just|only|do|does|not|don'?t|never|publish|delete|remove|use|buy|ship|for|"
    "from|by|of|purposes?|internal|team|dev|staging|production|prod|demo|environment|env"
)
_BESIDE_ZH = (
    "用例|数据|流量|评论|评价|内容|文字|文本|搜索词|搜索|查询|关键词|关键字|订单|账号|用户|商品|脚本|环境|专用|人员|团队|开发|线上|生产|预发|监控|探测|验证|功能|"
    "接口|案例|这是|这个|一条|一个|一下|我是|的|请|勿|不要|别|无需|忽略|无视|删除|发布|审核|上线|下线|前|后|动|删|拍|发货|下单|理会|用"
)
_ASKS = (
    r"\b(?:ignored?|(?:do not|don'?t|never) (?:publish|use|buy|ship|delete|remove))\b|(?:delete|remove) (?:this|it|me)\b|"
    "忽略|无视|[勿别]|不要|删除"
)
_THING = (
    r"\b(?:search(?:es)?|quer(?:y|ies)|keywords?|reviews?|comments?|texts?|messages?|data|users?|accounts?|orders?|entr(?:y|ies)|records?|scripts?|runs?|cases?)\b|"
    "用例|数据|流量|评论|评价|内容|文字|文本|搜索|查询|关键[词字]|订单|账号|用户|脚本|环境|专用|人员"
)
_IS_ALONE = re.compile(
    rf"(?:[\W\d_]|(?<![a-z])(?:{_TEST_EN}|{_BESIDE_EN})(?![a-z])|{_TEST_ZH}|{_BESIDE_ZH})+", re.I
)
_WORD = re.compile(rf"(?<![a-z])(?:{_TEST_EN})(?![a-z])|{_TEST_ZH}", re.I)
_IS_TEST = re.compile(r"(?<![a-z])test|测试|压测|联调|(?<![a-z])(?:qa|uat)(?![a-z])", re.I)
_SAYS_SO = re.compile(f"{_ASKS}|{_THING}", re.I)
_LONGEST = 80


def is_of_testers(text: str) -> bool:
    """Whether a text is of a tester's words alone, and says so twice.

    >>> is_of_testers("QA test - ignore"), is_of_testers("回归测试数据，请勿发布"), is_of_testers("covid test"), is_of_testers("stress test")
    (True, True, False, False)
    """
    if len(text) > _LONGEST or not _IS_TEST.search(text) or not _IS_ALONE.fullmatch(text.strip()):
        return False
    words = [word.lower() for word in _WORD.findall(text)]
    return _SAYS_SO.search(text) is not None or max(map(words.count, words), default=0) >= 2


TESTERS = Rule("the words of a tester", r"test|测试|压测|联调|\b(?:qa|uat)\b", is_of_testers)
