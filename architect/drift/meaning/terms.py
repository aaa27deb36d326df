"""Conditions as nested tuples in a canonical form: equal tuples mean the same, in three-valued logic.

``("and", a, b)``, ``("or", ...)``, ``("not", a)``, ``("=", a, b)``, ``("<", a, b)``, ``("col", relation,
name)``, ``("call", name, ...)``, ``("exists", relations, condition)``... Arms are sorted and said once, the
other comparisons are written with ``=`` and ``<``, and ``not`` stands in front of atoms only. A null test is
read as one of a scalar value unless the text says that it is one of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Term = tuple[Any, ...]

TRUE: Term = ("bool", True)
FALSE: Term = ("bool", False)
NULL: Term = ("null",)

#: Two calls of these in one row can differ, so that neither arms nor sides with them may be put together.
VOLATILE = frozenset(
    {
        "random",
        "random_normal",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "extensions.uuid_generate_v4",
        "extensions.uuid_generate_v1",
        "clock_timestamp",
        "timeofday",
        "nextval",
        "currval",
        "lastval",
        "setval",
        "set_config",
        "pg_sleep",
        "extensions.gen_random_bytes",
        "txid_current",
        "pg_current_xact_id",
    }
)
_CONSTANTS = frozenset({"bool", "num", "str"})


def conjunction(parts: Iterable[Term]) -> Term:
    """All of ``parts``."""
    return _join("and", parts, TRUE, FALSE)


def disjunction(parts: Iterable[Term]) -> Term:
    """One of ``parts`` at least."""
    return _join("or", parts, FALSE, TRUE)


def negation(term: Term) -> Term:
    """Not ``term``, pushed down to its atoms."""
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    match term[0]:
        case "null":
            return NULL
        case "not":
            inner: Term = term[1]
            return inner
        case "and":
            return disjunction(negation(part) for part in term[1:])
        case "or":
            return conjunction(negation(part) for part in term[1:])
    return ("not", term)


def conjuncts(term: Term) -> tuple[Term, ...]:
    """The parts that all have to hold."""
    return term[1:] if term[0] == "and" else () if term == TRUE else (term,)


def disjuncts(term: Term) -> tuple[Term, ...]:
    """The parts of which one is enough."""
    return term[1:] if term[0] == "or" else () if term == FALSE else (term,)


def walk(term: Any) -> Iterator[Term]:
    """``term`` and every term in it."""
    if isinstance(term, tuple):
        yield term
        for part in term:
            yield from walk(part)


def is_volatile(term: Term) -> bool:
    """Whether something in ``term`` is known to answer otherwise when asked again."""
    return any(part and part[0] == "call" and part[1] in VOLATILE for part in walk(term))


def is_constant(term: Term) -> bool:
    """Whether ``term`` is a literal that is not null, with or without casts. A cast of a value to somebody's
    own type may be a function that answers null."""
    if term[0] != "cast":
        return term[0] in _CONSTANTS
    return term[2][0] == "str" or ("." not in term[1] and is_constant(term[2]))


def is_null(term: Term) -> bool:
    """Whether ``term`` is the literal null, with or without casts."""
    return term[0] == "null" or (term[0] == "cast" and is_null(term[2]))


def is_row(term: Term) -> bool:
    """Whether ``term`` is visibly a row: tests and comparisons of rows look into them."""
    if term[0] == "col":
        return term[2] == "*" or len(term) > 3
    if term[0] == "scalar":
        return any(is_row(part) for part in walk(term[1]) if part and part[0] in ("col", "row"))
    return term[0] == "row"


def rename(term: Any, names: dict[str, str]) -> Any:
    """``term`` with its relations called otherwise, in the canonical order again."""
    if not isinstance(term, tuple) or not term:
        return term
    match term[0]:
        case "col":
            return ("col", names.get(term[1], term[1]), *term[2:])
        case "and":
            return conjunction(rename(part, names) for part in term[1:])
        case "or":
            return disjunction(rename(part, names) for part in term[1:])
        case "=" | "distinct" | "commutative":
            first = 2 if term[0] == "commutative" else 1
            return (*term[:first], *sorted((rename(part, names) for part in term[first:]), key=repr))
    return tuple(rename(part, names) for part in term)


def _join(word: str, parts: Iterable[Term], neutral: Term, absorbing: Term) -> Term:
    flat: list[Term] = []
    said: set[Term] = set()
    for part in parts:
        if part == absorbing:
            return absorbing
        for arm in part[1:] if part[0] == word else (part,):
            if arm != neutral and (arm not in said or is_volatile(arm)):
                flat.append(arm)
                said.add(arm)
    if not flat:
        return neutral
    return flat[0] if len(flat) == 1 else (word, *sorted(flat, key=repr))
