"""Each tool in a process of its own: what it flagged, its CPU and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from baihuo.dirt import Key
from suites.quality_peers.score import read_flagged

HERE = Path(__file__).resolve().parent
RULES = HERE / "rules"
WITH_RULES = ("great_expectations", "soda", "pandera", "pointblank")
OF_COPIES = ("rensa", "datasketch", "splink")
TOOLS = ("baihuo", *WITH_RULES, *OF_COPIES)
_SHARED = {  # files that a tool reads besides its own rules
    **dict.fromkeys(WITH_RULES, ("views.sql", "lists.py")),
    **dict.fromkeys(("rensa", "datasketch"), ("title_words.py",)),
    "soda": ("views.sql", "soda_rules.yml"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one tool did with one folder of rows."""

    flagged: frozenset[Key]
    cpu_s: float
    peak_mb: int


def python_of(environment: Path) -> Path:
    """The interpreter of the tools' environment, which is made (pip needs a network) where there is none."""
    python = environment / "bin" / "python"
    if not python.exists():
        print(f"installing the tools into {environment}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "-r", str(HERE / "requirements.txt")], check=True)
    return python


def run_tool(
    tool: str, folder: Path, keys: dict[str, list[Key]], *, python: Path, now_us: int
) -> Run:
    """Run a tool over ``raw_events.parquet`` and ``raw_products.parquet`` of a folder, whose lines have these keys.

    Raises:
        RuntimeError: the tool failed; its last words are in the message.
    """
    command = [str(python), str(HERE / "run_rules.py"), tool, str(folder)]
    if tool == "baihuo":
        command = [
            sys.executable,
            str(HERE / "run_ours.py"),
            str(folder),
            str(folder),
            str(now_us),
        ]
    log = folder / f"{tool}.log"
    with log.open("wb") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file, env=_environment())
        _, status, used = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"{tool} failed: {log.read_text(errors='replace')[-2000:]}")
    return Run(
        read_flagged(folder / f"{tool}.csv", keys),
        used.ru_utime + used.ru_stime,
        round(int((folder / f"{tool}.peak_kb").read_text()) / 1024),
    )


def _environment() -> dict[str, str]:
    """One thread for each: what is compared is work, not how many cores there are."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    return {**os.environ, **one, "PYTHONWARNINGS": "ignore", "PANDERA_LOG_LEVEL": "ERROR"}


def config_lines(tool: str) -> int:
    """Lines of rules that a user of the tool writes and keeps, without blank ones and comments."""
    if tool == "baihuo":
        return 0  # all checks run by default
    files = [RULES / f"{tool}_rules.py", *(RULES / name for name in _SHARED.get(tool, ()))]
    lines = [line.strip() for path in files for line in path.read_text("utf-8").splitlines()]
    return sum(bool(line) and not line.startswith(("#", "--")) for line in lines)
