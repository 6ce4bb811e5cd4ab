"""The list of what is installed, as CycloneDX."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.nightly(reason="reads every installed file; CI makes and validates one by `make sbom`")
def test_the_sbom_keeps_to_its_schema_and_has_what_serving_needs(tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    out = tmp_path / "sbom.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    command = [str(tool), "environment", "--pyproject", "pyproject.toml", "--output-reproducible"]
    command += ["--of", "JSON", "-o", str(out), sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    text = out.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = json.loads(text)
    assert found["metadata"]["component"]["name"] == "baihuo"
    names = {re.sub(r"[-_.]+", "-", one["name"]).lower() for one in found["components"]}
    assert {"fastapi", "numpy", "duckdb", "lightgbm", "pyarrow", "uvicorn"} <= names
    assert all(one.get("purl") for one in found["components"] if one["name"] != "baihuo")
    assert str(ROOT) not in text
