"""What a turn does, decided in code from calibrated probabilities and the plan of the tools, never in a prompt."""

from .language import language_of
from .next_state import state_after
from .plain import plain_understanding
from .plain_intent import P_PLAIN, meant_of_orders, plain_intent
from .rules import ANGRY, IDENTITY, PROVEN, decide
from .small_talk import small_talk
from .thresholds import DEFAULT_THRESHOLDS, Thresholds, read_thresholds
from .uncalibrated import p_right_of, words_in_common

__all__ = [
    "ANGRY",
    "DEFAULT_THRESHOLDS",
    "IDENTITY",
    "PROVEN",
    "P_PLAIN",
    "Thresholds",
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
