"""What may be sent to the tool server: text that a database can hold, and no more than the server reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from architect.errors import InputError

#: The server gives up, with all that it is doing, on a message above 10 MiB.
MAX_BYTES = 10_000_000

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def check(tool: str, arguments: dict[str, Any]) -> None:
    """Raises :class:`InputError` that names the argument, what is wrong with it and the way out."""
    for path, text in _texts(arguments, ""):
        found = _UNSTORABLE.search(text)
        if found:
            what = "NUL" if found[0] == "\x00" else "half of a surrogate pair"
            raise InputError(
                f"{tool}: {path} holds {what} (U+{ord(found[0]):04X}) at character {found.start() + 1}.",
                hint="No database stores that character; remove it. Nothing was sent.",
                tool=tool,
            )
    size = len(json.dumps(arguments, ensure_ascii=False).encode())
    if size > MAX_BYTES:
        raise InputError(
            f"{tool}: the arguments are {size:,} bytes; the tool server takes {MAX_BYTES:,}.",
            hint="Split them over several calls. Nothing was sent.",
            tool=tool,
        )


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}[{number}]")
