"""Names in the order a person expects, the one JavaScript's ``Intl.Collator("en")`` gives."""

from __future__ import annotations

import unicodedata

#: Blank and punctuation come before digits, digits before letters.
_PUNCTUATION = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_RANK = {char: rank for rank, char in enumerate(_PUNCTUATION)}
Key = tuple[tuple[tuple[int, str], ...], str, tuple[bool, ...]]


def key(text: str) -> Key:
    """Sorts by letters first, then by accents, then lower case before upper case."""
    decomposed = unicodedata.normalize("NFD", text)
    base = [char for char in decomposed if not unicodedata.combining(char)]
    marks = "".join(char for char in decomposed if unicodedata.combining(char))
    return tuple(_primary(char) for char in base), marks, tuple(char.isupper() for char in base)


def _primary(char: str) -> tuple[int, str]:
    rank = _RANK.get(char)
    if rank is not None:
        return 0, chr(rank)
    return (1, char) if char.isdigit() else (2, char.casefold())
