"""``baihuo accounts``: one function a command."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.cli.keys import iso_time
from baihuo.core import BadInput
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.access import Account, Role


accounts = typer.Typer(
    help="People who log in to the console: names, roles, passwords.",
    no_args_is_help=True,
)


Name = Annotated[str, typer.Argument(help="The name of the account, as typed at the login.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, merchandiser, desk or engineer.")]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file whose first line is the password; - is standard input. Default: a prompt.",
    ),
]
Invite = Annotated[
    bool,
    typer.Option(
        "--invite",
        help="Print a link instead, with which its holder sets the password, once, within 24 hours.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        help="With --invite: where people reach the server, as in https://shop.example.com."
    ),
]


def role_of(text: str) -> Role:
    """Return the role of this name. Raises: BadInput: unknown; the error lists all."""
    from baihuo.access import ROLES, Role

    if text not in set(Role):
        raise BadInput(
            f"there is no role {text!r}",
            fix="one of " + "; ".join(f"{name}: {what}" for name, what in ROLES.items()),
        )
    return Role(text)


def given_password(file: str | None) -> str:
    """Read a password from a file, from standard input, or from a prompt, twice. Never from the command line, which other users can read.

    Raises:
        BadInput: the file cannot be read, or has no password.
    """
    if file is None:
        answer: str = typer.prompt(
            "Password (it is not shown)", hide_input=True, confirmation_prompt=True, err=True
        )
        return answer
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadInput(
            f"--password-file {file!r} cannot be read: {error}", fix="name a text file"
        ) from error
    password = text.partition("\n")[0].rstrip("\r")
    if not password:
        raise BadInput("the first line is empty", fix="write the password into the first line")
    return password


def require_one_way(file: str | None, url: str | None, *, is_invited: bool) -> None:
    """Refuse options that exclude each other.

    Raises:
        BadInput: says which.
    """
    if is_invited and file is not None:
        raise BadInput(
            "--invite and --password-file exclude each other",
            fix="leave one of them out: the invited person chooses the password",
        )
    if url is not None and not is_invited:
        raise BadInput("--url needs --invite", fix="leave --url out, or add --invite")
    if url is not None and not url.startswith(("http://", "https://")):
        raise BadInput(
            f"--url {url!r} is not an address", fix="write it as https://shop.example.com"
        )


@accounts.command("create")
def create(
    name: Name,
    role: RoleName,
    invite: Invite = False,
    password_file: PasswordFile = None,
    url: Url = None,
    shop: ShopOption = None,
) -> None:
    """Make an account. The password is typed twice at a prompt, or its holder chooses it by a link. A viewer reads the shop's reports; a
    merchandiser also decides on rows in quarantine and judges results; the desk talks with
    customers; an engineer may do everything.

    \b
    baihuo accounts create ann --role engineer
    baihuo accounts create bob --role merchandiser --invite --url https://shop.example.com
    pass show shop/carol | baihuo accounts create carol --role viewer --password-file -
    """
    from baihuo import flow
    from baihuo.access import require_account_name

    chosen, folder = role_of(role), shop_folder(shop)
    require_one_way(password_file, url, is_invited=invite)
    require_account_name(name)  # before a password is typed
    password = None if invite else given_password(password_file)
    flow.create_account(folder, name, chosen, password=password)
    if invite:
        typer.echo(flow.invite(folder, name, url=url))
        stderr.print("the link works once, within 24 hours", markup=False)
    else:
        stderr.print(f"{name} may log in as {chosen}", markup=False, highlight=False)


@accounts.command("list")
def list_(
    shop: ShopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an account.")] = False,
) -> None:
    """Show all accounts with their roles, whether they may log in, and the last login.

    \b
    baihuo accounts list
    """
    from baihuo import flow

    found = flow.all_accounts(shop_folder(shop))
    if as_json:
        for account in found:
            typer.echo(json.dumps(account_row(account)))
        return
    if found:
        stdout.print(accounts_table(found))
    else:
        stderr.print(
            "no account was made: baihuo accounts create NAME --role engineer", markup=False
        )


@accounts.command("password")
def password(
    name: Name,
    invite: Invite = False,
    password_file: PasswordFile = None,
    url: Url = None,
    shop: ShopOption = None,
) -> None:
    """Set the password of an account. Its sessions end.

    \b
    baihuo accounts password ann
    baihuo accounts password ann --invite
    """
    from baihuo import flow

    folder = shop_folder(shop)
    require_one_way(password_file, url, is_invited=invite)
    if invite:
        typer.echo(flow.invite(folder, name, url=url))
        stderr.print("the link works once, within 24 hours", markup=False)
        return
    flow.set_account_password(folder, name, given_password(password_file))
    stderr.print(f"{name} logs in with the new password", markup=False, highlight=False)


@accounts.command("role")
def role(
    name: Name,
    new: Annotated[
        str, typer.Argument(metavar="ROLE", help="viewer, merchandiser, desk or engineer.")
    ],
    shop: ShopOption = None,
) -> None:
    """Change the role of an account, from the next request on, even if its holder is logged in.

    \b
    baihuo accounts role bob engineer
    """
    from baihuo import flow

    account = flow.set_account_role(shop_folder(shop), name, role_of(new))
    stderr.print(f"{name} has the role {account.role}", markup=False, highlight=False)


@accounts.command("disable")
def disable(
    name: Name,
    undo: Annotated[
        bool, typer.Option("--undo", help="Enable the account again, with its old password.")
    ] = False,
    shop: ShopOption = None,
) -> None:
    """Disable an account. Its sessions end at once.

    \b
    baihuo accounts disable bob
    baihuo accounts disable bob --undo
    """
    from baihuo import flow

    folder = shop_folder(shop)
    account = flow.enable_account(folder, name) if undo else flow.disable_account(folder, name)
    stderr.print(f"{name} is {account.state}", markup=False, highlight=False)


@accounts.command("delete")
def delete(name: Name, shop: ShopOption = None) -> None:
    """Delete an account. Its sessions end; its audit entries stay.

    \b
    baihuo accounts delete bob
    """
    from baihuo import flow

    flow.delete_account(shop_folder(shop), name)
    stderr.print(f"{name} : account deleted", markup=False, highlight=False)


# Accounts as a table and as rows of JSON.


def accounts_table(accounts: list[Account]) -> Table:
    """Build a table with a line for each account."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("name", "role", "state"):
        table.add_column(name, overflow="fold")
    for name in ("made", "last login"):
        table.add_column(name, no_wrap=True)
    for row in map(account_row, accounts):
        times = ((row[name] or "–")[:10] for name in ("created_at", "last_login_at"))
        table.add_row(row["name"], row["role"], row["state"], *times)
    return table


def account_row(account: Account) -> dict[str, Any]:
    """Return an account as JSON, times as ISO 8601."""
    return {
        "name": account.name,
        "role": account.role,
        "state": account.state,
        "created_at": iso_time(account.created_at_us),
        "disabled_at": iso_time(account.disabled_at_us),
        "last_login_at": iso_time(account.last_login_at_us),
    }
