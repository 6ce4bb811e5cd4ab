"""What stands in a search that nobody typed: parameters of an address, code, attacks, syllables that were still to become words."""

from __future__ import annotations

import re
from dataclasses import replace

from baihuo.quality.checks.text.nobody.machine import (
    ADDRESS,
    CELLS,
    FILE_NAME,
    MACHINE,
    MASH,
    MEDIA,
    REDACTED,
    SCRIPT,
    TIME,
)
from baihuo.quality.checks.text.nobody.offers import WITH_CONTACT
from baihuo.quality.checks.text.nobody.repeated import is_repeated
from baihuo.quality.checks.text.nobody.rule import Rule, matches
from baihuo.quality.checks.text.nobody.testers import TESTERS

_SYLLABLE = re.compile(
    "(?:[bpmf]|[dtnl]|[gkh]|[jqx]|[zcs]h?|r|y|w)?(?:a|ai|an|ang|ao|e|ei|en|eng|er|i|ia|ian|iang|iao|ie|in|ing|iong|iu|o|ong|ou|u|ua|uai|uan|uang|ui|un|uo|v|ve|ue|van|vn)"
)
_PARAMETER = r"[?&#;][A-Za-z_][\w.\[\]-]{0,30}=[^\s&]*"
_PARAMETERS = (
    rf"\S{_PARAMETER}(?:&\S*)?\s*$|(?:^|[/?&])(?:q|k|kw|wd|word|query|keyword|keywords|search|text|term|s|p)=\S|"
    r"[?&](?:utm_\w+|spm|gclid|fbclid|page|sort|cat|category|filter|lang|ref|from|source|sid|ajax)(?:=|\b)"
)
ATTACK = (
    r"['\"]\s*\)?\s*(?:or|and|\|\||&&)\s*\(?\s*['\"]?\w*['\"]?\s*(?:=|like\b|>|<)|\b(?:or|and)\s+(\d+)\s*=\s*\1\b|\bunion\s+(?:all\s+)?select\b|\bselect\s+(?:\*|count\b|distinct\b|top\s+\d|[\w.]+\s*,[^;]{1,80}\bfrom\b|[\w.]+\s+from\s+(?:users?|admin|dual|\w+\s+where))|\binsert\s+into\b|"
    r"\b(?:drop|alter|truncate)\s+(?:table|database)\b|\bdelete\s+from\s+\w|\bupdate\s+\w+\s+set\s+\w+\s*=|\b(?:pg_)?sleep\s*\(|\bbenchmark\s*\(|\bwaitfor\s+delay\b|xp_cmdshell|information_schema|"
    r"\bexec(?:ute)?\s*\(|\bchar\s*\(\d|\bconcat\s*\(|\border\s+by\s+\d+\s*(?:--|#|$)|['\")]\s*;?\s*(?:--|#)\s*$|/\*.*\*/|"
    r"<\s*/?(?:script|img|svg|iframe|body|a)\b|\bon(?:error|load|click|mouseover)\s*=|\balert\s*\(|document\.(?:cookie|location)|\$\{jndi:|\{\{.*\}\}|"
    r"\.\.[/\\]\.\.|/etc/(?:passwd|shadow|hosts)|\bwin\.ini\b|cmd\.exe|/bin/(?:ba)?sh|(?:[;|`]|&&)\s*(?:cat\s+[/~.$]|(?:ls|id|whoami|uname)\s*(?:-\w+\s*)?(?:$|[;|&`])|(?:wget|curl|ping|nc)\s+(?:-|https?:|\d))|\$\((?:id|whoami|cat)|"
    r"%00|%0[ad]|\bphpinfo\b|wp-(?:login|admin)|\.(?:env|git/config|htaccess)\b|\bphp://|\bfile://|\bldap://|"
    r"ignore (?:all )?(?:the )?(?:previous|prior|above) instructions|system prompt|忽略(?:之前|以上|前面)的?(?:所有|全部)?(?:指令|提示)"
)
_LANGUAGE = (
    r"^\*:\*$|\b[a-z_]{2,20}:(?:\"|\(|\[|\*)|\b(?:match_all|must_not|query_string|multi_match|minimum_should_match)\b|\b(?:site|inurl|intitle|filetype|intext):\S|"
    r"\b[a-z_]+_id:\S|(?<=[a-z0-9])(?<![cdkm\d ]m)\^\d+(?:\.\d)?(?:\s|$)|[^\W\d_]~[0-2](?:\.\d)?(?:\s|$)|\([^()]+\b(?-i:OR|AND)\b[^()]+\)|^[+]\S+ [+-]\S+"
)
_SOUGHT = "(?:favou?rite )?(?:products?|items?|brands?|categor(?:y|ies)|stores?|shops?|sellers?|deals|styles|goods|titles|designers)"
_OF_THE_FIELD = (
    rf"^\W*(?:search|search (?:for |our |all |the |your )*{_SOUGHT}(?:(?:,|/| &| and| or|, and|, or) ?{_SOUGHT})*(?: (?:and|&|or) more)?(?: here)?|search (?:the )?(?:entire|whole) (?:store|shop|site|catalog\w*)(?: here)?|search (?:here|now|products?|items?|anything|everything|our (?:store|shop|site|catalog\w*)|the (?:store|shop|site)|for (?:products?|items?|anything|brands?).{0, 30}|by .{1, 30}|keywords?|term|text|query|box)|"
    r"(?:hi,? |hello,? )?(?:what are you looking for|what can we help you (?:find|with)|how can we help(?: you)?)(?: today)?|i'?m looking for|type (?:here|something|to search|your search|a keyword)|(?:enter|type in) (?:a |your |the )?(?:keywords?|search(?: term| terms)?|text|query|product name).{0,20}|find (?:products?|anything) .{0,20}|"
    r"start typing|looking for something|try searching.{0,30}|recent searches|popular searches|no results(?: found)?|clear all|loading ?\.{2,})\W*$|"
    r"^\W*(?:请(?:您)?(?:输入|填写|搜索).{0,14}|(?:输入|键入)(?:您要|你要|要)?(?:搜索|查找)?的?(?:关键[词字]|商品|宝贝|内容|商品名称|店铺).{0,8}|搜索(?:商品|宝贝|关键[词字]|店铺|内容|框|本店|全站|历史|发现|一下)?(?:[/、或](?:商品|店铺|品牌|宝贝)){0,2}|"
    r"(?:搜一搜|搜一下|大家都在搜|猜你想搜|热门搜索|搜索历史|历史搜索|清空历史|没有找到相关.{0,8}|加载中|(?:今天)?(?:您|你)?想(?:找|买|搜)(?:点|些)?什么|搜你想要的?|搜索?(?:您|你)?(?:想要|喜欢|感兴趣)的.{0,6}|搜索你想要的.{0,6}))\W*$"
)
_DUMMY = r"lorem ipsum|dolor sit amet|^\W*(?:test|testing|测试)[ _-]?(?:query|search|keyword|搜索|关键词|查询)?[ _-]?\d{0,6}\W*$|^\W*(?:foo|foobar|foo bar|hello world|qa test|smoke test|load test|autotest\w*|ping|healthcheck|health check)\W*\d*$"
_SHARED = r"【.{2,12}】.{0,10}https?://|https?://\S+.{0,30}(?:「|CZ\d+|HU\d+|MF\d+)|[￥₤€$¢][A-Za-z0-9]{10,13}[￥₤€$¢]|复制.{0,14}(?:打开|淘|口令)|(?:长按|複製|复制)(?:此|这|本)?条"
# no blank in it, and a word of three letters on both sides, or several signs: "a+b", "C+E" and "耳机+充电器" are typed
_ASCII = r"[\w'.&-]"
_WITH_PLUS = rf"(?a)^\s*(?:(?=\S*[a-z]{{3}})(?:{_ASCII}+\+){{2,}}{_ASCII}+|{_ASCII}*[a-z]{{3}}{_ASCII}*\+{_ASCII}*[a-z]{{3}}{_ASCII}*)\s*$"


def is_half_typed(text: str) -> bool:
    """Whether a text holds syllables of pinyin as an input method parts them, before they become words.

    >>> is_half_typed("hei'se'shuang'jian'bao"), is_half_typed("黑色shuang'jian'bao"), is_half_typed("rock'n'roll")
    (True, True, False)
    """
    runs = re.findall("(?<![a-zü])[a-zü]++(?:['’][a-zü]++)+", text.lower())
    for run in runs:
        parts = re.split("['’]", run)
        full = [part for part in parts if _SYLLABLE.fullmatch(part)]
        is_of_han = re.search("[一-龥]", text) is not None
        # the last may be begun only: shuang'jian'b
        if len(full) >= len(parts) - 1 and (len(parts) >= 3 or (is_of_han and len(full) == 2)):
            return True
    return re.search("[\u3105-\u312f]{2}", text) is not None


QUERY_RULES: tuple[Rule, ...] = (
    SCRIPT,
    Rule(
        "an attack",
        r"['\"()<>{};|$&`#*=]|\.\.|%0|select|insert|drop|delete|union|passwd|instructions|prompt|忽略|wp-|phpinfo|\.env|\.git|\.htaccess|xp_|schema|order +by|update|waitfor|win\.ini|cmd\.exe|(?:or|and) +\d",
        matches(ATTACK),
    ),
    MEDIA,
    REDACTED,
    TIME,
    *MACHINE,
    ADDRESS,
    replace(FILE_NAME, is_whole=False),
    Rule("a search with parameters of an address", r"=|[?&](?:utm|spm)", matches(_PARAMETERS)),
    Rule(
        "words parted by plus signs, as in an address",
        r"[a-z]{2}\+[a-z0-9]",
        matches(_WITH_PLUS),
    ),
    WITH_CONTACT,
    Rule(
        "the language of a search engine",
        r"[:^~*]|\(.+\)|^\+|must_not|query_string|multi_match|minimum_should",
        matches(_LANGUAGE),
    ),
    Rule(
        "words that stand in an empty field",
        "search|looking|find|typ(?:e|ing)|enter|clear|loading|results|搜|输入|键入|请|找|想[买搜]|help|清空|加载",
        matches(_OF_THE_FIELD),
        is_whole=True,
    ),
    Rule("syllables that were still to become words", "['’]|[\u3105-\u312f]{2}", is_half_typed),
    Rule("a dummy text", "lorem|dolor|test|测试|foo|hello|ping|health", matches(_DUMMY)),
    TESTERS,
    Rule("what an application copies for sharing", "复制|複製|长按|[￥₤€$¢]|://", matches(_SHARED)),
    CELLS,
    MASH,
    Rule("one text twice", "", is_repeated),
)
