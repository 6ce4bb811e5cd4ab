"""Words held against their sources: a number, date, id, name, promise or denial that no cited passage has is not sent."""

from baihuo.assist.check.check import WordsCheck, check_reply
from baihuo.assist.check.checked import Checked, Doubt, Reason

__all__ = ["Checked", "Doubt", "Reason", "WordsCheck", "check_reply"]
