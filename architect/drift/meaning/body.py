"""Bodies of functions and queries of views: the same thing written otherwise, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from architect.drift.meaning.reader import Reader, Unreadable, parse
from architect.drift.meaning.scope import Scope
from architect.drift.meaning.terms import Term

_WORD = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"([A-Za-z_]\w*)\s*\.\s*([A-Za-z_]\w*)")
_COMMENTS = (pb.SQL_COMMENT, pb.C_COMMENT)
#: After these words a name alone is that of a relation.
_BEFORE_RELATIONS = frozenset({"from", "join", "into", "update", "table", "only", "truncate", "using"})


def same_body(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two functions, by the details of their facts, do the same: SQL by what it says, PL/pgSQL but
    for comments and white space, any other language to the letter. False where that cannot be told."""
    if any(before.get(field) != after.get(field) for field in ("language", "library")):
        return False
    if all(before.get(field) == after.get(field) for field in ("body", "sql_body")):
        return True
    if bool(before.get("sql_body")) != bool(after.get("sql_body")):
        return False
    read = {"sql": _sql, "plpgsql": _tokens}.get(before.get("language", ""))
    try:
        return read is not None and read(before) == read(after)
    except (ValueError, postgast.PgQueryError, RecursionError):
        return False


def same_query(before: str, after: str) -> bool:
    """Whether two queries of views answer the same. False where that cannot be told."""
    if before == after:
        return True
    try:
        return Reader(unwrap=True).statements(before) == Reader(unwrap=True).statements(after)
    except (Unreadable, RecursionError):
        return False


def names_in_body(detail: Mapping[str, Any]) -> set[tuple[str | None, str]]:
    """The functions and relations that a function's body names, by schema; None where the search path
    decides. Rather more than fewer: a body that is no SQL gives every name that could be one."""
    if detail.get("language") in ("internal", "c"):
        return set()
    if detail.get("language") == "sql":
        try:
            return {name for node in _statements(detail) for name in _named(node)}
        except (Unreadable, RecursionError):
            pass
    return set(_mentioned(detail.get("sql_body") or detail.get("body") or ""))


def _sql(detail: Mapping[str, Any]) -> tuple[Term, ...]:
    reader = Reader(unwrap=True)
    return tuple(reader.term(node, Scope()) for node in _statements(detail))


def _statements(detail: Mapping[str, Any]) -> list[pb.Node]:
    if detail.get("sql_body"):
        [statement] = parse(f"CREATE FUNCTION f() LANGUAGE sql {detail['sql_body']}")
        return [statement.create_function_stmt.sql_body]
    return parse(detail.get("body") or "")


def _tokens(detail: Mapping[str, Any]) -> list[str]:
    """The words of a body, in the case that Postgres reads them in."""
    body = detail.get("body") or ""
    if "\0" in body:
        raise Unreadable("the scanner would stop at a null byte")
    text = body.encode()
    words = (
        text[token.start : token.end].decode()
        for token in postgast.scan(body).tokens
        if token.token not in _COMMENTS
    )
    return [word.lower() if _WORD.fullmatch(word) else word for word in words]


def _named(message: Any) -> Iterator[tuple[str | None, str]]:
    for node in postgast.find_nodes(message, pb.FuncCall):
        names = [part.string.sval for part in node.funcname]
        yield (names[-2] if len(names) > 1 else None, names[-1])
    for relation in postgast.find_nodes(message, pb.RangeVar):
        yield (relation.schemaname or None, relation.relname)


def _mentioned(text: str) -> Iterator[tuple[str | None, str]]:
    """Every ``schema.name`` in ``text``, in its strings as well (they may be executed), every name that is
    called and every one that stands where a relation does."""
    yield from _DOTTED.findall(text.replace('"', ""))
    words = re.findall(r"\w+|[^\s\w]", text.replace('"', ""))
    for place, word in enumerate(words):
        if not _WORD.fullmatch(word) or words[place - 1 : place] == ["."]:
            continue
        if words[place + 1 : place + 2] == ["("] or (place and words[place - 1].lower() in _BEFORE_RELATIONS):
            yield (None, word)
