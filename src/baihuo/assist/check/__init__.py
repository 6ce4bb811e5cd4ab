"""Words held against their sources: a number, date, id, name, promise or denial that no cited passage has is not sent."""

from .check import WordsCheck, check_reply
from .checked import Checked, Doubt, Reason

__all__ = ["Checked", "Doubt", "Reason", "WordsCheck", "check_reply"]
