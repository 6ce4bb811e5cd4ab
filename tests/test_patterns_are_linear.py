"""No text, whoever wrote it, costs a regular expression of the package more than linear time."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined,unused-ignore]
from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
from types import ModuleType
from typing import Any, Final

import pytest

import baihuo

_N: Final = 1_000  # characters of the shorter text; a million steps take longer than
_GLANCE_S: Final = 0.0001
_LONGER: Final = 4  # times as long is the longer text, which takes a quadratic pattern longer than
_COUNTS_FROM_S: Final = 0.002
_MOST_GROWTH: Final = 8.0  # of its time: 4 is linear, 16 is quadratic
_GIVE_UP_S: Final = 0.1
_MANY: Final = 100  # a repeat of at most so many is a constant
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_UNITS: Final = (
    *"aA0-. \n一@",
    *("a-", "a ", "a.", "a=", "0,", "0.", "0-", "?a", "a@", "一 ", "一a", "a1"),
    *("http://", "<", "(", "[", "&#", "的"),
)
_CHARACTERS = "aA0- .=/_(:一\n"
_CATEGORIES = {
    op.CATEGORY_DIGIT: "0",
    op.CATEGORY_SPACE: " \n",
    op.CATEGORY_WORD: "a_0",
    op.CATEGORY_NOT_DIGIT: "a-",
    op.CATEGORY_NOT_SPACE: "a-",
    op.CATEGORY_NOT_WORD: "- ",
}
_METHODS = frozenset("compile search match fullmatch sub subn split findall finditer".split())
_FLAGS_AT = {"compile": 1, "split": 3, "sub": 4, "subn": 4}


@dataclasses.dataclass(frozen=True)
class Found:
    """A pattern of the package, where it is, and whether it is tried at every start."""

    pattern: re.Pattern[Any]
    where: str
    method: str  # "match", "fullmatch" or, of all others, "search"


@pytest.mark.slow(reason="imports the whole package and tries a hundred texts on each pattern")
def test_no_text_takes_a_pattern_more_than_linear_time() -> None:
    found = list(_patterns())
    assert len(found) > 700  # what is not found is not tried
    slow = [line for each in found if (line := _slow_text(each))]
    assert not slow, "\n" + "\n".join(slow)


@pytest.mark.parametrize(
    ("pattern", "is_slow"),
    [
        (r"\b[a-z][a-z0-9+.-]*://", True),
        (r"\b[a-z][a-z0-9+.-]{0,31}://", False),
        (r"\s*x", True),
        (r"(?<!\s)\s*+x", False),
        (r"(?:ab|a|b)+c", True),
        (r"a\s*b?\s*c", True),
    ],
)
def test_the_test_tells_slow_patterns_from_fast_ones(pattern: str, is_slow: bool) -> None:
    assert bool(_slow_text(Found(re.compile(pattern), "here", "search"))) == is_slow


def _patterns() -> Iterator[Found]:
    """The patterns of all modules: objects, results of builders that are called without arguments, and literals in functions."""
    known: set[tuple[str | bytes, int, str]] = set()
    modules = [
        importlib.import_module(m.name)
        for m in pkgutil.walk_packages(baihuo.__path__, "baihuo.")
        if not m.name.endswith("__main__")
    ]
    sources = {m.__name__: ast.parse(text) for m in modules if (text := _source(m))}
    methods = _methods_of_names(sources)
    for module in modules:
        name = module.__name__
        values = [(n, v) for n, v in vars(module).items() if not n.startswith("__")]
        objects = [
            (f"{name}.{n}", p, _method(methods.get((name, n), set())))
            for n, v in values
            for p in _held(v() if _is_builder(v, name) else v)
        ]
        for where, pattern, method in (*objects, *_literals(sources.get(name), vars(module), name)):
            key = (pattern.pattern, pattern.flags, method)
            if key not in known:
                known.add(key)
                yield Found(pattern, where, method)


def _source(module: ModuleType) -> str:
    """The text of a module that may have patterns; empty: it neither imports ``re`` nor holds a pattern of another module."""
    text = Path(str(module.__file__)).read_text("utf-8")
    has_patterns = "import re\n" in text or any(
        isinstance(v, re.Pattern) for v in vars(module).values()
    )
    return text if has_patterns else ""


def _is_builder(value: object, module: str) -> bool:
    if not hasattr(value, "cache_info") or getattr(value, "__module__", "") != module:
        return False
    signature = inspect.signature(value)  # type: ignore[arg-type]
    return not signature.parameters and "Pattern" in str(signature.return_annotation)


def _held(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    if depth > 5 or isinstance(value, (type, str, bytes)):
        return
    inner: list[object] = []
    if isinstance(value, dict):
        inner = list(itertools.chain(value, value.values()))
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = list(value)
    elif dataclasses.is_dataclass(value):
        inner = [getattr(value, f.name, None) for f in dataclasses.fields(value)]
    elif inspect.isfunction(value):  # what it was built with
        for cell in value.__closure__ or ():
            with suppress(ValueError):
                inner.append(cell.cell_contents)
    if len(inner) < 5_000:
        for one in inner:
            yield from _held(one, depth + 1)


def _literals(
    tree: ast.Module | None, names: dict[str, Any], module: str
) -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Patterns that are written in functions; a part that is known only there leaves the pattern out."""
    nodes = ast.walk(tree) if tree is not None else ()
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef))
    for call in itertools.chain.from_iterable(map(ast.walk, functions)):
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and ast.unparse(call.func.value) == "re"
            and call.func.attr in _METHODS
        ):
            continue
        at = _FLAGS_AT.get(call.func.attr, 2)
        flags = [*call.args[at : at + 1], *(k.value for k in call.keywords if k.arg == "flags")]
        with suppress(NameError, AttributeError, TypeError):
            pattern, *given = (_value(node, names) for node in (call.args[0], *flags))
            yield f"{module}:{call.lineno}", re.compile(pattern, *given), _method({call.func.attr})


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(names))


def _methods_of_names(sources: dict[str, ast.Module]) -> dict[tuple[str, str], set[str]]:
    """Of each name of a module: the methods that are called on it, anywhere in the package."""
    methods: dict[tuple[str, str], set[str]] = {}
    for module, tree in sources.items():
        imported = {
            a.asname or a.name: (str(node.module), a.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for a in node.names
        }
        parents = {c: node for node in ast.walk(tree) for c in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                user = parents[node]
                if isinstance(user, ast.Call) and user.func is node:
                    user = parents[user]
                called = user.attr if isinstance(user, ast.Attribute) else ""
                methods.setdefault(imported.get(node.id, (module, node.id)), set()).add(called)
    return methods


def _method(called: set[str]) -> str:
    if called and called <= {"match", "fullmatch"}:
        return "match" if "match" in called else "fullmatch"
    return "search"


def _slow_text(found: Found) -> str:
    """A line about a text that takes more than linear time; empty: none was found."""
    pattern = found.pattern
    is_bytes = isinstance(pattern.pattern, bytes)
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE if is_bytes else pattern.flags)
    if not any(True for _ in _repeats(tree, "")):
        return ""
    for start, unit, end in dict.fromkeys(_texts(tree)):

        def text(n: int, start: str = start, unit: str = unit, end: str = end) -> Any:
            made = (start + unit * (n // len(unit)))[:n] + end
            return made.encode("latin-1", "ignore") if is_bytes else made

        shorter_s = _cpu_s(found, text(_N))
        if shorter_s < _GLANCE_S:
            continue
        for _ in range(3):  # what was slow by chance is fast when it is measured again
            longer_s = _cpu_s(found, text(_N * _LONGER))
            if longer_s < max(_COUNTS_FROM_S, min(_MOST_GROWTH * shorter_s, _GIVE_UP_S)):
                break
            shorter_s = _cpu_s(found, text(_N))
        else:
            took = f"{1000 * shorter_s:.1f} ms, {_LONGER} times as long {1000 * longer_s:.0f} ms"
            return f"{found.where} ({found.method}): {start!r} + n * {unit!r} + {end!r}: {took}"
    return ""


class _TooSlow(Exception):
    pass


def _cpu_s(found: Found, text: Any) -> float:
    """The CPU time of this thread: other work on the machine does not count. At most :data:`_GIVE_UP_S`."""

    def stop(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _GIVE_UP_S)
    start_s = time.thread_time()
    try:
        if found.method == "search":
            for _ in found.pattern.finditer(text):
                pass
        else:
            getattr(found.pattern, found.method)(text)
        return min(_GIVE_UP_S, time.thread_time() - start_s)
    except _TooSlow:
        return _GIVE_UP_S
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _texts(tree: Any) -> Iterator[tuple[str, str, str]]:
    """Starts, units that are repeated, and ends that are likely not to match."""
    for unit in _UNITS:
        yield "", unit, "\0"
        yield "a", unit, "a"  # signs in the middle, for what looks at the edges of a text
    for start, unit in itertools.islice(dict.fromkeys(_repeats(tree, "")), 40):
        yield start, unit, "\0"
        yield start, unit, " \0 \0"
        if start:
            yield "", start + unit, "\0"
            yield "", start, "\0"
    for turn in range(3):
        whole = _sample(tree, turn)
        for unit in (whole, whole[:-1]):
            if unit:
                yield "", unit, "\0"


def _repeats(tree: Sequence[Any], start: str) -> Iterator[tuple[str, str]]:
    """Each repeat without a small bound: a text that leads to it, and what is repeated."""
    for code, value in tree:
        if code in _REPEATS:
            least, most, body = value
            if most > _MANY:
                units = [_sample(body, turn) for turn in range(4)]
                if len(body) == 1 and body[0][0] is op.IN:
                    units += _members(body[0][1])[:4]
                units = [unit for unit in dict.fromkeys(units) if unit]
                for unit in (*units, "".join(units[:3])):
                    if unit:
                        yield start, unit
            yield from _repeats(body, start)
            start += _sample(body, 1) * max(least, int(most > _MANY))
            continue
        if code is op.SUBPATTERN:
            yield from _repeats(value[3], start)
        elif code is op.ATOMIC_GROUP:
            yield from _repeats(value, start)
        elif code in (op.ASSERT, op.ASSERT_NOT):
            yield from _repeats(value[1], start)
        elif code is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, start)
        start += _sample([(code, value)], 1)


def _sample(tree: Sequence[Any], turn: int) -> str:
    """A short text that a tree matches, if its assertions hold; ``turn`` chooses among branches and characters."""
    made = ""
    for code, value in tree:
        if code is op.LITERAL:
            made += chr(value)
        elif code is op.NOT_LITERAL:
            made += next(c for c in _CHARACTERS if c != chr(value))
        elif code is op.ANY:
            made += "a"
        elif code is op.IN:
            members = _members(value)
            made += members[turn % len(members)]
        elif code is op.BRANCH:
            made += _sample(value[1][turn % len(value[1])], turn)
        elif code is op.SUBPATTERN:
            made += _sample(value[3], turn)
        elif code is op.ATOMIC_GROUP:
            made += _sample(value, turn)
        elif code in _REPEATS:
            made += _sample(value[2], turn) * (value[0] or turn % 2)
    return made


def _members(items: Sequence[Any]) -> list[str]:
    """Some characters of a class."""
    members = ""
    for code, value in items:
        if code is op.LITERAL:
            members += chr(value)
        elif code is op.RANGE:
            members += chr(value[0])
        elif code is op.CATEGORY:
            members += _CATEGORIES[value]
    if items[0][0] is op.NEGATE:
        members = "".join(c for c in _CHARACTERS if c not in members) or "\u2603"
    return list(dict.fromkeys(members))
