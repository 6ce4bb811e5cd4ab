"""Which text is no JSON object: one rule for every check that reads attributes."""

from __future__ import annotations


def is_no_object(column: str) -> str:
    """SQL that is true where ``column`` holds other JSON, or none; null where it is null.

    A JSON text that begins with a brace is an object. ``json_type`` would raise an error on text that
    is no JSON, whatever stands before it in the condition.
    """
    begins_with_brace = f"left(ltrim({column}, E' \\t\\n\\r'), 1) = chr(123)"
    return f"NOT (json_valid({column}) AND {begins_with_brace})"
