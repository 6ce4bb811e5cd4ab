"""Courtesy: formulas around an answer that state nothing ("good question", 给您带来不便). They end, unlike words do."""

from __future__ import annotations

import re

_FORMULAS_EN = (
    r"(?:(?:good|great) (?:question|news|choice)|no (?:worries|problem|trouble)(?: at all)?|not a problem|don't worry|do not worry|"
    r"you're welcome|you are welcome|my pleasure|rest easy)(?=\s*[!.,:;–-])",
    r"\b(?:thanks|thank you)(?: (?:so|very) much)?(?: for (?:asking|writing|reaching out|getting in touch|your (?:question|message|patience|interest|understanding|order)))?(?=\s*[!.,:;–-]|$)",
    r"\b(?:(?:we are|we're|i am|i'm|i) )?(?:(?:so|very|really|truly) )?sorry(?: to hear (?:that|this|about (?:that|this|it)))?(?: (?:for|about) (?:the|this|that|any|all)(?: (?:inconvenience|trouble|wait|delay|mix-up))?)?(?=\s*[!.,:;–-]|$)",
    r"\b(?:(?:we|i) (?:do )?apologi[sz]e|(?:our|my|with) (?:sincere |sincerest )?apologies)(?: for (?:the|this|that|any) (?:inconvenience|trouble|wait|delay))?(?=\s*[!.,:;–-]|$)",
    # only at the beginning of a sentence: "it will definitely be there" is a promise
    r"(?:^|(?<=[.!?]\s))(?:of course|sure|sure thing|certainly|absolutely|definitely|gladly|with pleasure|yes|yep|right|okay|ok|hi|hello|hi there|hello there)(?=\s*[!.:;]|, )",
    r"\b(?:i|we) hope (?:this|that|it) helps?(?: you)?\b|\bhave a (?:nice|great|good|lovely) day\b|\bhappy shopping\b|\benjoy your (?:order|purchase|shopping)\b",
    r"\b(?:if you have|should you have|in case you have) (?:any )?(?:other |more |further )?questions?,?(?: please)?(?: just)? (?:let (?:us|me) know|ask(?: us| me)?|feel free to ask(?: us| me)?)\b",
    r"\b(?:happy|glad|pleased) to (?:help|assist)(?: you)?\b|\b(?:here is|here's) (?:the answer|what you need to know|how it works)\b|\bas (?:a|an) (?:quick )?(?:note|reminder)\b",
    r"\b(?:please )?(?:note|be aware|keep in mind|remember|bear in mind) that\b|\bit's worth (?:noting|knowing) that\b|\bjust so you know\b|\bin short\b|\bthat said\b|\bthat is\b(?=,)",
)
_FORMULAS_ZH = (
    r"(?:请您?|您)?(?:不用|不必|无需|请勿|别|不要)(?:太|过于)?(?:担心|着急|顾虑|紧张)|(?:请您?|您(?:可以)?|敬请)放心|(?<!不)没(?:有)?(?:问题|关系)(?=[,，。!！~、]|$)|不客气",
    r"(?:很|非常|十分|真|真的)?(?:抱歉|对不起|不好意思)(?:给您)?(?:造成|带来)?(?:了)?(?:的)?(?:不便|困扰|麻烦)?|(?:给|对)您(?:造成|带来)了?(?:的)?(?:不便|困扰|麻烦)(?:,|，)?(?:敬请|请|还请|望)?(?:谅解|见谅|理解)?|深表歉意|敬请(?:谅解|见谅)",
    r"(?:感谢|谢谢)您?(?:的)?(?:咨询|提问|理解|支持|耐心等待|来信|关注|惠顾)?|(?:很|非常)?高兴(?:能)?为您(?:服务|解答|效劳)|希望(?:能|可以|对您)?(?:帮到您|有帮助|有所帮助)|祝您?(?:购物|生活)(?:愉快|开心)",
    r"(?:如|若|如果)(?:您)?(?:还)?有(?:其他|任何|别的)?(?:疑问|问题)(?:的话)?(?:,|，)?(?:请|欢迎|可以?)?(?:随时)?(?:再)?(?:告诉我们?|问我们?|咨询我们?|提问)",
    r"(?:是这样的|具体如下|说明如下|如下|很简单|好消息(?:是)?|请注意|需要(?:提醒您|注意)(?:的)?(?:是)?|温馨提示|友情提示|提醒您(?:一下)?|简单来说|总之)(?=[,，:：。!！]|$)",
    r"(?:当然|可以|好|是|行|有|没错)的(?=[,，。!！~]|$)|(?:当然)(?:可以)?(?=[,，。!！])|亲(?:爱的)?(?=[,，~])|(?:可以|好|行|是的)(?:哦|呢|呀|啦)",
)
_COURTESY = re.compile("|".join((*_FORMULAS_EN, *_FORMULAS_ZH)))


def without_courtesy(text: str) -> str:
    """``text`` (folded) with spaces for formulas that state nothing, so that places stay.

    >>> without_courtesy("no worries! it takes 3 days.").strip()
    '! it takes 3 days.'
    """
    return _COURTESY.sub(lambda m: " " * len(m.group()), text)
