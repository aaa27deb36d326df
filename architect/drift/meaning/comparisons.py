"""Operators in canonical form. Two rewrites are made and no others: the commutators and negators that
pg_catalog declares for every operator of that name, which Postgres' own planner trusts as well. An operator
that is written with a schema is somebody's own and is left as it stands."""

from __future__ import annotations

from architect.drift.meaning.terms import (
    FALSE,
    NULL,
    TRUE,
    Term,
    conjunction,
    disjunction,
    is_constant,
    is_null,
    is_volatile,
    negation,
)

_NEGATED = {"!~~": "~~", "!~~*": "~~*", "!~": "~", "!~*": "~*"}
_COMMUTATIVE = frozenset({"+", "*", "&&"})
_ORDER = frozenset({"=", "<>", "<", ">", "<=", ">="})
#: Null when an operand is null, whatever the types.
STRICT = frozenset(
    {"~~", "~~*", "~", "~*", "@>", "->", "->>", "#>", "#>>", "?", "?|", "?&", "+", "-", "*", "/"}
)


def operation(name: str, left: Term, right: Term) -> Term:
    """``left name right``."""
    if name in _ORDER:
        return _ordered(name, left, right)
    if name in _NEGATED:
        return negation(("op", _NEGATED[name], left, right))
    if name == "<@":
        return ("op", "@>", right, left)
    if name in _COMMUTATIVE:
        return ("commutative", name, *sorted((left, right), key=repr))
    return ("op", name, left, right)


def distinct(left: Term, right: Term) -> Term:
    """``left is distinct from right``."""
    for side, other in ((left, right), (right, left)):
        if is_null(side):
            return negation(null_test(other))
        if side[0] == "bool":
            return negation(("is", "true" if side[1] else "false", other))
    if left == right and not is_volatile(left):
        return FALSE
    return ("distinct", *sorted((left, right), key=repr))


def null_test(term: Term) -> Term:
    """``term is null``."""
    if is_null(term):
        return TRUE
    return FALSE if is_constant(term) else ("isnull", term)


def any_of(name: str, left: Term, elements: list[Term]) -> Term:
    """``left name any (array[...])``."""
    return disjunction(operation(name, left, element) for element in elements)


def all_of(name: str, left: Term, elements: list[Term]) -> Term:
    """``left name all (array[...])``."""
    return conjunction(operation(name, left, element) for element in elements)


def _ordered(name: str, left: Term, right: Term) -> Term:
    match name:
        case "<>":
            return negation(_ordered("=", left, right))
        case ">":
            return _ordered("<", right, left)
        case "<=":
            return negation(_ordered("<", right, left))
        case ">=":
            return negation(_ordered("<", left, right))
    if left[0] == "row" or right[0] == "row":
        return _rows(name, left, right)
    if is_null(left) or is_null(right):
        return NULL
    return _equal(left, right) if name == "=" else _less(left, right)


def _rows(name: str, left: Term, right: Term) -> Term:
    if name == "=" and left[0] == right[0] and len(left) == len(right):
        return conjunction(_ordered("=", a, b) for a, b in zip(left[1:], right[1:], strict=True))
    # A comparison of rows stops at the first pair that decides: no negator, no swap.
    return ("op", f"row {name}", left, right)


def _equal(left: Term, right: Term) -> Term:
    for side, other in ((left, right), (right, left)):
        if side[0] == "bool":
            return other if side[1] else negation(other)
    if is_constant(left) and is_constant(right):
        if left == right:
            return TRUE
        if _comparable(left, right):
            return FALSE
    return ("=", *sorted((left, right), key=repr))


def _less(left: Term, right: Term) -> Term:
    if left == right and is_constant(left):
        return FALSE
    if left[0] == right[0] == "num":
        return TRUE if left[1] < right[1] else FALSE
    return ("<", left, right)


def _comparable(left: Term, right: Term) -> bool:
    """Whether two different literals are different values for sure: numbers, and texts in the database's own
    collation, which is always deterministic."""
    if left[0] == right[0] == "num":
        return bool(left[1] != right[1])
    return (
        left[0] == right[0] == "cast" and left[1] == right[1] == "text" and left[2][0] == right[2][0] == "str"
    )
