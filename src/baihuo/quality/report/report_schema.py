"""The JSON Schema of ``report.json``, made from its classes."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from baihuo.quality.report.report import SCHEMA_VERSION, QualityReport

NAME = "quality_report"


def report_schema() -> dict[str, Any]:
    """Draft 2020-12. Stable: fields are added, and ``schema_version`` rises when one changes or goes."""
    schema = TypeAdapter(QualityReport).json_schema(mode="serialization")
    messages = {"type": "array", "items": {"type": "string"}}
    count = {"$ref": "#/$defs/StepCount"}
    first = {
        "schema_version": {"const": SCHEMA_VERSION},
        "verdict": {"enum": ["ok", "warn", "stop"]},
        "tables": {
            "type": "object",
            "properties": {"events": count, "products": count},
            "required": ["events", "products"],
        },
        "stops": messages,
        "warnings": messages,
        "noted": {"type": "object", "additionalProperties": {"type": "integer"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://baihuo.dev/schemas/{NAME}.schema.json",
        **schema,
        "properties": {**first, **schema["properties"]},
        "required": [*first, *schema["properties"]],
    }
