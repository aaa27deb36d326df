"""Binary decision diagrams: what follows from what, decided for every assignment at once."""

from __future__ import annotations

FALSE, TRUE = 0, 1
#: Beyond this a comparison is given up: a policy that large is not compared in a check.
_LIMIT = 40_000


class TooComplex(Exception):
    """The formula has more cases than are worth looking at."""


class Diagrams:
    """Formulas over numbered variables, each formula one number; equal formulas are equal numbers."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, int, int]] = [(1 << 30, 0, 0), (1 << 30, 1, 1)]
        self._known: dict[tuple[int, int, int], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}
        self._variables = 0

    def variable(self) -> int:
        """A new variable, as a formula."""
        self._variables += 1
        return self._node(self._variables, FALSE, TRUE)

    def choose(self, test: int, then: int, other: int) -> int:
        """``then`` where ``test`` holds, else ``other``. Raises :class:`TooComplex`."""
        if test in (FALSE, TRUE):
            return then if test else other
        if then == other:
            return then
        key = (test, then, other)
        if key not in self._chosen:
            top = min(self._nodes[part][0] for part in key)
            low, high = (self.choose(*(self._side(part, top, side) for part in key)) for side in (1, 2))
            self._chosen[key] = low if low == high else self._node(top, low, high)
        return self._chosen[key]

    def both(self, *parts: int) -> int:
        """The conjunction."""
        result = TRUE
        # From the last, whose variables are the lowest: what is there already is then not built again.
        for part in reversed(parts):
            result = self.choose(part, result, FALSE)
        return result

    def either(self, *parts: int) -> int:
        """The disjunction."""
        result = FALSE
        for part in reversed(parts):
            result = self.choose(part, TRUE, result)
        return result

    def opposite(self, part: int) -> int:
        """The negation."""
        return self.choose(part, FALSE, TRUE)

    def _side(self, formula: int, variable: int, side: int) -> int:
        node = self._nodes[formula]
        return node[side] if node[0] == variable else formula

    def _node(self, variable: int, low: int, high: int) -> int:
        key = (variable, low, high)
        if key not in self._known:
            if len(self._nodes) > _LIMIT:
                raise TooComplex
            self._nodes.append(key)
            self._known[key] = len(self._nodes) - 1
        return self._known[key]
