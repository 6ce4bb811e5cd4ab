"""Plays tasks with a generative model: one is the user, one has the tools. The policy still decides in code.

A write needs a message of the user with a yes between the call that plans it and the same call that does it. The model may call what
it likes: tools that do not exist, rubbish, other people's orders; it gets an error to read, and nothing is written.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any

from baihuo.assist import ActionPlan, ActionState, Identity, SqliteOrders, Tools
from suites.assist_tools import reference
from suites.assist_tools.replay import Replay
from suites.assist_tools.shop import NOW_US, write_of
from suites.assist_tools.states import differences, plain_state
from suites.assist_tools.tasks import Task

_MOST_TURNS = 15
_MOST_CALLS = 12  # of one turn
_STOP = "###STOP###"
_YES = re.compile(r"\b(yes|yeah|yep|sure|confirm|go ahead|please do|correct)\b", re.I)
_AGENT = (
    "You help shoppers of a shop with their orders, by calling the tools. First find the user id by e-mail, or by name and zip. "
    "Call a write once to see what it would do, tell the user what it says, and call it again with the same arguments after they "
    "say yes. The shop's policy is checked in the tools: if one refuses, tell the user why. Only help with this user's own orders. "
    "Be brief."
)
_USER = (
    "You play a shopper who writes to a shop's customer service, one short message at a time. Do not give everything away at once, and "
    f"invent nothing. When what you want is done, or cannot be done, answer {_STOP} alone. What you want: "
)
Messages = list[dict[str, Any]]
Ask = Callable[[Messages, Sequence[Mapping[str, Any]]], dict[str, Any]]


def play(tasks: Sequence[Task], replay: Replay, address: str, model: str) -> dict[str, Any]:
    """Play each task once.

    Returns:
        ``pass^1`` with the number of tasks, and how many ended because the model did not answer.
    """
    ask = asker(address, model)
    passed, broken = 0, 0
    for task in tasks:
        with replay.tools() as (tools, orders):
            desk = Desk(tools, orders)
            try:
                said = _converse(task, desk, ask)
            except (OSError, ValueError, HTTPException, LookupError, TypeError):
                broken += 1
                continue
            expected = replay.expected(task)
            is_same = not differences(replay.state(orders), plain_state(expected))
            text = " ".join(said).replace(",", "").lower()
            passed += is_same and all(o.replace(",", "").lower() in text for o in task.outputs)
    return {"pass^1": passed / len(tasks) if tasks else 0.0, "tasks": len(tasks), "broken": broken}


class Desk:
    """The tools as a model calls them, by tau-bench's names. It knows who was identified in this conversation."""

    def __init__(self, tools: Tools, orders: SqliteOrders) -> None:
        self._tools, self._orders = tools, orders
        self.identity = Identity(visitor_id="bench")
        self._planned: dict[str, ActionPlan] = {}
        self._agreed = False

    def user_says(self, text: str) -> None:
        """A message of the user: a yes allows what was planned before it, anything else drops it."""
        self._agreed = bool(_YES.search(text))
        if not self._agreed:
            self._planned.clear()

    def call(self, name: str, arguments: Any) -> str:
        """What a tool answers, as text; errors are text, too."""
        if not isinstance(arguments, dict):
            return "Error: the arguments are no JSON object"
        try:
            if name.startswith("find_user_id"):
                return self._identify(name, arguments)
            if name in reference.WRITES:
                return self._write(name, arguments)
            return self._read(name, arguments)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return f"Error: {type(error).__name__}: {error}"[:300]

    def _identify(self, name: str, given: Mapping[str, Any]) -> str:
        if name == "find_user_id_by_email":
            found, proof = self._orders.shopper_by_email(str(given["email"])), "email"
        else:
            who = (str(given[k]) for k in ("first_name", "last_name", "zip"))
            found, proof = self._orders.shopper_by_name_and_zip(*who), "name_and_zip"
        if found is None or self.identity.shopper_id not in (None, found.shopper_id):
            return "Error: user not found"
        self.identity = Identity(visitor_id="bench", shopper_id=found.shopper_id, proof=proof)
        return found.shopper_id

    def _write(self, name: str, given: Mapping[str, Any]) -> str:
        write = write_of(name, given, self.identity.shopper_id or "")
        if write is None:
            return "Error: only this user's own profile can be changed"
        plan = self._tools.plan_write(write, self.identity, NOW_US)
        if plan.state == ActionState.NEEDS_YES and self._agreed and plan.key in self._planned:
            plan = self._tools.carry_out(self._planned.pop(plan.key), self.identity)
        elif plan.state == ActionState.NEEDS_YES:
            self._planned[plan.key] = plan
            return f"Not done yet. Ask the user: {plan.summary['en']}"
        prefix = f"Refused by the rule {plan.rule}: " if plan.rule else ""
        return prefix + plan.summary.get("en", str(plan.state))

    def _read(self, name: str, given: Mapping[str, Any]) -> str:
        who = self.identity.shopper_id
        if name == "calculate":
            return _calculate(str(given["expression"]))
        if name in ("think", "transfer_to_human_agents"):
            return ""
        if name == "get_product_details":
            product = self._orders.product(str(given["product_id"]))
            return "Error: product not found" if product is None else product.model_dump_json()
        if who is None:
            return "Error: identify the user first"
        if name == "get_user_details":
            shopper = self._orders.shopper(who) if given["user_id"] == who else None
            own = [o.order_id for o in self._orders.orders_of(who)]
            return (
                "Error: user not found" if shopper is None else f"{shopper.model_dump_json()} {own}"
            )
        if name == "get_order_details":
            order = self._orders.order(str(given["order_id"]))
            is_own = order is not None and order.shopper_id == who
            return order.model_dump_json() if order and is_own else "Error: order not found"
        return f"Error: there is no tool {name}"


def asker(address: str, model: str, *, timeout_s: float = 120.0) -> Ask:
    """Asks a model behind an OpenAI-compatible address (``POST /chat/completions``)."""

    def ask(messages: Messages, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "messages": messages, "temperature": 0}
        if tools:
            body["tools"] = list(tools)
        request = urllib.request.Request(
            address.rstrip("/") + "/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout_s) as reply:
            message: dict[str, Any] = json.loads(reply.read(1 << 22))["choices"][0]["message"]
        return message

    return ask


def _converse(task: Task, desk: Desk, ask: Ask) -> list[str]:
    """What the agent said."""
    user: Messages = [{"role": "system", "content": _USER + task.instruction}]
    agent: Messages = [{"role": "system", "content": _AGENT}]
    said = ["Hello, how can I help?"]
    for _ in range(_MOST_TURNS):
        user.append({"role": "user", "content": said[-1]})
        wish = str(ask(user, ()).get("content") or "")
        if _STOP in wish or not wish:
            break
        user.append({"role": "assistant", "content": wish})
        agent.append({"role": "user", "content": wish})
        desk.user_says(wish)
        said.append(_turn(agent, desk, ask))
    return said


def _turn(agent: Messages, desk: Desk, ask: Ask) -> str:
    for _ in range(_MOST_CALLS):
        message = ask(agent, _schemas())
        calls = message.get("tool_calls") or []
        agent.append(
            {"role": "assistant", **{k: message.get(k) for k in ("content", "tool_calls")}}
        )
        if not calls:
            return str(message.get("content") or "")
        for call in calls:
            function = call["function"]
            try:
                arguments = json.loads(function["arguments"])
            except ValueError:
                arguments = None
            answer = desk.call(str(function["name"]), arguments)
            agent.append({"role": "tool", "tool_call_id": call.get("id", ""), "content": answer})
    return "I could not finish that."


def _calculate(expression: str) -> str:
    signs: dict[type[ast.AST], Callable[..., float]] = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.USub: operator.neg,
    }

    def value(node: ast.AST) -> float:
        match node:
            case ast.Expression():
                return value(node.body)
            case ast.Constant(value=int() | float()):
                return float(node.value)  # type: ignore[arg-type]
            case ast.BinOp():
                return signs[type(node.op)](value(node.left), value(node.right))
            case ast.UnaryOp():
                return signs[type(node.op)](value(node.operand))
        raise ValueError("only numbers with + - * / and parentheses")

    try:
        return str(round(value(ast.parse(expression[:500], mode="eval")), 2))
    except (SyntaxError, ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _schemas() -> list[dict[str, Any]]:
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    order = {"order_id": text}
    swap = {**order, "item_ids": texts, "new_item_ids": texts, "payment_method_id": text}
    address = dict.fromkeys(("address1", "address2", "city", "state", "country", "zip"), text)
    of_tool: dict[str, dict[str, Any]] = {
        "find_user_id_by_email": {"email": text},
        "find_user_id_by_name_zip": {"first_name": text, "last_name": text, "zip": text},
        "get_user_details": {"user_id": text},
        "get_order_details": order,
        "get_product_details": {"product_id": text},
        "calculate": {"expression": text},
        "transfer_to_human_agents": {"summary": text},
        "cancel_pending_order": {
            **order,
            "reason": {"enum": ["no longer needed", "ordered by mistake"]},
        },
        "modify_pending_order_address": {**order, **address},
        "modify_user_address": {"user_id": text, **address},
        "modify_pending_order_payment": {**order, "payment_method_id": text},
        "modify_pending_order_items": swap,
        "exchange_delivered_order_items": swap,
        "return_delivered_order_items": {**order, "item_ids": texts, "payment_method_id": text},
    }
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": name.replace("_", " "),
                "parameters": {"type": "object", "properties": fields, "required": list(fields)},
            },
        }
        for name, fields in of_tool.items()
    ]
