"""Run every benchmark on the data at hand and keep its lines in ``bench/results``.

Each file starts with one line that says where and on which commit of the code it was measured; `python bench/tables.py --check` says
which are older than what they measure. What no table draws is printed and not kept (``suites/tables/recorded.py``).

    python bench/record.py                       # all
    python bench/record.py search_icecat retail  # some
    python bench/record.py independent --seeds 1019 1020 1021  # seeds that no change was made for
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from suites.tables.recorded import recorded

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"


def _commands(data: Path, work: Path, seeds: list[int] | None = None) -> dict[str, list[str]]:
    """Arguments of each benchmark. ``seeds``: of the independent exam."""
    icecat, retail = data / "icecat", work / "retail"
    amazon = [
        f"amazon_seq/{n}.item.json.gz" for n in ("Office_Products", "Industrial_and_Scientific")
    ]
    titles = [icecat, *(data / n for n in ("zh/jd_titles.jsonl", *amazon))]
    return {
        **_searches(data, work),
        "retail": ["--train", str(retail / "train.csv"), "--test", str(retail / "test.csv")],
        "next_item_office": _next_item(data, "Office_Products"),
        "next_item_industrial": _next_item(data, "Industrial_and_Scientific"),
        "judged": [],
        "judged_pooled": ["--seeds", "5310,5311,5312"],
        **_service(data / "support", work),
        **_training(),
        "rank": [],
        "ctr": [],
        **_serving(icecat),
        "near_duplicates": ["--data", *map(str, titles)],
        "cleaning": [
            *("--train", str(retail / "train.csv"), "--test", str(retail / "test.csv")),
            *("--ours", "raw"),
        ],
        "cleaning_search": ["--icecat", str(icecat), "--work", str(work)],
        **_checks(data, seeds),
    }


def _checks(data: Path, seeds: list[int] | None) -> dict[str, list[str]]:
    return {
        "real_dirt_retail": ["--data", str(data / "online_retail"), "--format", "online_retail"],
        "real_dirt_icecat": ["--data", str(data / "icecat"), "--format", "icecat"],
        **_independent(data, seeds),
        **_cost_and_promise(data / "online_retail"),
        "quality_peers": ["--seed", "7", "--data", str(data / "online_retail")],
        "line": [
            *("--events", "1e6,1e7,5e7", "--systems", "baihuo,by_hand", "--rules", "all,script"),
            *("--peers-up-to", "1e6", "--repeats", "3", "--memory-mb", "3072", "--check"),
        ],
    }


def _independent(data: Path, seeds: list[int] | None) -> dict[str, list[str]]:
    """All hands of dirt. Real files are large and slow: one seed unless others are given."""
    retail = data / "online_retail" / "transactions.csv.gz"
    simulated, real = seeds or [1019, 1020, 1021], seeds or [1003]
    return {
        "independent": ["--seeds", *map(str, simulated)],
        "independent_icecat": ["--seeds", *map(str, real), "--data", str(data / "icecat")],
        "independent_retail": ["--seeds", *map(str, real), "--data", str(retail)],
    }


def _service(data: Path, work: Path) -> dict[str, list[str]]:
    exams = ROOT / "bench" / "exams"
    halves = ("choosing", "choosing_more", "reporting", "sample_reporting")
    words = [exams / f"words_{half}.yaml" for half in halves]
    pairs = [
        *("--questions", str(data / "jddc_trainQuestions.txt")),
        *("--answers", str(data / "jddc_trainAnswers.txt")),
    ]
    return {
        "assist_retrieval": [*pairs, "--seed", "7"],
        "assist_turn": ["--entries", "10000,100000", *pairs],
        "assist_intent": [
            *("--train", str(data / "bitext_train.csv")),
            *("--test", str(data / "bitext_validation.csv")),
        ],
        "assist_tools": [
            *("--data", str(data / "taubench"), "--make", "300", "--seed", "7"),
            *("--tasks", str(work / "assist_tasks.json")),
            *("--violations", str(exams / "violations.yaml")),
        ],
        "assist_words": [part for exam in words for part in ("--exam", str(exam))],
    }


def _cost_and_promise(retail: Path) -> dict[str, list[str]]:
    return {
        "value": ["--seed", "61", "62", "63", "64", "65"],
        "value_retail": ["--data", str(retail)],
        "false_alarms": ["--seed", "62", "--months", "240"],
        "false_alarms_retail": ["--data", str(retail)],
    }


def _training() -> dict[str, list[str]]:
    return {
        "train": [],
        "train_rows": [
            *("--rows", "1e6,1e7,5e7", "--systems", "baihuo", "--modes", "256-128"),
            *("--seeds", "1", "--threads", "1"),
        ],
    }


def _serving(icecat: Path) -> dict[str, list[str]]:
    return {
        "serve": ["--data", str(icecat)],
        "serve_models": ["--data", str(icecat), "--only-ratio"],
        "abuse": [],
        "overload": [],
        "durability": [],
        "floods": ["--seeds", "32", "33"],
        "walk": [],
    }


def _searches(data: Path, work: Path) -> dict[str, list[str]]:
    icecat = data / "icecat"
    return {
        "search_icecat": ["--data", str(icecat), "--ratings", str(icecat / "ratings.csv")],
        "search_zh": ["--titles", str(data / "zh" / "jd_titles.jsonl"), "--seed", "11"],
        "written": [
            *("--icecat", str(icecat), "--titles", str(data / "zh" / "jd_titles.jsonl")),
            *("--set", "report"),
        ],
        "wishes": [
            *("--icecat", str(icecat), "--titles", str(data / "zh" / "jd_titles.jsonl")),
            *("--sample", "new", "--set", "report"),
        ],
        "filtered_recall": [
            *("--data", str(icecat), "--products", "100000", "--seed", "1", "--queries", "120"),
            *("--work", str(work / "scale")),
        ],
        "retrieve": [
            *("--data", str(icecat), "--products", "19406,100000", "--work", str(work / "scale"))
        ],
    }


def _next_item(data: Path, name: str) -> list[str]:
    folder = data / "amazon_seq"
    items, train = folder / f"{name}.item.json.gz", folder / f"{name}_valid.csv.gz"
    return ["--items", str(items), "--train", str(train), "--seed", "7"]


def script(name: str) -> str:
    """Which file measures it: ``value_retail`` is ``value`` with other arguments, ``independent`` is an exam of the checks."""
    name = name.replace("independent", "quality", 1)
    while not (ROOT / "bench" / f"{name}.py").exists() and "_" in name:
        name = name.rpartition("_")[0]
    return name


def _split_retail(source: Path, out: Path, *, weeks: int = 6) -> None:
    """The last ``weeks`` of the log become the test file; both keep every raw row."""
    import duckdb

    out.mkdir(parents=True, exist_ok=True)
    rows = f"read_csv('{source}', all_varchar = true)"
    cut = f"(SELECT max(InvoiceDate::TIMESTAMP) - INTERVAL {weeks} WEEK FROM {rows})"
    for name, sign in (("train", "<="), ("test", ">")):
        duckdb.execute(
            f"COPY (SELECT * FROM {rows} WHERE InvoiceDate::TIMESTAMP {sign} {cut}) "
            f"TO '{out / name}.csv' (HEADER)"
        )


def _machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = f"{len(names)} × {names[0]}" if names else model
    return f"{model}, {platform.system()}, Python {platform.python_version()}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="which benchmarks (default: all)")
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        help="of the independent exam, 1000 and above; each is for one change alone (default: the last ones)",
    )
    arguments = parser.parse_args()
    work = ROOT / "bench" / "out"
    commands = _commands(arguments.data.resolve(), work, arguments.seeds)
    if arguments.seeds and not all(n.startswith("independent") for n in arguments.names or [""]):
        parser.error("--seeds is of the independent exam: name independent, independent_icecat, …")
    if any(seed < 1000 for seed in arguments.seeds or []):
        parser.error("--seeds below 1000 are for choosing: give 1000 or more")
    unknown = set(arguments.names) - set(commands)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)}; there are {sorted(commands)}")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if _has_changes():  # the figures would be of code that nobody else has
        commit += "+changes"
    failed = []
    for name in arguments.names or commands:
        if name in ("retail", "cleaning"):
            _split_retail(arguments.data / "online_retail" / "transactions.csv.gz", work / "retail")
        work.mkdir(parents=True, exist_ok=True)
        file = ROOT / "bench" / f"{script(name)}.py"
        print(f"{name}: {file.name} {' '.join(commands[name])}", file=sys.stderr)
        run = subprocess.run(
            [sys.executable, str(file), *commands[name]],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        if run.returncode != 0:
            failed.append(name)
            continue
        meta = {
            "commit": commit,
            "machine": _machine(),
            "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        }
        RESULTS.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"meta": meta}, ensure_ascii=False), *recorded(name, run.stdout)]
        (RESULTS / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        sys.stdout.write(run.stdout)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _has_changes() -> bool:
    """Whether code that is not committed would be measured."""
    words = ["git", "status", "--porcelain", "--", "src", "bench", ":!bench/results"]
    return bool(subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
