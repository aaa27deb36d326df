"""The access matrix: for each table, operation and identity what is allowed, and how two matrices differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from architect.catalog.identities import words

Reason = Literal["ok", "grant", "policy", "error"]
CellKey = tuple[str, str, str]

#: Operations in display order: (name, verb with its object, what is counted).
OPERATIONS: dict[str, tuple[str, str]] = {
    "select": ("read", "row"),
    "insert_own": ("insert a row of their own into", "row"),
    "insert_spoofed": ("insert a row in somebody else's name into", "way"),
    "update": ("update", "row"),
    "blind_update": ("update without reading", "row"),
    "update_spoofed": ("hand over to somebody else a row of", "way"),
    "delete": ("delete", "row"),
}
#: Operations whose cell lists the ways that succeeded, not rows.
WRITES = ("insert_own", "insert_spoofed", "update_spoofed")
_PRIVILEGE = {
    "select": "select",
    "insert_own": "insert",
    "insert_spoofed": "insert",
    "update": "update",
    "blind_update": "update",
    "update_spoofed": "update",
    "delete": "delete",
}


@dataclass(frozen=True)
class Cell:
    """What one identity may do to one table: the rows (or ways of writing) out of those tried."""

    rows: frozenset[str]
    tried: frozenset[str]
    #: Whether the role holds the table privilege at all.
    granted: bool
    #: SQLSTATE and message of an attempt that failed for another reason than a grant or a policy.
    error: str | None = None

    @property
    def allowed(self) -> bool:
        return bool(self.rows)

    @property
    def reason(self) -> Reason:
        """Why: ``ok``, or what says no."""
        if self.rows:
            return "ok"
        if self.error:
            return "error"
        return "policy" if self.granted else "grant"

    def to_json(self) -> dict[str, Any]:
        return {"allowed": self.allowed, "rows": sorted(self.rows), "reason": self.reason}


@dataclass(frozen=True)
class CellDifference:
    """One cell that is not what the plan promises."""

    identity: str
    table: str
    operation: str
    promised: dict[str, Any]
    observed: dict[str, Any]
    direction: Literal["wider", "narrower"]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class AccessMatrix:
    """Cells by (table name, operation, identity name)."""

    identities: tuple[str, ...]
    tables: tuple[str, ...]
    cells: dict[CellKey, Cell]
    #: By table and identity the names of the rows that are ``own`` or of the ``tenant``, for :meth:`word`.
    reach: dict[str, dict[str, dict[str, list[str]]]] = field(default_factory=dict)

    #: Tables whose checks leave no room for a row: only their grants are shown.
    unseeded: tuple[str, ...] = ()

    def cell(self, table: str, operation: str, identity: str) -> Cell | None:
        """The cell, or None when there is nothing to try (a row without an owner cannot be handed over)."""
        return self.cells.get((table, operation, identity))

    def word(self, table: str, operation: str, identity: str) -> str:
        """What a cell comes to.

        ``allow``: all that was tried; ``own``: only rows of the caller; ``tenant``: only those and rows of
        the caller's tenant; ``some``; ``deny``; ``none``: there was nothing to try.
        """
        cell = self.cell(table, operation, identity)
        if cell is None or not cell.tried:
            return "none"
        if not cell.rows:
            return "deny"
        if cell.rows == cell.tried:
            return "allow"
        reach = self.reach.get(table, {}).get(identity)
        if reach is None or operation in WRITES:
            return "some"
        if cell.rows <= set(reach["own"]):
            return "own"
        return "tenant" if cell.rows <= {*reach["own"], *reach["tenant"]} else "some"

    def to_json(self) -> dict[str, Any]:
        """``{"identities", "operations", "cells": n, "tables": {table: {operation: {identity: word}}}}``."""
        return {
            "identities": list(self.identities),
            "operations": list(OPERATIONS),
            "cells": len(self.cells),
            "unseeded": list(self.unseeded),
            "tables": {
                table: {
                    operation: {
                        identity: self.word(table, operation, identity)
                        for identity in self.identities
                        if (table, operation, identity) in self.cells
                    }
                    for operation in OPERATIONS
                }
                for table in self.tables
            },
        }

    def counts(self) -> dict[str, int]:
        """How many cells say each word, for a one-line summary."""
        return dict(Counter(self.word(*key) for key in self.cells))


def compare(promised: AccessMatrix, observed: AccessMatrix) -> list[CellDifference]:
    """Every difference, wider ones first. A cell that only one side has is a difference too."""
    found = [
        difference
        for key in dict.fromkeys([*promised.cells, *observed.cells])
        for difference in _differences(key, promised.cells.get(key), observed.cells.get(key))
    ]
    return sorted(found, key=lambda d: d.direction != "wider")


def _differences(key: CellKey, promised: Cell | None, observed: Cell | None) -> Iterator[CellDifference]:
    table, operation, identity = key
    nothing = Cell(frozenset(), frozenset(), granted=False)
    if promised is None or observed is None:
        # Fail closed: what was not observed counts as not provided, what was not promised as too much.
        known, seen = promised or nothing, observed or nothing
        direction: Literal["wider", "narrower"] = "wider" if promised is None else "narrower"
        which = "the plan promises nothing about it" if promised is None else "it was not observed"
        yield _difference(key, known, seen, direction, f"{words(identity)}, {operation} on {table}: {which}")
        return
    more, less = observed.rows - promised.rows, promised.rows - observed.rows
    if more:
        yield _difference(key, promised, observed, "wider", _sentence(key, promised, observed, "can"))
    if less:
        yield _difference(key, promised, observed, "narrower", _sentence(key, promised, observed, "can"))
    if not more and not less and observed.granted != promised.granted:
        yield from _grant_difference(key, promised, observed)


def _grant_difference(key: CellKey, promised: Cell, observed: Cell) -> Iterator[CellDifference]:
    table, operation, identity = key
    privilege = _PRIVILEGE[operation]
    if observed.granted:
        text = (
            f"{words(identity)} holds the {privilege} privilege on {table}; the plan grants none "
            "(no policy lets a row through today, but the next one may)"
        )
        yield _difference(key, promised, observed, "wider", text)
    else:
        text = f"{words(identity)} lacks the {privilege} privilege on {table} that the plan grants"
        yield _difference(key, promised, observed, "narrower", text)


def _difference(
    key: CellKey, promised: Cell, observed: Cell, direction: Literal["wider", "narrower"], sentence: str
) -> CellDifference:
    table, operation, identity = key
    return CellDifference(
        identity, table, operation, promised.to_json(), observed.to_json(), direction, sentence
    )


def _sentence(key: CellKey, promised: Cell, observed: Cell, verb: str) -> str:
    """``another signed-in user can read 2 rows of orders; the plan promises 0``."""
    table, operation, identity = key
    action, _ = OPERATIONS[operation]
    who = words(identity)
    if operation in WRITES:
        ways = _listed(observed.rows ^ promised.rows) if operation != "insert_own" else ""
        can = verb if observed.rows - promised.rows else "cannot"
        promise = "does not promise that" if can == verb else "promises it"
        text = f"{who} {can} {action} {table}{ways}; the plan {promise}"
    else:
        rows = f"{len(observed.rows)} row{'' if len(observed.rows) == 1 else 's'}"
        text = f"{who} {verb} {action} {rows} of {table}; the plan promises {len(promised.rows)}"
        if len(observed.rows) == len(promised.rows):
            text += f", of others{_listed(promised.rows)}"
    return f"{text} ({observed.error})" if observed.error else text


def _listed(names: frozenset[str]) -> str:
    return f" ({', '.join(sorted(names))})"
