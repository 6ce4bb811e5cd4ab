"""Intents, entities and what is not the shop's business, of a shopper's message; JSON lines.

    python bench/assist_intent.py --train ../shared/data/support/bitext_train.csv --test ../shared/data/support/bitext_validation.csv
    python bench/assist_intent.py --train TRAIN --valid VALID --test TEST --seed 3 --systems baihuo

Files have the columns utterance,intent,entity_type,entity_value,start_offset,end_offset. TRAIN alone is learned from: VALID is measured on
too, and named in the lines. Without --test, a part of TRAIN is held back.

accuracy, macro_f1        of intents
accuracy_typos            each letter wrong with a probability of 0.1: replaced, dropped, doubled or swapped (digits stay); mean of three draws
entity_f1                 exact place and kind
entity_f1_unseen          the same with other values at the entities: numbers, names, places and plans that are in no list of the training
auroc_out_of_domain       the messages of the file against questions of sixteen other trades (suites/assist_intent/other_trades.py), which
                          training knows nothing of; auroc_same_words: theirs in a shop's own words; auroc_out_of_domain_zh: what a shop is asked in Chinese against twelve trades
ece                       calibration of the intent's probability: mean distance of probability and accuracy, ten bins
ms                        CPU of a message

tfidf    TF-IDF of words, pairs and parts of words, logistic regression; regular expressions; largest probability
baihuo   what `baihuo assist train` fits, read from its files
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence

import numpy as np

from baihuo.assist.learning.utterance_rows import Utterance, read_utterances
from suites.assist_intent.other_trades import questions
from suites.assist_intent.systems import SYSTEMS, Read, System
from suites.assist_intent.unseen import with_new_values, with_wrong_letters
from suites.shared.measure import emit
from suites.shared.paths import given

_HELD_BACK = 0.15
_DRAWS = 3
SHOP_ZH = "这件衣服还有大码吗|我的快递怎么还不到|想退掉昨天买的鞋|换个尺码可以吗|退款几天能到账|帮我取消订单|收货地址写错了|能开发票吗|优惠券怎么用不了|这款耳机支持降噪吗|发的什么快递|收到的杯子碎了|少发了一件|可以货到付款吗|保修期多长|有没有现货|能便宜点吗|什么时候打折|怎么申请换货|运费险怎么赔|洗了会掉色吗|我要投诉你们|转人工客服|账号密码忘了|怎么修改手机号|包装盒丢了还能退吗|赠品没收到|怎么查物流|能不能改成顺丰|付款失败了|预售的什么时候发|是正品吗|有红色的吗|一米六五穿什么码|可以送到公司吗|怎么评价商品".split(
    "|"
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--train", type=given, required=True, help="labelled messages to learn from"
    )
    parser.add_argument("--valid", type=given, help="others to measure on, too")
    parser.add_argument("--test", type=given, help="others to measure on")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--systems", default="tfidf,baihuo")
    arguments = parser.parse_args()
    rows = read_utterances(arguments.train)
    parts = {
        name: read_utterances(file)
        for name, file in (("valid", arguments.valid), ("test", arguments.test))
        if file is not None
    }
    if not parts:
        rows, parts["held_back"] = held_back(rows, arguments.seed)
    for name in arguments.systems.split(","):
        start = time.process_time()
        system = SYSTEMS[name](rows, arguments.seed)
        train_cpu_s = time.process_time() - start
        for part, tested_on in parts.items():
            figures = measure(system, tested_on, arguments.seed)
            emit(system=name, part=part, n=len(tested_on), **figures, train_cpu_s=train_cpu_s)


def held_back(rows: Sequence[Utterance], seed: int) -> tuple[list[Utterance], list[Utterance]]:
    """Most rows to learn from, and the others."""
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    n = round(_HELD_BACK * len(rows))
    return shuffled[n:], shuffled[:n]


def measure(system: System, rows: Sequence[Utterance], seed: int) -> dict[str, float]:
    """All figures of a system on labelled messages."""
    from sklearn.metrics import f1_score

    start = time.process_time()
    said = [system.read(u.text) for u in rows]
    ms = (time.process_time() - start) * 1e3 / len(rows)
    truth = np.array([u.intent for u in rows])
    found = np.array([r.intent for r in said])
    typed = [
        [
            system.read(with_wrong_letters(u.text, seed + 1_000_003 * draw + at)).intent
            for at, u in enumerate(rows)
        ]
        for draw in range(_DRAWS)
    ]
    unseen = [with_new_values(u, seed + at) for at, u in enumerate(rows)]
    ours_zh = [system.read(text).ours for text in SHOP_ZH]
    return {
        "accuracy": float((found == truth).mean()),
        "macro_f1": float(f1_score(truth, found, average="macro")),
        "accuracy_typos": float(np.mean([np.array(t) == truth for t in typed])),
        "entity_f1": entity_f1(rows, said),
        "entity_f1_unseen": entity_f1(unseen, [system.read(u.text) for u in unseen]),
        "auroc_out_of_domain": auroc(system, [r.ours for r in said], "en"),
        "auroc_same_words": auroc(system, [r.ours for r in said], "en", same_words=True),
        "auroc_out_of_domain_zh": auroc(system, ours_zh, "zh"),
        "ece": calibration_error(np.array([r.p_intent for r in said]), found == truth),
        "ms": ms,
    }


def entity_f1(rows: Sequence[Utterance], said: Sequence[Read]) -> float:
    """Micro F1 of exact places and kinds."""
    right = sum(len({*u.marked} & {*r.entities}) for u, r in zip(rows, said, strict=True))
    n_true, n_found = sum(len(u.marked) for u in rows), sum(len(r.entities) for r in said)
    return 2 * right / max(n_true + n_found, 1)


def auroc(
    system: System, ours: Sequence[float], language: str, *, same_words: bool = False
) -> float:
    """Of messages of the shop against questions of other trades."""
    from sklearn.metrics import roc_auc_score

    others = [system.read(text).ours for text in questions(language, same_words=same_words)]
    labels = [1] * len(ours) + [0] * len(others)
    return float(roc_auc_score(labels, [*ours, *others]))


def calibration_error(p: np.ndarray, is_right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [
        abs(p[bins == b].mean() - is_right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return float(sum(gaps))


if __name__ == "__main__":
    main()
