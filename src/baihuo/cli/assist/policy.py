"""``baihuo assist policy``: what customer service may do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.core import NotFound
from baihuo.settings import shop_folder


def policy(
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Another file than the shop's policy.yaml.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Each rule with what it says, in both languages.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check policy.yaml and print the policy that holds: what it says, and the defaults of what it leaves out.

    A value that cannot be used is named with its line, its setting, its value and what to write instead. What is printed can be
    kept as policy.yaml.

    \b
    baihuo assist policy
    baihuo assist policy --rules
    baihuo assist policy --file new_policy.yaml > shop/policy.yaml
    """
    import yaml

    from baihuo.assist import RULE_NAMES, Policy

    if file is not None and not file.exists():
        raise NotFound(f"there is no file {file}", fix="give the path of a policy.yaml")
    found = Policy.of(file or shop_folder(shop).policy_file)
    for warning in found.warnings():
        stderr.print(f"warning: {warning}", markup=False, highlight=False)
    shown: dict[str, object] = found.settings.model_dump(mode="json")
    if rules:
        shown = {name: dict(found.text_of(name)) for name in RULE_NAMES}
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        typer.echo(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=120), nl=False)
