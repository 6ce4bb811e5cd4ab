"""``quality.yaml``: the settings of each check, and how much dirt stops training."""

from __future__ import annotations

import ast
import hashlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, Field, NonNegativeInt, create_model, field_validator

from baihuo.core import BadInput, close_match, load_yaml
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.limits import Limits, NoteLimits, Share
from baihuo.quality.promise.settings import PromiseRules
from baihuo.quality.registry import ALL_STEPS, CHECKS
from baihuo.quality.report.settings import AlertRules
from baihuo.quality.retired import retired_names
from baihuo.quality.spec import Step

Section = TypeVar("Section", bound=Limits)
_CONSENT = ALL_STEPS["consent"]

_FIRST_SECTIONS = """
    personal schema times duplicates orphans order prices text units attributes near_duplicates
    categories pictures stock traffic sessions labels coverage
""".split()
"""The order that quality.yaml and the hash of the rules have had since their first version. A later
step follows behind these; it needs no entry here."""


class _General(PromiseRules):
    """What ``quality.yaml`` says besides the sections of the steps."""

    owner: str = ""  # whom to ask; printed in the report
    note: str = ""
    version: str = ""  # of the file, as its owner counts
    alerts: AlertRules = AlertRules()
    min_events: NonNegativeInt = 1  # fewer clean events stop training, if any came in at all
    min_products: NonNegativeInt = 1
    # of a table, refused at import and by all checks together; stops
    max_quarantined: Share = 0.5
    # values that no import could read, of a table's rows in the files; stops
    max_withheld: Share = 0.5
    skip: tuple[str, ...] = ()  # checks, or whole groups of them, that are turned off
    # rows that checks only noted, of a table's rows; stops (1: never)
    max_noted: Share = 1.0
    notes: NoteLimits = NoteLimits()

    @field_validator("notes")
    @classmethod
    def _of_known_checks(cls, notes: NoteLimits) -> NoteLimits:
        """A limit of a misspelt check would never be reached."""
        known = {check.name for check in CHECKS}
        for name in (*notes.warn_above, *notes.stop_above):
            if name not in known and not name.startswith("own."):
                raise ValueError(
                    f"no check is called {name!r}; `baihuo exam --help` and docs/quality.md have their names, and a check of "
                    "your own is own.NAME"
                )
        return notes

    @field_validator("skip")
    @classmethod
    def _can_be_skipped(cls, skip: tuple[str, ...]) -> tuple[str, ...]:
        """A misspelt check would go on running; and no setting of checks may override what a visitor refused."""
        known = [*ALL_STEPS, *(check.name for check in CHECKS)]
        for name in skip:
            if name not in known:
                hint = close_match(name, known) or "see `baihuo check --explain GROUP`"
                raise ValueError(
                    f"no check and no group is called {name!r}; {hint} (a check of your own is turned off by deleting its file)"
                )
            if name in (_CONSENT.name, *(check.name for check in _CONSENT.checks)):
                raise ValueError(
                    f"{name!r} cannot be turned off: visitors who refused are not learned from; what silence means is "
                    "privacy.absent_consent in shop.yaml"
                )
        return skip

    @property
    def skipped_checks(self) -> frozenset[str]:
        """The names of all checks that ``skip`` turns off."""
        return frozenset(check.name for check in CHECKS if {check.name, check.step} & {*self.skip})


def _sections() -> dict[str, str]:
    """Name of each section → the attribute that holds it, in the order of the file."""
    known = {name: place for place, name in enumerate(_FIRST_SECTIONS)}
    names = sorted(ALL_STEPS, key=lambda name: known.get(name, len(known)))
    return {name: f"{name}_" if hasattr(BaseModel, name) else name for name in names}


_ATTRIBUTES = _sections()

if TYPE_CHECKING:
    _WithSections = _General
else:
    _FIELDS: dict[str, Any] = {
        attribute: (
            ALL_STEPS[name].settings,
            Field(default=ALL_STEPS[name].settings(), alias=name if attribute != name else None),
        )
        for name, attribute in _ATTRIBUTES.items()
    }
    _WithSections = create_model("_WithSections", __base__=_General, **_FIELDS)


class QualityRules(_WithSections):
    """All of ``quality.yaml``: a section for each step of the registry. Unknown names are errors."""

    own: CustomRules = CustomRules()

    def section(self, step: Step[Section]) -> Section:
        """The settings of one step, in its own type."""
        settings = self.limits(step.name)
        if not isinstance(settings, step.settings):
            raise TypeError(f"{step.name} is no step of the registry")
        return settings

    def limits(self, step: str) -> Limits:
        """The section of one step; the steps that people order have none, and take no settings."""
        settings: Limits = getattr(self, _ATTRIBUTES.get(step, step), Limits())
        return settings

    def has(self, step: str) -> bool:
        """Whether a step has a section; what people order (fixed rows, erasure) has no limits."""
        return step == "own" or step in _ATTRIBUTES

    @property
    def rules_version(self) -> str:
        """A short hash of every setting but whom to alert: equal versions are equal rules."""
        unset = {name for name in (*PromiseRules.model_fields, "skip") if not getattr(self, name)}
        settings = self.model_dump_json(by_alias=True, exclude={"alerts", *unset})
        return hashlib.sha256(settings.encode()).hexdigest()[:12]


def load_rules(path: Path | None) -> QualityRules:
    """The rules in ``path``; the defaults where it is None or not there.

    Raises:
        BadInput: not YAML, an unknown name, a name of an earlier version, a value out of range; says which and what is allowed.
    """
    if path is None or not path.exists():
        return QualityRules()
    if names := retired_names(path.read_text(encoding="utf-8", errors="replace")):
        raise BadInput(
            f"{path} has names of an earlier version: {', '.join(names)}",
            fix="baihuo upgrade --apply takes them out (docs/upgrading.md says what became of each); of a file without a shop, delete their lines",
        )
    return load_yaml(path, QualityRules)


def default_rules_text() -> str:
    """The default ``quality.yaml``, every setting with its comment."""
    sections: list[tuple[str, type[Limits]]] = [(n, ALL_STEPS[n].settings) for n in _ATTRIBUTES]
    sections.append(("own", CustomRules))
    head = Path(__file__).with_name("head.yaml").read_text(encoding="utf-8")
    return "\n".join([head, *(_section_text(*one) for one in sections)])


def _section_text(name: str, settings: type[Limits]) -> str:
    """One section, with the comments that its settings have in their class: behind the line, or above it."""
    title = (settings.__doc__ or "").partition("\n")[0].rstrip(".")
    source = inspect.getsource(settings)
    lines, comments = source.splitlines(), dict[str, str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            around = (lines[node.lineno - 2].strip(), lines[(node.end_lineno or 0) - 1])
            above, behind = (part.rpartition("# ")[2] if "# " in part else "" for part in around)
            comments[node.target.id] = behind or (above if around[0].startswith("# ") else "")
    texts = [f"{name}:  # {title[0].lower()}{title[1:]}"]
    for setting, value in settings():
        if setting in ("then", "owner", "note", "version"):  # of every section: see head.yaml
            continue
        plain = list(value) if isinstance(value, tuple) else value
        text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=120)
        first, *more = f"{setting}: {text}".removesuffix("\n...\n").rstrip().split("\n")
        comment = f"# {comments[setting]}" if comments.get(setting) else ""
        texts += [f"  {comment}", f"  {first}"] if more and comment else [f"  {first}  {comment}"]
        texts += [f"    {line}" for line in more]
    return "".join(f"{line.rstrip()}\n" for line in texts)
