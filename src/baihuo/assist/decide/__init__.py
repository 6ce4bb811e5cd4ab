"""What a turn does, decided in code from calibrated probabilities and the plan of the tools, never in a prompt."""

from baihuo.assist.decide.language import language_of
from baihuo.assist.decide.next_state import OFFERED, state_after
from baihuo.assist.decide.plain import plain_understanding
from baihuo.assist.decide.plain_intent import P_PLAIN, meant_of_orders, plain_intent
from baihuo.assist.decide.rules import ANGRY, IDENTITY, PROVEN, asks_nothing, decide
from baihuo.assist.decide.small_talk import small_talk
from baihuo.assist.decide.thresholds import DEFAULT_THRESHOLDS, Thresholds, read_thresholds
from baihuo.assist.decide.uncalibrated import p_right_of, words_in_common

__all__ = [
    "ANGRY",
    "DEFAULT_THRESHOLDS",
    "IDENTITY",
    "OFFERED",
    "PROVEN",
    "P_PLAIN",
    "Thresholds",
    "asks_nothing",
    "decide",
    "language_of",
    "meant_of_orders",
    "p_right_of",
    "plain_intent",
    "plain_understanding",
    "read_thresholds",
    "small_talk",
    "state_after",
    "words_in_common",
]
