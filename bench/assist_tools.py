"""Acts of customer service on tau-bench's retail shop: end states, the policy, planted violations; JSON lines.

    python bench/assist_tools.py --data ../shared/data/support/taubench --tasks tasks.json
    python bench/assist_tools.py --data ../shared/data/support/taubench --make 300 --seed 7 --tasks made.json
    python bench/assist_tools.py --violations bench/exams/violations.yaml

Each task's ground-truth calls are replayed against our tools, with the policy of ``docs/example/taubench_policy.yaml`` asked about
each write and again where it is done, and against the plain tools of ``suites/assist_tools/reference.py``, which share no code with
ours. ``end_state_equal``: tasks whose orders, balances and addresses are the same after the writes that the policy allows;
``end_state_equal_all``: after all writes. A refused write must touch nothing. ``planted``: violations drawn by ``--seed``, each must be
refused by its rule. ``same_variant``: writes that hang on whether the same variant is "a different product option"; ``--same-variant
allow`` says it is.

``--violations FILE`` asks about violations that somebody wrote from the policy's text, of a shop of their own.
``--make N`` writes N tasks from the shop first. ``--llm URL`` plays the tasks with a model that gets the tools and another that is the user, and
reports ``pass^1``: the share of tasks with the end state of the ground truth and all outputs said.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from baihuo.assist import ActionState, Identity, Policy, PolicySettings
from suites.assist_tools.made import make_tasks
from suites.assist_tools.planted import Planted, plant
from suites.assist_tools.play import play
from suites.assist_tools.reference import WRITES
from suites.assist_tools.replay import Replay, Replayed, carried_out
from suites.assist_tools.shop import Files
from suites.assist_tools.tasks import Task, read_tasks, write_tasks
from suites.assist_tools.written import read_violations
from suites.shared.measure import emit
from suites.shared.paths import given

_POLICY = Path(__file__).parents[1] / "docs/example/taubench_policy.yaml"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, help="tau-bench's form: JSON or Python")
    parser.add_argument("--violations", type=given, help="written ones, with their shop: YAML")
    parser.add_argument("--data", type=given, help="the three files, for --tasks")
    parser.add_argument("--policy", type=given, default=_POLICY)
    parser.add_argument(
        "--same-variant", choices=("allow", "refuse"), help="other than the policy says"
    )
    parser.add_argument("--make", type=int, metavar="N", help="write N tasks to --tasks first")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--planted", type=int, default=20, help="violations of each kind")
    parser.add_argument("--llm", metavar="URL", help="an OpenAI-compatible address")
    parser.add_argument("--model", default="default", help="its name there")
    parser.add_argument("--play", type=int, default=20, help="tasks to play with --llm")
    arguments = parser.parse_args()
    if not arguments.tasks and not arguments.violations:
        parser.error("give --tasks FILE, --violations FILE or both")
    if arguments.tasks and not arguments.data:
        parser.error("--tasks needs --data FOLDER")
    is_right = True
    if arguments.violations:
        is_right = _written(arguments.violations, Policy.of(arguments.policy))
    if arguments.tasks:
        is_right &= _with_tasks(arguments)
    return 0 if is_right else 1


def _with_tasks(arguments: argparse.Namespace) -> bool:
    files = Files.of(arguments.data)
    if arguments.make:
        write_tasks(arguments.tasks, make_tasks(files.shop, arguments.make, arguments.seed))
    policy = _policy(arguments.policy, arguments.same_variant)
    tasks = read_tasks(arguments.tasks)
    with tempfile.TemporaryDirectory(prefix="bench-assist-tools-") as work:
        replay = Replay(files, policy, Path(work))
        is_right = _replayed(tasks, replay) & _planted(files, replay, arguments)
        if arguments.llm:
            emit(
                part="play", **play(tasks[: arguments.play], replay, arguments.llm, arguments.model)
            )
    return is_right


def _policy(path: Path, same_variant: str | None) -> Policy:
    policy = Policy.of(path)
    if same_variant is None:
        return policy
    settings = policy.settings.model_dump(mode="json")
    for section in ("exchange", "change_items"):
        settings[section]["same_variant"] = same_variant == "allow"
    return Policy(PolicySettings.model_validate(settings))


def _replayed(tasks: list[Task], replay: Replay) -> bool:
    done = [replay.one(task) for task in tasks]
    writes = Counter(a.name for t in tasks for a in t.actions if a.name in WRITES)
    refused = [(i, a, rule) for i, d in enumerate(done) for a, rule in d.refused]
    for i, action, rule in refused:
        order = action.arguments.get("order_id", "")
        taken = action not in done[i].refused_by_environment
        emit(
            part="refused",
            task=i,
            call=action.name,
            order=order,
            rule=rule,
            environment_takes_it=taken,
        )
    marked = [a.forbidden_by for t in tasks for a in t.actions if a.forbidden_by]
    right = sum(bool(a.forbidden_by) and a.forbidden_by == rule for _, a, rule in refused)
    emit(
        part="replay",
        tasks=len(tasks),
        writes=sum(writes.values()),
        by_tool=dict(sorted(writes.items())),
        allowed=sum(d.n_writes - len(d.refused) - len(d.failed) for d in done),
        refused=len(refused),
        refused_by_rule=dict(Counter(rule for _, _, rule in refused)),
        refused_that_touched=sum(len(d.touched) for d in done),
        same_variant=sum(rule == "other_option" for _, _, rule in refused),
        failed=sum(len(d.failed) for d in done),
        allowed_that_environment_refuses=sum(len(d.only_environment_refused) for d in done),
        marked_forbidden=len(marked),
        marked_refused_by_their_rule=right,
        reads=sum(d.n_reads for d in done),
        reads_wrong=sum(d.n_reads_wrong for d in done),
        identified=sum(d.identified for d in done),
        end_state_equal=sum(not d.differences for d in done),
        end_state_equal_all=sum(not d.differences_all for d in done),
    )
    return all(map(_is_right, done)) and right == len(marked)


def _is_right(done: Replayed) -> bool:
    wrong = (done.differences, done.touched, done.failed, done.only_environment_refused)
    return not any(wrong) and not done.n_reads_wrong


def _planted(files: Files, replay: Replay, arguments: argparse.Namespace) -> bool:
    kinds: dict[str, Counter[str]] = {}
    for planted in plant(files.shop, arguments.planted, arguments.seed):
        counts = kinds.setdefault(f"{planted.kind} → {planted.rule}", Counter())
        counts += _asked(planted, replay)
    total: Counter[str] = Counter()
    for kind, counts in kinds.items():
        emit(
            part="planted",
            kind=kind,
            **{k: counts[k] for k in ("n", "refused", "by_its_rule", "touched")},
        )
        total += counts
    emit(part="planted_total", kinds=len(kinds), **total)
    return _is_all_refused(total)


def _written(file: Path, policy: Policy) -> bool:
    files, violations = read_violations(file)
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="bench-assist-tools-") as work:
        replay = Replay(files, policy, Path(work))
        for planted in violations:
            counts = _asked(planted, replay)
            if not _is_all_refused(counts):
                emit(part="written_wrong", call=planted.action.name, **planted.action.arguments)
            total += counts
    keys = ("n", "refused", "by_its_rule", "touched", "not_prepared")
    emit(part="written", exam=file.name, **{k: total[k] for k in keys})
    return _is_all_refused(total)


def _asked(planted: Planted, replay: Replay) -> Counter[str]:
    """Whether a violation is refused, by its rule, and touches nothing."""
    proof = "email" if planted.user_id else ""
    identity = Identity(visitor_id="bench", shopper_id=planted.user_id or None, proof=proof)
    counts: Counter[str] = Counter(n=1)
    with replay.tools() as (tools, _):
        for action in planted.first:
            counts["not_prepared"] += carried_out(tools, action, identity).state != ActionState.DONE
        before = replay.digest()
        plan = carried_out(tools, planted.action, identity)
        is_refused = plan.state == ActionState.REFUSED
        counts["refused"] += is_refused
        counts["by_its_rule"] += is_refused and plan.rule in (planted.rule, *planted.also)
        counts["touched"] += replay.digest() != before
    return counts


def _is_all_refused(counts: Counter[str]) -> bool:
    is_touched = counts["touched"] or counts["not_prepared"]
    return counts["by_its_rule"] == counts["n"] and not is_touched


if __name__ == "__main__":
    sys.exit(main())
