"""Import → clean (all checks) → features, ours beside a script written by hand; JSON lines.

Both read the same generated CSV (``suites/line/generator.py``: every kind of dirt a check of events looks
for, at fixed rates), find the same findings at a million events and more, and build the same point-in-time features
for a tenth of the impressions. Each runs in a process of its own, in turns: baihuo, and a plain DuckDB
script (``suites/line/by_hand``, whose rules are frozen). ``cpu_s`` is user + system time of that process, the median of ``--repeats``;
``spill_mb`` the most that lay in the spill folder at once. Last come the ratios.

The script's rules are frozen and ours are not, so ours also runs with the script's rules alone (``--rules script``; the other
checks are turned off by the ``skip`` of a ``quality.yaml``). ``more_rules`` then says what the others take, by step.

    python bench/line.py --events 1000000 --systems baihuo,by_hand --rules all,script --check
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

from suites.line.rules import RULES
from suites.line.spill import Spill
from suites.line.systems import STEP, Result, run_baihuo, run_by_hand
from suites.shared.measure import emit, peak_mb

SYSTEMS = ("baihuo", "by_hand")
Run = tuple[str, str]
"""A system and its rules: all or script."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=sizes, default="1e5,1e6,5e6", help="sizes, with commas")
    parser.add_argument("--systems", default="baihuo,by_hand", help=f"of {', '.join(SYSTEMS)}")
    parser.add_argument(
        "--rules",
        default="all",
        help="of ours: all, script (those that by_hand has), or all,script",
    )
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
            (arguments.one, arguments.rules),
            arguments.folder,
            memory_mb=arguments.memory_mb,
            threads=arguments.threads,
        )
        return
    chosen = [s for s in SYSTEMS if s in arguments.systems.split(",")]
    if unknown := set(arguments.systems.split(",")) - set(SYSTEMS):
        parser.error(f"no system {', '.join(sorted(unknown))}; there are {', '.join(SYSTEMS)}")
    of_ours = arguments.rules.split(",")
    if unknown := set(of_ours) - set(RULES):
        parser.error(f"no rules {', '.join(sorted(unknown))}; there are {', '.join(RULES)}")
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    results: dict[tuple[Run, int], Result] = {}
    for n_events in arguments.events:
        systems = chosen if n_events <= arguments.peers_up_to else ["baihuo"]
        rules = of_ours if n_events <= arguments.peers_up_to else of_ours[:1]
        runs = [(s, r) for s in systems for r in (rules if s == "baihuo" else ["script"])]
        with tempfile.TemporaryDirectory(prefix="line-", dir=arguments.folder) as name:
            folder = Path(name)
            _in_child(_make_command(folder, n_events, arguments.seed))
            for run, result in _compare(folder, n_events, runs, arguments).items():
                results[run, n_events] = result
                took = {k: v for k, v in result.items() if not k.startswith(STEP)}
                emit(system=run[0], rules=run[1], events=n_events, **took)
    _steps(results)
    _ratios(results)


def size(text: str) -> int:
    if not 1 <= float(text) < 1e12:
        raise ValueError(text)
    return int(float(text))


def sizes(text: str) -> list[int]:
    return [size(n) for n in text.split(",")]


def _compare(
    folder: Path, n_events: int, systems: list[Run], arguments: argparse.Namespace
) -> dict[Run, Result]:
    runs: dict[Run, list[Result]] = {run: [] for run in systems}
    for _ in range(arguments.repeats if n_events <= arguments.peers_up_to else 1):
        for run in systems:
            print(f"{n_events:,} events: {run[0]}, rules {run[1]}", file=sys.stderr)
            command = [sys.executable, __file__, "--one", run[0], "--rules", run[1]]
            command += ["--folder", str(folder), "--memory-mb", str(arguments.memory_mb)]
            command += ["--threads", str(arguments.threads)]
            runs[run].append(json.loads(_in_child(command)))
    if arguments.check:
        # Not at the top: a system's first stage includes the import of DuckDB.
        from suites.line.compare import differences

        by_hand = ("by_hand", "script")
        for run in systems if by_hand in systems else ():
            if run == by_hand:
                continue
            for line in differences(folder, _folder_of(run), _folder_of(by_hand)):
                print(line, file=sys.stderr)
    middles = {}
    for run, results in runs.items():
        middle = {name: statistics.median(r[name] for r in results) for name in results[0]}
        middles[run] = middle | {"us_per_row": round(middle["wall_s"] / n_events * 1e6, 3)}
    return middles


def _folder_of(run: Run) -> str:
    return "baihuo_script" if run == ("baihuo", "script") else run[0]


def _steps(results: dict[tuple[Run, int], Result]) -> None:
    """CPU seconds of ours by step; and with both sorts of rules, what those take that the script has not."""
    of_steps = {
        (rules, n): {k.removeprefix(STEP): v for k, v in result.items() if k.startswith(STEP)}
        for ((system, rules), n), result in results.items()
        if system == "baihuo"
    }
    for (rules, n), steps in of_steps.items():
        emit(steps="baihuo", rules=rules, events=n, cpu_s=_rounded(steps))
    for n in {n for _, n in of_steps if ("all", n) in of_steps and ("script", n) in of_steps}:
        more = {k: v - of_steps["script", n].get(k, 0.0) for k, v in of_steps["all", n].items()}
        emit(more_rules="all - script", events=n, cpu_s=_rounded(more))


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in seconds.items() if round(value, 2)}


def _ratios(results: dict[tuple[Run, int], Result]) -> None:
    """CPU against the others at each size, and time a row against the size nearest to a million."""
    for (run, n), ours in results.items():
        theirs = results.get((("by_hand", "script"), n))
        if theirs and run[0] == "baihuo":
            names = ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s")
            stages = {k: round(ours[k] / theirs[k], 3) for k in names}
            emit(ratio="baihuo / by_hand", rules=run[1], events=n, **stages)
    ours_at = {key: result for key, result in results.items() if key[0][0] == "baihuo"}
    base = min((n for _, n in ours_at), key=lambda n: abs(n - 1_000_000), default=0)
    for (run, n), result in ours_at.items():
        if n > base:
            at_base = ours_at[run, base]
            per_row = {k: result[k] / n / (at_base[k] / base) for k in ("cpu_s", "wall_s")}
            emit(
                ratio=f"a row, against {base:,} events",
                rules=run[1],
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


def _one(system: Run, folder: Path, *, memory_mb: int, threads: int) -> None:
    out = folder / _folder_of(system)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with Spill(out / "spill") as spill:
        if system[0] == "baihuo":
            stages = run_baihuo(folder, out, memory_mb, threads, system[1])
        else:
            stages = run_by_hand(folder, out, memory_mb, threads)
    total = {k: sum(stage[k] for stage in stages.values()) for k in ("cpu_s", "wall_s")}
    emit(
        **total,
        peak_mb=peak_mb(),
        spill_mb=spill.peak_mb,
        **{f"{name}_cpu_s": s["cpu_s"] for name, s in stages.items()},
        **{k: v for k, v in stages["clean"].items() if k.startswith(STEP)},
    )


if __name__ == "__main__":
    main()
