"""Which relation a name in a query means, whatever the query calls it."""

from __future__ import annotations

from dataclasses import dataclass, field

from architect.drift.meaning.terms import Term


@dataclass
class Scope:
    """The relations that are in sight at one level of a query. ``policy`` says that the text is a condition
    on the rows of one table, where a name that no subquery declares is a column of that table."""

    parent: Scope | None = None
    policy: bool = False
    depth: int = 0
    top: bool = True
    names: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def inner(self) -> Scope:
        """The scope of a subquery."""
        return Scope(self, self.policy, self.depth + 1, top=False)

    def aside(self) -> Scope:
        """The scope of a subquery without relations."""
        return Scope(self, self.policy, self.depth, top=False)

    def deeper(self) -> Scope:
        """The same names in sight, for text that is moved into a subquery."""
        return Scope(self, self.policy, self.depth + 1, top=self.top)

    def declare(self, alias: str, identity: str, columns: list[str]) -> None:
        """A relation ``alias`` whose first columns are called ``columns`` here."""
        self.names[alias] = (identity, {name: f"${place}" for place, name in enumerate(columns, 1)})

    def column(self, names: list[str]) -> Term:
        """The column that ``names`` (``["m", "org_id"]``) means."""
        if len(names) == 1:
            if self.policy and self.top:
                return ("col", "", names[0])
            found = self._find(names[0])
            # The name of a relation alone is its whole row, unless something has a column of that name.
            return ("col", "?", names[0], found[0]) if found else ("col", "?", names[0])
        found = self._find(names[0]) if len(names) == 2 else None
        if found:
            return ("col", found[0], found[1].get(names[1], names[1]))
        if self.policy and len(names) == 2:
            return ("col", "", names[1])
        return ("col", "?" + ".".join(names[:-1]), names[-1])

    def _find(self, alias: str) -> tuple[str, dict[str, str]] | None:
        scope: Scope | None = self
        while scope is not None:
            if alias in scope.names:
                return scope.names[alias]
            scope = scope.parent
        return None
