"""How often the check of words sends back what a generative model makes of the shop's sentences, and how long it takes.

    BAIHUO_GGUF=MODEL.gguf python bench/assist_llm.py --exam tests/assist/check/lies.yaml
    python bench/assist_llm.py --exam tests/assist/check/lies.yaml --llm http://127.0.0.1:8080/v1

The passages of an exam are answers; each is composed word for word, said again by the model and checked, as in a turn. ``sent`` is the
share whose new words went out, ``unchanged`` that came back word for word, ``sent_back`` those that the check stopped, by its first reason,
``failed`` the rest: no answer in ``--timeout`` seconds, nothing usable. ``p50_s`` and ``p95_s`` are of the clock: a model of half a
billion weights on two cores needs more than a turn has. ``model`` is the SHA-256 of the weights, or the name at the address.

``--show`` prints each pair of sentences with what the check found. A GGUF file needs ``pip install 'baihuo[llm]'``.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from baihuo.assist import AssistLlmSettings, Rephraser
from baihuo.core import BadInput
from baihuo.llm import ModelAddress, TurnChat, local_model
from suites.assist.rephrasings import Said, measured, said_again
from suites.shared.measure import emit
from suites.shared.paths import given


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exam", type=given, action="append", required=True, help="YAML of groups")
    parser.add_argument("--gguf", type=Path, help="the model; unset: $BAIHUO_GGUF")
    parser.add_argument("--llm", help="or an OpenAI-compatible address")
    parser.add_argument("--name", default="default", help="name of the model at --llm")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds of one answer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="also print the sentences")
    arguments = parser.parse_args()
    with _model(arguments) as where:
        settings = AssistLlmSettings(
            address=where.address,
            timeout_s=arguments.timeout,
            minutes_per_day=24 * 60,
            tokens_per_day=10**9,
        )
        rephraser = Rephraser(settings, TurnChat(where))
        rephraser.breaker.n_failures = 10**9  # each answer is measured
        for exam in arguments.exam:
            said = list(said_again(rephraser, exam))
            if arguments.show:
                _show(said)
            emit(exam=exam.name, model=where.identity, **measured(said, rephraser))
    return 0


def _model(arguments: argparse.Namespace) -> AbstractContextManager[ModelAddress]:
    if arguments.llm:
        return nullcontext(ModelAddress(arguments.llm, arguments.name, arguments.name))
    gguf = arguments.gguf or os.environ.get("BAIHUO_GGUF")
    if not gguf:
        raise BadInput("no model is named", fix="give --gguf FILE or --llm URL, or set BAIHUO_GGUF")
    return local_model(Path(gguf), threads=arguments.threads)


def _show(said: list[Said]) -> None:
    for one in said:
        print(f"{one.composed}\n  → {one.rephrased}\n  {one.problems}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadInput as error:
        sys.exit(str(error))
