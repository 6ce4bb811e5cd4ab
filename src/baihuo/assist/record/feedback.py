"""What shoppers say of an answer."""

from __future__ import annotations

from enum import StrEnum


class FeedbackKind(StrEnum):
    """One sort of feedback. ``reasked`` is found by us: the same question again within a day."""

    THUMBS_UP = "thumbs_up"
    THUMBS_DOWN = "thumbs_down"
    RESOLVED = "resolved"
    NOT_RESOLVED = "not_resolved"
    REASKED = "reasked"


OPPOSITE = {
    FeedbackKind.THUMBS_UP: FeedbackKind.THUMBS_DOWN,
    FeedbackKind.THUMBS_DOWN: FeedbackKind.THUMBS_UP,
    FeedbackKind.RESOLVED: FeedbackKind.NOT_RESOLVED,
    FeedbackKind.NOT_RESOLVED: FeedbackKind.RESOLVED,
}
"""The last word counts: it replaces the opposite."""
