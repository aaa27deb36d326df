"""Two conditions compared: which rows pass the one and not the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from architect.drift.meaning import logic, theory, wording
from architect.drift.meaning.encode import Encoder
from architect.drift.meaning.reader import Reader, Unreadable
from architect.drift.meaning.terms import FALSE, TRUE, Term, conjuncts, disjuncts, is_volatile, walk
from architect.drift.meaning.verdict import Meaning
from architect.drift.meaning.wording import Text, trusts_user_metadata

#: Subqueries within subqueries are looked into this deep.
_DEPTH = 4
_CLOSED = frozenset({"exists", "in", "member", "sublink", "scalar", "lookup", "select"})
_NOT_COMPARED = "the two conditions could not be compared, so that this has to be taken for an opening"


def compare_expressions(before: str | None, after: str | None) -> Meaning:
    """What became of the rows that pass a condition; None is no condition, which every row passes.

    ``weaker`` lets more through, ``stronger`` less, ``both`` some more and others no longer; a direction of
    None could not be decided. It never raises on what it cannot read.
    """
    if before == after:
        return Meaning(0, "equal", reason="the condition is the same")
    return _decided(_conditions, before, after)


def compare_queries(before: str, after: str) -> Meaning:
    """What became of the rows that a view shows, from its two queries. Where they differ in more than the
    condition the direction is None. It never raises on what it cannot read."""
    if before == after:
        return Meaning(0, "equal", reason="the query is the same")
    return _decided(_queries, before, after)


@lru_cache(maxsize=4096)
def _decided(compare: Callable[[Any, Any], Meaning], before: str | None, after: str | None) -> Meaning:
    try:
        return compare(before, after)
    except Unreadable as error:
        return Meaning(3, None, reason=f"{_NOT_COMPARED}: {error}")
    except RecursionError:
        return Meaning(3, None, reason=f"{_NOT_COMPARED}: it is too deeply nested")


def follows(first: Term, second: Term, *, lenient: bool = False, depth: int = _DEPTH) -> bool:
    """Whether every row that passes ``first`` passes ``second``. Raises
    :class:`~architect.drift.meaning.logic.TooComplex`."""
    if first in (second, FALSE) or second == TRUE:
        return True
    said = {*conjuncts(second)} <= {*conjuncts(first)} or {*disjuncts(first)} <= {*disjuncts(second)}
    if said and not is_volatile(second):
        return True
    if depth == 0:
        return False
    encoder = Encoder()
    passes, other = encoder.sides(first).true, encoder.sides(second).true
    d = encoder.diagrams
    left = d.both(passes, d.opposite(other))
    if left == logic.FALSE:
        return True
    for fact in theory.facts(encoder, lambda a, b: follows(a, b, depth=depth - 1), lenient=lenient):
        left = d.both(left, fact)
        if left == logic.FALSE:
            return True
    return False


def _conditions(before: str | None, after: str | None) -> Meaning:
    for tier, unwrap in ((1, False), (2, True)):
        old, new = (_read(text, unwrap=unwrap) for text in (before, after))
        if old.term == new.term or (_proved(old.term, new.term) and _proved(new.term, old.term)):
            return Meaning(tier, "equal", reason=wording.same(tier, before, after))
    found = _by_logic(old, new)
    if found.direction != "both":
        return found
    if trusts_user_metadata(after) and not trusts_user_metadata(before):
        said = "users write their own user_metadata, and the condition trusts it now"
        return replace(found, direction="weaker", reason=f"{said}; {found.reason}")
    if _looks_at_rows(old.term) and not _looks_at_rows(new.term):
        return replace(found, direction="weaker", reason=f"it no longer looks at the row; {found.reason}")
    if _is_opaque(old.term, new.term) or _is_opaque(new.term, old.term):
        return replace(found, direction=None, reason=f"{_NOT_COMPARED}; {found.reason}")
    return found


def _read(text: str | None, *, unwrap: bool) -> Text:
    reader = Reader(unwrap=unwrap)
    return Text(TRUE if text is None else reader.condition(text), reader)


def _queries(before: str, after: str) -> Meaning:
    readers = [Reader(unwrap=True), Reader(unwrap=True)]
    old, new = (reader.statements(text) for reader, text in zip(readers, (before, after), strict=True))
    if old == new:
        return Meaning(1, "equal", reason="written differently, the same rows are shown")
    if not _differ_in_condition(old, new):
        return Meaning(3, None, reason=f"{_NOT_COMPARED}: they read or show something else")
    found = _by_logic(Text(old[1][2], readers[0]), Text(new[1][2], readers[1]))
    return replace(found, direction=None) if found.direction == "both" else found


def _differ_in_condition(old: Term, new: Term) -> bool:
    if not (len(old) == len(new) == 2 and old[1][0] == new[1][0] == "select"):
        return False
    (_, *before), (_, *after) = old[1], new[1]
    shaped = {name for name, _ in before[3]} - {"limit_option", "op", "sort_clause"}
    computed = any(part and part[0] == "call" for part in walk(before[2]))
    return not shaped and not computed and (before[0], *before[2:]) == (after[0], *after[2:])


def _by_logic(old: Text, new: Text) -> Meaning:
    lost, added, reason = wording.parts(old, new)
    narrower = _proved(new.term, old.term)
    if narrower:
        equal = _proved(old.term, new.term)
        return Meaning(3, "equal" if equal else "stronger", lost, added, reason)
    wider = _proved(old.term, new.term, lenient=True)
    if wider:
        return Meaning(3, "weaker", lost, added, reason)
    if narrower is None or wider is None:
        return Meaning(3, None, lost, added, f"{_NOT_COMPARED}: they have too many cases; {reason}")
    return Meaning(3, "both", lost, added, reason)


def _proved(first: Term, second: Term, *, lenient: bool = False) -> bool | None:
    """Whether ``second`` follows from ``first``, or None where there are too many cases to tell."""
    try:
        return follows(first, second, lenient=lenient)
    except (logic.TooComplex, RecursionError):
        return None


def _looks_at_rows(term: Term) -> bool:
    return any(part[:2] == ("col", "") for part in walk(term))


def _is_opaque(term: Term, other: Term) -> bool:
    """Whether ``term`` has subqueries or functions of somebody's own that ``other`` has not: of them only
    the name is known here."""
    known = set(walk(other))
    return any(part not in known and _is_closed(part) for part in walk(term))


def _is_closed(part: Term) -> bool:
    own = part[:1] == ("call",) and "." in part[1] and not part[1].startswith("auth.")
    return own or (bool(part) and part[0] in _CLOSED)
