"""The access matrix as a table for people: tables down, identities across, one letter per command."""

from __future__ import annotations

from typing import Protocol

from rich import box
from rich.table import Table
from rich.text import Text

from architect.catalog.matrix import CellDifference

#: Table, identity, operation.
Place = tuple[str, str, str]

_HEADINGS = {
    "anon": "anonymous",
    "no_subject": "no user",
    "owner": "owner",
    "other": "other user",
    "member": "member",
    "nonmember": "non-member",
    "service_role": "service",
}
#: How far a command reaches: the word of the widest of its operations.
_STYLES = {
    "allow": "bold yellow",
    "some": "cyan",
    "tenant": "blue",
    "own": "green",
    "deny": "bright_black",
    "none": "bright_black",
}
_COMMANDS = {
    "S": ("select",),
    "I": ("insert_own", "insert_spoofed"),
    "U": ("update", "blind_update"),
    "D": ("delete",),
}
_LEGEND = (
    ("S", "read"),
    ("I", "insert"),
    ("U", "update"),
    ("D", "delete"),
)
_REACH = (
    ("green", "own rows"),
    ("blue", "the tenant's"),
    ("cyan", "some"),
    ("bold yellow", "all"),
    ("bright_black", "none"),
)


class Matrix(Protocol):
    """A measured matrix or a stored one."""

    @property
    def identities(self) -> tuple[str, ...]: ...
    @property
    def tables(self) -> tuple[str, ...]: ...
    def word(self, table: str, operation: str, identity: str) -> str: ...


class Words(Protocol):
    """A matrix to show: a live :class:`AccessMatrix` or a stored one."""

    @property
    def identities(self) -> tuple[str, ...]: ...

    @property
    def tables(self) -> tuple[str, ...]: ...

    def word(self, table: str, operation: str, identity: str) -> str: ...


def matrix_table(matrix: Matrix, differences: list[CellDifference] | None = None) -> Table:
    """A rich table of ``matrix``. Cells that differ from the promise are shown in red."""
    wrong = {(d.table, d.identity, d.operation) for d in differences or ()}
    identities = _columns(matrix, wrong)
    table = Table(
        title="Who may do what",
        title_justify="left",
        caption=_caption(),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("table", style="bold", no_wrap=True)
    for identity in identities:
        heading = (
            "signed in" if identity == "nonmember" and "member" not in identities else _heading(identity)
        )
        table.add_column(heading, no_wrap=True)
    for name in matrix.tables:
        table.add_row(name, *(_cell(matrix, name, identity, wrong) for identity in identities))
    return table


def _columns(matrix: Matrix, wrong: set[Place]) -> list[str]:
    """The identities worth a column: a token without a user only when it may do more than anonymous callers,
    a member only when membership makes a difference."""
    spare = {
        i: twin for i, twin in (("no_subject", "anon"), ("member", "nonmember")) if i in matrix.identities
    }
    return [
        i
        for i in matrix.identities
        if i not in spare or not _alike(matrix, i, spare[i]) or any(place[1] == i for place in wrong)
    ]


def _alike(matrix: Matrix, one: str, other: str) -> bool:
    operations = [o for names in _COMMANDS.values() for o in names]
    return all(
        matrix.word(table, operation, one) == matrix.word(table, operation, other)
        for table in matrix.tables
        for operation in operations
    )


def _cell(matrix: Matrix, table: str, identity: str, wrong: set[Place]) -> Text:
    text = Text()
    for letter, operations in _COMMANDS.items():
        words = [matrix.word(table, operation, identity) for operation in operations]
        bad = any((table, identity, operation) in wrong for operation in operations)
        if bad:
            text.append(letter, "bold white on red")
        elif all(word in ("deny", "none") for word in words):
            text.append("·", "bright_black")
        else:
            text.append(letter, _STYLES[_reach(letter, words)])
        text.append(" ")
    return text


def _reach(letter: str, words: list[str]) -> str:
    if letter == "I":
        # A row of one's own is the narrow right, one in another's name the wide one.
        return {"deny": "own", "none": "own"}.get(words[1], words[1])
    return words[0] if words[0] not in ("deny", "none") else words[1]


def _heading(identity: str) -> str:
    if identity.startswith("member_"):
        return identity.removeprefix("member_").replace("_", " ")
    return _HEADINGS.get(identity, identity)


def _caption() -> Text:
    text = Text()
    for letter, verb in _LEGEND:
        text.append(f"{letter} ", "bold").append(f"{verb}  ")
    text.append("\n")
    for style, meaning in _REACH:
        text.append("■ ", style).append(f"{meaning}  ")
    return text
