"""Queries and subqueries as terms: relations under canonical names, conditions of inner joins with the
others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from architect.drift.meaning import comparisons
from architect.drift.meaning.scope import Scope
from architect.drift.meaning.terms import TRUE, Term, conjunction, is_volatile, negation, walk

if TYPE_CHECKING:
    from architect.drift.meaning.reader import Reader

#: With one of these a query's rows are not simply the rows of its relations that satisfy its condition.
_SHAPING = frozenset(
    {
        "group_clause",
        "having_clause",
        "window_clause",
        "values_lists",
        "limit_offset",
        "limit_count",
        "locking_clause",
        "with_clause",
        "larg",
        "rarg",
        "into_clause",
    }
)
_READ_APART = ("from_clause", "where_clause", "target_list")


def select(reader: Reader, message: Any, scope: Scope) -> Term:
    """Any query: what it selects from where, and all the rest of it as it stands."""
    inner = scope.inner()
    rest: list[tuple[str, Any]] = []
    names = [field.name for field, _ in message.ListFields()]
    if "with_clause" in names:
        rest.append(("with", reader.plain(message.with_clause, inner)))
    relations, conditions = from_clause(reader, message.from_clause, inner, ordered=True)
    condition = conjunction([*conditions, *_where(reader, message, inner)])
    targets = tuple(reader.plain(target.res_target, inner) for target in message.target_list)
    for field, value in message.ListFields():
        if field.name not in (*_READ_APART, "with_clause"):
            rest.append((field.name, reader._value(value, inner)))
    return ("select", relations, condition, targets, tuple(rest))


def sublink(reader: Reader, message: Any, scope: Scope) -> Term:
    """A subquery in an expression."""
    kind, query = message.sub_link_type, message.subselect.select_stmt
    name = ".".join(n.string.sval for n in message.oper_name).removeprefix("pg_catalog.") or "="
    if kind == pb.EXISTS_SUBLINK:
        return _exists(reader, query, scope)
    if kind == pb.ANY_SUBLINK and name == "=":
        return _member(reader, message.testexpr, query, scope)
    if kind == pb.ALL_SUBLINK and name == "<>":
        return negation(_member(reader, message.testexpr, query, scope))
    if kind == pb.EXPR_SUBLINK:
        return _value(reader, query, scope)
    left = reader.term(message.testexpr, scope) if message.HasField("testexpr") else ()
    return ("sublink", kind, name, left, select(reader, query, scope))


def from_clause(
    reader: Reader, nodes: Any, scope: Scope, *, ordered: bool = False
) -> tuple[tuple[Term, ...], list[Term]]:
    """The relations of a ``from`` and the conditions of its inner joins. Aliases are declared in ``scope``;
    tables stand in the order of their names unless ``ordered``."""
    leaves: list[pb.Node] = []
    joined: list[pb.Node] = []
    for node in nodes:
        _flatten(node, leaves, joined)
    if not ordered:
        leaves.sort(key=_table_name)
    for leaf in leaves:
        _declare(leaf, scope)
    relations = tuple(_relation(reader, leaf, scope) for leaf in leaves)
    return relations, [reader.term(node, scope) for node in joined]


def _exists(reader: Reader, query: Any, scope: Scope) -> Term:
    if not (_is_simple(query) or _is_simple(_unlimited(query))):
        return ("exists", (("query", select(reader, query, scope)),), TRUE)
    inner = scope.inner()
    relations, conditions = from_clause(reader, query.from_clause, inner)
    return _some(relations, conjunction([*conditions, *_where(reader, query, inner)]))


def _member(reader: Reader, tested: pb.Node, query: Any, scope: Scope) -> Term:
    """``tested in (query)``. It is true where a row of the query equals it, as with ``exists``; but it is
    null, not false, where a null is in the way, so that its negation is another one."""
    outer = scope.deeper()
    left = [
        reader.term(node, outer)
        for node in (tested.row_expr.args if tested.WhichOneof("node") == "row_expr" else [tested])
    ]
    movable = not any(part and part[0] == "col" and part[1] == "?" for part in walk(tuple(left)))
    if not (movable and _is_simple(query) and query.from_clause and len(query.target_list) == len(left)):
        return ("member", reader.term(tested, scope), select(reader, query, scope))
    inner = scope.inner()
    relations, conditions = from_clause(reader, query.from_clause, inner)
    right = [reader.term(target.res_target.val, inner) for target in query.target_list]
    equal = [comparisons.operation("=", a, b) for a, b in zip(left, right, strict=True)]
    found = _some(relations, conjunction([*conditions, *_where(reader, query, inner), *equal]))
    return ("in", found)


def _value(reader: Reader, query: Any, scope: Scope) -> Term:
    """``(select f())`` is ``f()``, once for all rows; anything else is looked up as it stands."""
    fields = {field.name for field, _ in query.ListFields()} - {"limit_option", "op"}
    if fields == {"target_list"} and len(query.target_list) == 1:
        value = reader.term(query.target_list[0].res_target.val, scope.aside())
        if not is_volatile(value):
            return value if reader.unwrap else ("wrapped", value)
    inner = scope.inner()
    if not _is_simple(query) or query.distinct_clause or len(query.target_list) != 1:
        return ("scalar", select(reader, query, scope))
    relations, conditions = from_clause(reader, query.from_clause, inner)
    condition = conjunction([*conditions, *_where(reader, query, inner)])
    return ("lookup", relations, condition, reader.term(query.target_list[0].res_target.val, inner))


def _some(relations: tuple[Term, ...], condition: Term) -> Term:
    return ("exists", relations, condition)


def _where(reader: Reader, query: Any, scope: Scope) -> list[Term]:
    return [reader.term(query.where_clause, scope)] if query.HasField("where_clause") else []


def _is_simple(query: Any) -> bool:
    """Whether the query has a row for each row of its relations that satisfies its condition, or fewer that
    are the same: a call in what it selects might be an aggregate, or make many rows of one."""
    fields = {field.name for field, _ in query.ListFields()}
    if fields & _SHAPING or query.op != pb.SETOP_NONE:
        return False
    if any(node.WhichOneof("node") for node in query.distinct_clause):
        return False
    return not any(_calls(target) for target in query.target_list)


def _unlimited(query: Any) -> Any:
    """The query without a limit that leaves one row at least."""
    count = query.limit_count.a_const.ival.ival
    if count < 1 or query.limit_option != pb.LIMIT_OPTION_COUNT:
        return query
    whole = pb.SelectStmt()
    whole.CopyFrom(query)
    whole.ClearField("limit_count")
    return whole


def _calls(message: Any) -> bool:
    if message.DESCRIPTOR.name in ("FuncCall", "SubLink"):
        return True
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for item in [value] if hasattr(value, "ListFields") else value:
                if _calls(item):
                    return True
    return False


def _flatten(node: pb.Node, leaves: list[pb.Node], joined: list[pb.Node]) -> None:
    join = node.join_expr
    if node.WhichOneof("node") == "join_expr" and _is_inner(join):
        _flatten(join.larg, leaves, joined)
        _flatten(join.rarg, leaves, joined)
        if join.HasField("quals"):
            joined.append(join.quals)
    else:
        leaves.append(node)


def _is_inner(join: Any) -> bool:
    named = join.HasField("alias") or join.HasField("join_using_alias")
    return join.jointype == pb.JOIN_INNER and not (join.is_natural or join.using_clause or named)


def _table_name(node: pb.Node) -> tuple[bool, str]:
    if node.WhichOneof("node") != "range_var":
        return (True, "")
    return (False, f"{node.range_var.schemaname}.{node.range_var.relname}")


def _declare(node: pb.Node, scope: Scope) -> None:
    kind = node.WhichOneof("node")
    if kind == "join_expr":
        _declare(node.join_expr.larg, scope)
        _declare(node.join_expr.rarg, scope)
    item = getattr(node, kind or "range_var")
    alias = _called(item)
    columns = [c.string.sval for c in _alias(item).colnames] if _alias(item) else []
    if alias:
        scope.declare(alias, f"{scope.depth}.{len(scope.names)}", columns)


def _alias(item: Any) -> Any:
    return item.alias if hasattr(item, "alias") and item.HasField("alias") else None


def _called(item: Any) -> str:
    """What a query calls a relation: nothing where the parser does not say."""
    alias = _alias(item)
    return str(alias.aliasname if alias else getattr(item, "relname", ""))


def _relation(reader: Reader, node: pb.Node, scope: Scope) -> Term:
    kind = node.WhichOneof("node")
    item = getattr(node, kind or "range_var")
    width = len(_alias(item).colnames) if _alias(item) else 0
    match kind:
        case "range_var":
            identity = scope.names[_called(item)][0]
            return ("table", item.schemaname, item.relname, item.inh, width, identity)
        case "range_subselect":
            return ("subquery", item.lateral, select(reader, item.subquery.select_stmt, scope), width)
        case "join_expr":
            sides = (_relation(reader, item.larg, scope), _relation(reader, item.rarg, scope))
            merged = tuple(name.string.sval for name in item.using_clause)
            quals = reader.term(item.quals, scope) if item.HasField("quals") else TRUE
            return ("join", item.jointype, item.is_natural, sides, merged, quals, width)
    clone = type(item)()
    clone.CopyFrom(item)
    if hasattr(clone, "alias"):
        clone.ClearField("alias")
    return ("relation", reader.plain(clone, scope), width)
