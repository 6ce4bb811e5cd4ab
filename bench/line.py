"""Import → clean (all checks) → features, ours beside a script written by hand; JSON lines.

Both read the same generated CSV (``suites/line/generator.py``: every kind of dirt a check of events looks
for, at fixed rates), find the same findings at a million events and more, and build the same point-in-time features
for a tenth of the impressions. Each runs in a process of its own, in turns: baihuo, and a plain DuckDB
script (``suites/line/by_hand``, whose rules are frozen). ``cpu_s`` is user + system time of that process, the median of ``--repeats``;
``spill_mb`` the most that lay in the spill folder at once. Last come the ratios.

    python bench/line.py --events 1000000 --systems baihuo,by_hand --check
    python bench/line.py --events 1e6,1e7,5e7 --systems baihuo
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from suites.line.spill import Spill
from suites.line.systems import Result, run_baihuo, run_by_hand
from suites.shared.measure import emit, peak_mb

SYSTEMS = ("baihuo", "by_hand")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=sizes, default="1e5,1e6,5e6", help="sizes, with commas")
    parser.add_argument("--systems", default="baihuo,by_hand", help=f"of {', '.join(SYSTEMS)}")
    parser.add_argument(
        "--peers-up-to", type=float, default=5e6, help="beyond this size ours runs alone, and once"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--repeats", type=size, default=1, help="turns of A B; the median is reported"
    )
    parser.add_argument("--memory-mb", type=int, default=2048, help="what tables may take")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument(
        "--check", action="store_true", help="compare findings, rows and features, too"
    )
    parser.add_argument("--one", choices=SYSTEMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _one(
            arguments.one,
            arguments.folder,
            memory_mb=arguments.memory_mb,
            threads=arguments.threads,
        )
        return
    chosen = [s for s in SYSTEMS if s in arguments.systems.split(",")]
    if unknown := set(arguments.systems.split(",")) - set(SYSTEMS):
        parser.error(f"no system {', '.join(sorted(unknown))}; there are {', '.join(SYSTEMS)}")
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    results: dict[tuple[str, int], Result] = {}
    for n_events in arguments.events:
        systems = chosen if n_events <= arguments.peers_up_to else ["baihuo"]
        with tempfile.TemporaryDirectory(prefix="line-", dir=arguments.folder) as name:
            folder = Path(name)
            _in_child(_make_command(folder, n_events, arguments.seed))
            for system, result in _compare(folder, n_events, systems, arguments).items():
                results[system, n_events] = result
                emit(system=system, events=n_events, **result)
    _ratios(results)


def size(text: str) -> int:
    if not 1 <= float(text) < 1e12:
        raise ValueError(text)
    return int(float(text))


def sizes(text: str) -> list[int]:
    return [size(n) for n in text.split(",")]


def _compare(
    folder: Path, n_events: int, systems: list[str], arguments: argparse.Namespace
) -> dict[str, Result]:
    runs: dict[str, list[Result]] = {system: [] for system in systems}
    for _ in range(arguments.repeats if n_events <= arguments.peers_up_to else 1):
        for system in systems:
            print(f"{n_events:,} events: {system}", file=sys.stderr)
            command = [sys.executable, __file__, "--one", system, "--folder", str(folder)]
            command += ["--memory-mb", str(arguments.memory_mb)]
            command += ["--threads", str(arguments.threads)]
            runs[system].append(json.loads(_in_child(command)))
    if arguments.check:
        # Not at the top: a system's first stage includes the import of DuckDB.
        from suites.line.compare import differences

        for system in systems[1:]:
            for line in differences(folder, systems[0], system):
                print(line, file=sys.stderr)
    middles = {}
    for system, results in runs.items():
        middle = {name: statistics.median(r[name] for r in results) for name in results[0]}
        middles[system] = middle | {"us_per_row": round(middle["wall_s"] / n_events * 1e6, 3)}
    return middles


def _ratios(results: dict[tuple[str, int], Result]) -> None:
    """CPU against the others at each size, and time a row against the size nearest to a million."""
    for (system, n), result in results.items():
        ours = results.get(("baihuo", n))
        if ours and system != "baihuo":
            stages = {
                k: ours[k] / result[k]
                for k in ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s")
            }
            emit(
                ratio=f"baihuo / {system}", events=n, **{k: round(v, 3) for k, v in stages.items()}
            )
    base = min(
        (n for s, n in results if s == "baihuo"), key=lambda n: abs(n - 1_000_000), default=0
    )
    for (system, n), result in results.items():
        if system == "baihuo" and n > base:
            at_base = results[system, base]
            per_row = {k: result[k] / n / (at_base[k] / base) for k in ("cpu_s", "wall_s")}
            emit(
                ratio=f"a row, against {base:,} events",
                events=n,
                **{k: round(v, 3) for k, v in per_row.items()},
            )


def _make_command(folder: Path, n_events: int, seed: int) -> list[str]:
    script = (
        "from suites.line.generator import make; from pathlib import Path; "
        f"make(Path({str(folder)!r}), n_events={n_events}, seed={seed})"
    )
    return [sys.executable, "-c", script]


def _in_child(command: list[str]) -> str:
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    ).stdout


def _one(system: str, folder: Path, *, memory_mb: int, threads: int) -> None:
    out = folder / system
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    run = {"baihuo": run_baihuo, "by_hand": run_by_hand}[system]
    with Spill(out / "spill") as spill:
        stages = run(folder, out, memory_mb, threads)
    total = {k: sum(stage[k] for stage in stages.values()) for k in ("cpu_s", "wall_s")}
    emit(
        **total,
        peak_mb=peak_mb(),
        spill_mb=spill.peak_mb,
        **{f"{name}_cpu_s": s["cpu_s"] for name, s in stages.items()},
    )


if __name__ == "__main__":
    main()
