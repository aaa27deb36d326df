"""Whether somebody can be asked at this terminal, and who that is."""

from __future__ import annotations

import getpass
import sys


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def operator() -> str | None:
    """The name of who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None  # a container whose user has no name
