"""What can be told of a view's columns from its query: where they come from, and which are never NULL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from architect.embedded.platform.typegen.nodes import Node, is_node, queries

#: ``rtekind`` of a range table entry.
_RELATION, _SUBQUERY, _JOIN, _CTE, _GROUP = "0", "1", "2", "6", "9"
#: ``jointype``: which side may come without a partner.
_INNER, _LEFT, _RIGHT = "0", "1", "3"
Origin = tuple[int, int]


@dataclass(slots=True)
class Views:
    """Every view that was asked for, and every view below them."""

    _queries: dict[int, list[Node]] = field(default_factory=dict)
    _not_null: set[Origin] = field(default_factory=set)
    _sure: dict[int, set[int]] = field(default_factory=dict)

    def not_null(self, relation: int, column: int) -> bool:
        """Whether the column of a table or view never holds NULL."""
        if relation not in self._queries:
            return (relation, column) in self._not_null
        if relation not in self._sure:
            self._sure[relation] = set()
            self._sure[relation] |= self._sure_columns(relation)
        return column in self._sure[relation]

    def showing(self, view: int, table: int, columns: Iterable[int]) -> list[tuple[int, ...]]:
        """The view's columns that show ``columns`` of ``table``, in every combination; none unless all do."""
        shown: dict[Origin, list[int]] = {}
        for number, origin in self._outputs(view):
            for source in self._sources(origin):
                shown.setdefault(source, []).append(number)
        return list(product(*(shown.get((table, column), ()) for column in columns)))

    def _outputs(self, view: int) -> Iterator[tuple[int, Origin]]:
        for query in self._queries.get(view, [])[:1]:
            for entry in query.items("targetList"):
                yield entry.number("resno"), (entry.number("resorigtbl"), entry.number("resorigcol"))

    def _sources(self, origin: Origin, seen: frozenset[int] = frozenset()) -> Iterator[Origin]:
        """``origin`` and, while it is a view, what stands behind it."""
        yield origin
        relation, column = origin
        if relation in self._queries and relation not in seen:
            for number, below in self._outputs(relation):
                if number == column:
                    yield from self._sources(below, seen | {relation})

    def _sure_columns(self, view: int) -> set[int]:
        found = set()
        for query in self._queries[view][:1]:
            if _simple(query):
                for entry in query.items("targetList"):
                    shown = entry.fields.get("resjunk") != "true"
                    if shown and self._sure_value(entry.fields.get("expr"), [query]):
                        found.add(entry.number("resno"))
        return found

    def _sure_value(self, value: Any, stack: list[Node]) -> bool:
        query = stack[-1]
        if not is_node(value, "VAR") or value.fields.get("varlevelsup") != "0":
            return False
        table, column = value.number("varno"), value.number("varattno")
        entries = query.items("rtable")
        if column <= 0 or table > len(entries) or table in _optional(query):
            return False
        entry = entries[table - 1]
        kind = entry.fields.get("rtekind")
        if kind == _RELATION:
            return self.not_null(entry.number("relid"), column)
        if kind == _SUBQUERY:
            return self._sure_column(entry.fields.get("subquery"), column, stack)
        if kind in (_JOIN, _GROUP):
            values = entry.items("joinaliasvars" if kind == _JOIN else "groupexprs")
            return column <= len(values) and self._sure_value(values[column - 1], stack)
        return kind == _CTE and self._sure_cte(entry, column, stack)

    def _sure_column(self, query: Any, column: int, stack: list[Node]) -> bool:
        if not is_node(query, "QUERY") or not _simple(query):
            return False
        for entry in query.items("targetList"):
            if entry.number("resno") == column:
                return self._sure_value(entry.fields.get("expr"), [*stack, query])
        return False

    def _sure_cte(self, entry: Node, column: int, stack: list[Node]) -> bool:
        outer = stack[: len(stack) - entry.number("ctelevelsup")]
        for cte in outer[-1].items("cteList") if outer else []:
            if cte.fields.get("ctename") == entry.fields.get("ctename"):
                query = cte.fields.get("ctequery")
                return cte.fields.get("cterecursive") != "true" and self._sure_column(query, column, outer)
        return False


def read(rows: Iterable[dict[str, Any]]) -> Views:
    """``rows`` are those of ``typegen.view_definitions``. A tree that cannot be read tells nothing."""
    views = Views()
    for row in rows:
        try:
            views._queries[row["id"]] = queries(row["tree"])
        except ValueError:
            views._queries[row["id"]] = []
        views._not_null |= {(relation, column) for relation, column in row["not_null"]}
    return views


def _simple(query: Node) -> bool:
    return query.fields.get("setOperations") is None and not query.items("groupingSets")


def _optional(query: Node) -> set[int]:
    """Range table entries that an outer join may leave empty."""
    found: set[int] = set()
    _walk(query.fields.get("jointree"), False, found)
    return found


def _walk(node: Any, optional: bool, found: set[int]) -> None:
    if is_node(node, "RANGETBLREF"):
        if optional:
            found.add(node.number("rtindex"))
    elif is_node(node, "FROMEXPR"):
        for item in node.items("fromlist"):
            _walk(item, optional, found)
    elif is_node(node, "JOINEXPR"):
        if optional:
            found.add(node.number("rtindex"))
        kind = node.fields.get("jointype")
        _walk(node.fields.get("larg"), optional or kind not in (_INNER, _LEFT), found)
        _walk(node.fields.get("rarg"), optional or kind not in (_INNER, _RIGHT), found)
