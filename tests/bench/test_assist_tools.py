"""The bench of acts: task files in every form, our tools equal to plain ones, planted violations, and a model that plays."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.assist.policy.world import files

import assist_tools
import baihuo
from baihuo.assist import OrderStatus, Policy
from baihuo.core import BadInput
from suites.assist_tools import reference
from suites.assist_tools.made import make_tasks
from suites.assist_tools.planted import plant
from suites.assist_tools.play import Desk, play
from suites.assist_tools.replay import Replay
from suites.assist_tools.shop import Files
from suites.assist_tools.tasks import Action, Task, read_tasks, write_tasks

POLICY = Path(baihuo.__file__).parents[2] / "docs/example/taubench_policy.yaml"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, records in zip(("users", "orders", "products"), files(), strict=True):
        (folder / f"{name}.json").write_text(json.dumps(records))
    return folder


@pytest.fixture
def replay(data: Path, tmp_path: Path) -> Replay:
    return Replay(Files.of(data), Policy.of(POLICY), tmp_path)


def test_made_tasks_end_in_the_state_of_the_plain_tools(data: Path, replay: Replay) -> None:
    tasks = make_tasks(Files.of(data).shop, 25, seed=3)
    assert tasks == make_tasks(Files.of(data).shop, 25, seed=3)
    assert len({a.name for t in tasks for a in t.actions if a.name in reference.WRITES}) == 7
    for task in tasks:
        done = replay.one(task)
        assert not done.differences
        assert not done.touched
        assert not done.failed
        assert not done.n_reads_wrong
        forbidden = [a.forbidden_by for a in task.actions if a.forbidden_by]
        assert [rule for _, rule in done.refused] == forbidden


def test_violations_are_planted_of_every_kind_that_the_shop_has(data: Path) -> None:
    kinds = {p.kind for p in plant(Files.of(data).shop, 1, seed=1)}
    assert len(kinds) >= 20


def test_the_whole_bench_prints_its_lines(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [
        "--tasks",
        str(tmp_path / "t.json"),
        "--data",
        str(data),
        "--make",
        "5",
        "--planted",
        "1",
    ]
    monkeypatch.setattr("sys.argv", ["assist_tools.py", *arguments])
    assert assist_tools.main() == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_part = {line["part"]: line for line in lines}
    assert by_part["replay"]["end_state_equal"] == 5
    assert by_part["planted_total"]["by_its_rule"] == by_part["planted_total"]["n"]


def test_tasks_without_their_shop_are_refused_with_the_missing_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["assist_tools.py", "--tasks", "t.json"])
    with pytest.raises(SystemExit):
        assist_tools.main()
    assert "--tasks needs --data FOLDER" in capsys.readouterr().err


TASK = Task(
    "ada_park",
    "cancel it",
    (
        Action("find_user_id_by_email", {"email": "ada.park@example.com"}),
        Action("cancel_pending_order", {"order_id": "#A1", "reason": "no longer needed"}),
    ),
    ("160",),
)
PYTHON_CALLS = """
from tau_bench.types import Action, Task
TASKS = [Task(annotator="0", user_id="ada_park", instruction="cancel" + " it", actions=[
    Action(name="find_user_id_by_email", kwargs={"email": "ada.park@example.com"}),
    Action(name="cancel_pending_order", kwargs={"order_id": "#A1", "reason": "no longer needed"})],
    outputs=["160"])]
"""
PYTHON_DICTS = """[{"user_id": "ada_park", "instruction": "cancel it", "outputs": ["160"], "actions": [
    {"name": "find_user_id_by_email", "arguments": {"email": 'ada.park@example.com'}},
    {"name": "cancel_pending_order", "arguments": {"order_id": "#A1", "reason": "no longer needed"}}]}]"""


@pytest.mark.parametrize("text", [PYTHON_CALLS, PYTHON_DICTS], ids=["calls", "literals"])
def test_python_task_files_are_read_and_not_run(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tasks.py"
    path.write_text(text + f"\nopen({str(tmp_path / 'ran')!r}, 'w')\n")
    assert read_tasks(path) == [TASK]
    assert not (tmp_path / "ran").exists()


def test_json_task_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    write_tasks(path, [TASK])
    assert read_tasks(path) == [TASK]
    (row,) = json.loads(path.read_text())
    path.write_text(json.dumps(row) + "\n" + json.dumps(row))
    assert read_tasks(path) == [TASK, TASK]
    for wrong, says in (
        ("[]", "no list of tasks"),
        ("[{}]", "task 0: KeyError"),
        ("x = (", "neither JSON"),
    ):
        path.write_text(wrong)
        with pytest.raises(BadInput, match=says):
            read_tasks(path)


class Scripted:
    """A model that says what a script says: one list for the user, one for the agent."""

    def __init__(self) -> None:
        self.user: list[str] = []
        self.agent: list[dict[str, Any]] = []
        self.heard: list[str] = []  # results of tools

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        if "tools" not in body:
            return {"content": self.user.pop(0)}
        self.heard += [m["content"] for m in body["messages"] if m["role"] == "tool"][-1:]
        return self.agent.pop(0)


@pytest.fixture
def model() -> Iterator[tuple[Scripted, str]]:
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            data = json.dumps({"choices": [{"message": script.answer(body)}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield script, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join(5)


def call(name: str, arguments: str) -> dict[str, Any]:
    return {
        "content": None,
        "tool_calls": [{"id": "1", "function": {"name": name, "arguments": arguments}}],
    }


FIND = call("find_user_id_by_email", json.dumps({"email": "ada.park@example.com"}))
CANCEL = call("cancel_pending_order", json.dumps({"order_id": "#A1", "reason": "no longer needed"}))


def test_a_model_plays_a_task(model: tuple[Scripted, str], replay: Replay) -> None:
    script, address = model
    script.user = ["cancel #A1, I am ada.park@example.com", "yes please", "###STOP###"]
    script.agent = [
        FIND,
        CANCEL,
        {"content": "160.00 USD go back. Sure?"},
        CANCEL,
        {"content": "Done."},
    ]
    assert play([TASK], replay, address, "m") == {"pass^1": 1.0, "tasks": 1, "broken": 0}
    assert script.heard[1].startswith("Not done yet. Ask the user: Cancellation of order #A1")


def test_a_model_cannot_write_without_a_yes_nor_for_others_nor_with_rubbish(
    model: tuple[Scripted, str], replay: Replay
) -> None:
    script, address = model
    script.user = ["cancel everything", "what?", "###STOP###"]
    script.agent = [
        FIND,
        CANCEL,
        CANCEL,  # without a word of the user in between
        call("drop_all_tables", "{}"),
        call("cancel_pending_order", "not json"),
        call("get_order_details", '{"order_id": "#B1"}'),
        {"content": "ok"},
        CANCEL,
        {"content": "160 done"},
    ]
    assert play([TASK], replay, address, "m")["pass^1"] == 0.0
    assert [h[:12] for h in script.heard[1:3]] == ["Not done yet", "Not done yet"]
    assert "no tool drop_all_tables" in script.heard[3]
    assert script.heard[4:6] == [
        "Error: the arguments are no JSON object",
        "Error: order not found",
    ]


def test_a_model_that_does_not_answer_is_counted(replay: Replay) -> None:
    assert play([TASK], replay, "http://127.0.0.1:9/v1", "m") == {
        "pass^1": 0.0,
        "tasks": 1,
        "broken": 1,
    }


def test_a_desk_calculates_and_runs_nothing(replay: Replay) -> None:
    with replay.tools() as (tools, orders):
        desk = Desk(tools, orders)
        assert desk.call("calculate", {"expression": "(2 + 3) * 1.5"}) == "7.5"
        for wrong in ("__import__('os')", "2 ** 9999", "1 / 0", "("):
            assert desk.call("calculate", {"expression": wrong}).startswith("Error")
        assert (
            desk.call("get_order_details", {"order_id": "#A1"}) == "Error: identify the user first"
        )
        order = orders.order("#A1")
        assert order is not None
        assert order.status == OrderStatus.PENDING


def test_a_call_that_cannot_be_read_fails_alone(replay: Replay) -> None:
    broken = Action("cancel_pending_order", {"order_id": "#A1"})
    done = replay.one(Task("ada_park", "", (broken, *TASK.actions), ()))
    assert done.failed == [broken]
    assert not done.differences
