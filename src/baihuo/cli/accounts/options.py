"""What the verbs of ``baihuo accounts`` share: the name, the role, and how a password is given."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.core import BadInput

if TYPE_CHECKING:
    from baihuo.access import Role

Name = Annotated[str, typer.Argument(help="The name of the account, as typed at the login.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, merchandiser, desk or engineer.")]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="A file whose first line is the password; - is standard input. Without it the password is asked for.",
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
    """The role of this name.

    Raises:
        BadInput: there is none; the error lists all.
    """
    from baihuo.access import ROLES, Role

    if text not in set(Role):
        raise BadInput(
            f"there is no role {text!r}",
            fix="one of " + "; ".join(f"{name}: {what}" for name, what in ROLES.items()),
        )
    return Role(text)


def given_password(file: str | None) -> str:
    """A password from a file, from standard input, or asked for twice. Never from the command line, which other users can read.

    Raises:
        BadInput: the file cannot be read, or holds no password.
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
            fix="leave one of them out: who is invited chooses the password",
        )
    if url is not None and not is_invited:
        raise BadInput("--url needs --invite", fix="leave --url out, or add --invite")
    if url is not None and not url.startswith(("http://", "https://")):
        raise BadInput(f"--url {url!r} is no address", fix="write it as https://shop.example.com")
