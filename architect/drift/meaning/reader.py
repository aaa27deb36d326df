"""SQL expressions as terms."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import postgast
from google.protobuf.message import DecodeError
from postgast import pg_query_pb2 as pb

from architect.drift.meaning import comparisons, queries
from architect.drift.meaning.scope import Scope
from architect.drift.meaning.terms import (
    FALSE,
    NULL,
    TRUE,
    Term,
    conjunction,
    disjunction,
    negation,
)

_PLACES = frozenset(
    {"location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end", "stmt_location", "stmt_len"}
)
_BOOLEANS = {"t": TRUE, "true": TRUE, "f": FALSE, "false": FALSE}
#: The members of an array literal that need no unquoting.
_PLAIN_ARRAY = re.compile(r"\{[\w.@-]+(,[\w.@-]+)*\}")


class Unreadable(ValueError):
    """The text is no SQL that the parser knows."""


class Reader:
    """Reads one text. With ``unwrap`` a ``(select f())`` is read as ``f()``: the same value, another plan."""

    def __init__(self, *, unwrap: bool) -> None:
        self.unwrap = unwrap
        #: Where a term stands in the text, to show it as it was written.
        self.source: dict[Term, pb.Node] = {}

    def condition(self, text: str) -> Term:
        """A condition on the rows of one table. Raises :class:`Unreadable`."""
        statements = parse(f"SELECT {text}")
        query = statements[0].select_stmt
        target = query.target_list
        if (
            len(statements) != 1
            or len(target) != 1
            or len(query.ListFields()) > 3
            or target[0].res_target.name
        ):
            raise Unreadable("this is not one expression")
        return self.term(target[0].res_target.val, Scope(policy=True))

    def statements(self, text: str) -> Term:
        """Statements, in their order. Raises :class:`Unreadable`."""
        return ("statements", *(self.term(statement, Scope()) for statement in parse(text)))

    def term(self, node: pb.Node, scope: Scope) -> Term:
        """What ``node`` says."""
        kind = node.WhichOneof("node")
        if kind is None:
            return ("nothing",)
        message = getattr(node, kind)
        read = getattr(self, f"_{kind}", None)
        term: Term = read(message, scope) if read else self.plain(message, scope)
        self.source.setdefault(term, node)
        return term

    def terms(self, nodes: Any, scope: Scope) -> list[Term]:
        """What each of ``nodes`` says."""
        return [self.term(node, scope) for node in nodes]

    def plain(self, message: Any, scope: Scope) -> Term:
        """A part of SQL that has no canonical form of its own: all that it holds, in order."""
        fields = (
            (field.name, self._value(value, scope))
            for field, value in message.ListFields()
            if field.name not in _PLACES
        )
        return (message.DESCRIPTOR.name, *fields)

    def _value(self, value: Any, scope: Scope) -> Any:
        if isinstance(value, pb.Node):
            return self.term(value, scope)
        if hasattr(value, "ListFields"):
            read = getattr(self, f"_{value.DESCRIPTOR.name}", None)
            return read(value, scope) if read else self.plain(value, scope)
        if isinstance(value, str | int | float | bool | bytes):
            return value
        return tuple(self._value(item, scope) for item in value)

    def _select_stmt(self, message: Any, scope: Scope) -> Term:
        return queries.select(self, message, scope)

    _SelectStmt = _select_stmt

    def _sub_link(self, message: Any, scope: Scope) -> Term:
        return queries.sublink(self, message, scope)

    def _column_ref(self, message: Any, scope: Scope) -> Term:
        names = [f.string.sval if f.WhichOneof("node") == "string" else "*" for f in message.fields]
        return scope.column(names)

    def _bool_expr(self, message: Any, scope: Scope) -> Term:
        parts = self.terms(message.args, scope)
        if message.boolop == pb.NOT_EXPR:
            return negation(parts[0])
        return conjunction(parts) if message.boolop == pb.AND_EXPR else disjunction(parts)

    def _a_const(self, message: Any, scope: Scope) -> Term:
        if message.isnull:
            return NULL
        kind = message.WhichOneof("val")
        match kind:
            case "boolval":
                return TRUE if message.boolval.boolval else FALSE
            case "ival":
                return ("num", Decimal(message.ival.ival), "")
            case "fval" if re.fullmatch(r"[\d.]+", message.fval.fval):
                return ("num", Decimal(message.fval.fval), message.fval.fval)
            case "sval":
                return ("str", message.sval.sval)
        return ("literal", str(getattr(message, kind)))

    def _type_name(self, message: Any, scope: Scope) -> Term:
        names = [n.string.sval for n in message.names]
        name = ".".join(names[1:] if names[0] == "pg_catalog" and len(names) > 1 else names)
        if message.typmods or message.setof or message.pct_type:
            name += repr((message.setof, message.pct_type, self.terms(message.typmods, scope)))
        return ("type", name + "[]" * len(message.array_bounds))

    _TypeName = _type_name

    def _type_cast(self, message: Any, scope: Scope) -> Term:
        kind = self._type_name(message.type_name, scope)[1]
        return cast(kind, self.term(message.arg, scope))

    def _a_expr(self, message: Any, scope: Scope) -> Term:
        name = ".".join(n.string.sval for n in message.name).removeprefix("pg_catalog.")
        if not message.HasField("lexpr"):
            return ("prefix", name, self.term(message.rexpr, scope))
        left, kind = self.term(message.lexpr, scope), message.kind
        if kind in (pb.AEXPR_OP_ANY, pb.AEXPR_OP_ALL):
            return self._array_test(name, left, message, scope)
        if message.rexpr.WhichOneof("node") == "list":
            right = self.terms(message.rexpr.list.items, scope)
            if kind == pb.AEXPR_IN:
                return (comparisons.all_of if name == "<>" else comparisons.any_of)(name, left, right)
            if kind in (pb.AEXPR_BETWEEN, pb.AEXPR_NOT_BETWEEN):
                low, high = right
                within = conjunction(
                    [comparisons.operation(">=", left, low), comparisons.operation("<=", left, high)]
                )
                return within if kind == pb.AEXPR_BETWEEN else negation(within)
            return ("expr", kind, name, left, *right)
        other = self.term(message.rexpr, scope)
        match kind:
            case pb.AEXPR_DISTINCT:
                return comparisons.distinct(left, other)
            case pb.AEXPR_NOT_DISTINCT:
                return negation(comparisons.distinct(left, other))
            case pb.AEXPR_OP | pb.AEXPR_LIKE | pb.AEXPR_ILIKE:
                return comparisons.operation(name, left, other)
        return ("expr", kind, name, left, other)

    def _array_test(self, name: str, left: Term, message: Any, scope: Scope) -> Term:
        every = message.kind == pb.AEXPR_OP_ALL
        link = message.rexpr.sub_link
        if link.sub_link_type == pb.ARRAY_SUBLINK:
            same = pb.SubLink(
                sub_link_type=pb.ALL_SUBLINK if every else pb.ANY_SUBLINK,
                testexpr=message.lexpr,
                oper_name=message.name,
                subselect=link.subselect,
            )
            return queries.sublink(self, same, scope)
        array = self.term(message.rexpr, scope)
        elements = _elements(array)
        if elements is None:
            return ("all" if every else "any", name, left, array)
        return (comparisons.all_of if every else comparisons.any_of)(name, left, elements)

    def _a_array_expr(self, message: Any, scope: Scope) -> Term:
        return ("array", *self.terms(message.elements, scope))

    def _row_expr(self, message: Any, scope: Scope) -> Term:
        return ("row", *self.terms(message.args, scope))

    def _null_test(self, message: Any, scope: Scope) -> Term:
        argument, negative = self.term(message.arg, scope), message.nulltesttype == pb.IS_NOT_NULL
        if argument[0] == "row" or (argument[0] == "col" and (argument[2] == "*" or len(argument) > 3)):
            # Of a row "is not null" is not the opposite of "is null".
            return ("row test", negative, argument)
        test = comparisons.null_test(argument)
        return negation(test) if negative else test

    def _boolean_test(self, message: Any, scope: Scope) -> Term:
        number = message.booltesttype
        test = ("is", ("true", "false", "unknown")[(number - 1) // 2], self.term(message.arg, scope))
        return negation(test) if number % 2 == 0 else test

    def _coalesce_expr(self, message: Any, scope: Scope) -> Term:
        return ("coalesce", *self.terms(message.args, scope))

    def _case_expr(self, message: Any, scope: Scope) -> Term:
        if message.HasField("arg"):
            return self.plain(message, scope)
        cases = [
            (self.term(c.case_when.expr, scope), self.term(c.case_when.result, scope)) for c in message.args
        ]
        last = self.term(message.defresult, scope) if message.HasField("defresult") else NULL
        return ("case", *cases, last)

    def _func_call(self, message: Any, scope: Scope) -> Term:
        name = ".".join(n.string.sval for n in message.funcname).removeprefix("pg_catalog.")
        rest = tuple(
            (field.name, self._value(value, scope))
            for field, value in message.ListFields()
            if field.name not in _PLACES and field.name not in ("funcname", "args", "funcformat")
        )
        return ("call", name, *self.terms(message.args, scope), *rest)


def parse(text: str) -> list[pb.Node]:
    """The statements in ``text``. Raises :class:`Unreadable`."""
    if "\0" in text:
        raise Unreadable("the parser would stop at a null byte")
    try:
        return [raw.stmt for raw in postgast.parse(text).stmts]
    except (postgast.PgQueryError, DecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def cast(kind: str, argument: Term) -> Term:
    """``argument::kind``."""
    if argument[0] == "str" and kind == "bool" and argument[1] in _BOOLEANS:
        return _BOOLEANS[argument[1]]
    if argument[0] == "cast" and argument[1] == kind and "(" not in kind:
        return argument
    plain = ("text", "varchar")
    if argument[0] == "cast" and argument[1] in plain and kind in plain and argument[2][0] == "str":
        return ("cast", kind, argument[2])
    return ("cast", kind, argument)


def _elements(array: Term) -> list[Term] | None:
    """The members of an array that the text spells out."""
    if array[0] == "array":
        return list(array[1:])
    if array[0] == "cast" and array[1].endswith("[]") and not array[1].endswith("[][]"):
        kind = array[1].removesuffix("[]")
        if array[2][0] == "str":
            plain = _PLAIN_ARRAY.fullmatch(array[2][1]) and "null" not in array[2][1].lower()
            return [cast(kind, ("str", m)) for m in array[2][1][1:-1].split(",")] if plain else None
        inner = _elements(array[2])
        return [cast(kind, element) for element in inner] if inner is not None else None
    return None
