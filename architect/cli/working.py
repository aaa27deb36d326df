"""What a command is doing, for who watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """Says on stderr what is being done while it lasts, where somebody watches."""
    if not sys.stderr.isatty():  # a program that reads both streams is to find nothing but the result
        yield lambda what: None
        return
    console = Console(stderr=True, highlight=False)
    with console.status("Starting") as shown:
        yield lambda what: shown.update(Text(f"{what[:1].upper()}{what[1:]}"))
