"""`relance user create` and `relance token create`: people and keys from the command line."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys

from relance.ops.command import Command, Refused, shared
from relance.ops.surroundings import find_home, workspace

ROLES = ("administrator", "manager", "salesperson", "read_only")


def create_user(options: argparse.Namespace) -> int:
    password, shown = _password(from_stdin=options.password_stdin)
    with workspace(find_home(options.data)):
        from django.contrib.auth.password_validation import validate_password
        from django.core.exceptions import ValidationError

        from relance.team.actions import AddressTaken, add_user

        try:
            validate_password(password)
            add_user(email=options.email, name=options.name, role=options.role, password=password)
        except ValidationError as problem:
            raise Refused(" ".join(problem.messages)) from problem
        except AddressTaken as problem:
            raise Refused(f"{options.email} belongs to a colleague already.") from problem
    print(f"{options.email} can sign in as {options.role}.")
    if shown:
        print(f"Password: {password}")
    return 0


def _password(*, from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it was made up and has to be shown once."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n"), False
    if sys.stdin.isatty():
        typed = getpass.getpass("Password (empty: one is made up): ")
        if typed:
            return typed, False
    return secrets.token_urlsafe(12), True


def user_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(metavar="create", required=True).add_parser(
        "create", help="add a colleague", parents=[shared()]
    )
    create.add_argument("--email", required=True)
    create.add_argument("--name", required=True)
    create.add_argument("--role", choices=ROLES, default="salesperson", help="(default: %(default)s)")
    create.add_argument("--password-stdin", action="store_true", help="read the password from the first line of input")


USER = Command(
    name="user",
    summary="Add a colleague: user create --email --name --role",
    run=create_user,
    arguments=user_arguments,
    example="relance user create --email ada@example.org --name 'Ada Martin' --role manager",
)


def create_token(options: argparse.Namespace) -> int:
    with workspace(find_home(options.data)):
        from relance.team.actions import make_token
        from relance.team.models import User

        user = User.objects.filter(email__iexact=options.user, is_active=True).first()
        if user is None:
            raise Refused(f"Nobody active has the address {options.user}.")
        _token, text = make_token(user, name=options.name, scope=options.scope)
    print(text)
    return 0


def token_arguments(parser: argparse.ArgumentParser) -> None:
    create = parser.add_subparsers(metavar="create", required=True).add_parser(
        "create", help="make a key of the API", parents=[shared()]
    )
    create.add_argument("--user", required=True, metavar="EMAIL", help="whose rights the key has")
    create.add_argument("--name", default="command line", help="how the key is listed (default: %(default)s)")
    create.add_argument("--scope", choices=("read", "write"), default="write", help="(default: %(default)s)")


TOKEN = Command(
    name="token",
    summary="Make a key of the API and print it alone: token create --user EMAIL",
    run=create_token,
    arguments=token_arguments,
    example="relance token create --user ada@example.org",
)
