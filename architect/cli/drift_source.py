"""Where ``architect drift`` finds a database that is no session's: a URL that need not stand in argv."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from architect import redaction
from architect.errors import InputError

VARIABLE = "ARCHITECT_DRIFT_DATABASE_URL"
STDIN = "-"
WAYS = (
    f"Give it as {VARIABLE}, as --database-url @FILE, as --database-url - on standard input, "
    "or, where it holds no password, as --database-url URL."
)
#: The URL comes first; a file that is longer is something else.
MAX_CHARACTERS = 8192


def database_url(given: str | None) -> str | None:
    """The URL of the database, its password known to redaction; ``None`` when none is given.

    Parameters
    ----------
    given
        A URL or libpq's ``key=value``, ``@FILE`` that holds one, or ``-`` for standard input. Without it
        the environment variable counts.

    Raises
    ------
    InputError
        It cannot be read, or is no address of a Postgres database.
    """
    text = given if given is not None else os.environ.get(VARIABLE)
    if text is None:
        return None
    url = _read(text).strip()
    _register_password(url)
    if not url:
        raise InputError("The database URL is empty", hint=WAYS)
    if not url.startswith(("postgresql://", "postgres://")) and "=" not in url:
        raise InputError("The database URL is not one: it begins with postgresql://", hint=WAYS)
    return url


def _read(text: str) -> str:
    if text == STDIN:
        return sys.stdin.readline(MAX_CHARACTERS)
    if not text.startswith("@"):
        return text
    try:
        with Path(text[1:]).expanduser().open(encoding="utf-8") as file:
            return file.readline(MAX_CHARACTERS)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"The database URL cannot be read from {text[1:]}: {why}", hint=WAYS) from None


def _register_password(url: str) -> None:
    """Nothing that is printed from here on holds the password, in whichever spelling."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return  # libpq says what is wrong with it
    for spelling in {password, unquote(password)} if password else set():
        redaction.register(spelling, "password")
