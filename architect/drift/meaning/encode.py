"""Terms as formulas. A condition in SQL is true, false or null, so each is two formulas: where it is true
and where it is false. A policy lets a row pass where its condition is true."""

from __future__ import annotations

from typing import NamedTuple

from architect.drift.meaning import logic
from architect.drift.meaning.logic import Diagrams
from architect.drift.meaning.terms import Term, is_volatile

_TRUTHS = frozenset({"and", "or", "not", "=", "<", "is", "in", "exists", "distinct", "isnull"})


class Sides(NamedTuple):
    """Where a condition is true and where it is false; null elsewhere."""

    true: int
    false: int


class Encoder:
    """Gives formulas to terms; the same atom always gets the same variables."""

    def __init__(self) -> None:
        self.diagrams = Diagrams()
        self.atoms: dict[Term, Sides] = {}

    def sides(self, term: Term) -> Sides:
        """Where ``term`` is true and false. Raises :class:`~architect.drift.meaning.logic.TooComplex`."""
        match term[0]:
            case "bool":
                return Sides(logic.TRUE, logic.FALSE) if term[1] else Sides(logic.FALSE, logic.TRUE)
            case "null":
                return Sides(logic.FALSE, logic.FALSE)
            case "not":
                inner = self.sides(term[1])
                return Sides(inner.false, inner.true)
            case "and" | "or":
                return self._joined(term)
            case "is":
                return self._boolean_test(term)
            case "coalesce":
                return self._coalesce(term)
            case "case":
                return self._case(term)
            case "in":
                return self._member(term)
            case "exists" if not term[1]:
                return self._certain(self.sides(term[2]).true)
            case "isnull" if term[1][0] in _TRUTHS:
                return self._boolean_test(("is", "unknown", term[1]))
            case "isnull" | "exists" | "distinct":
                return self._two_valued(term)
            case "=" if term[1] == term[2]:
                return self._self_equal(term)
        return self._atom(term)

    def _joined(self, term: Term) -> Sides:
        d, parts = self.diagrams, [self.sides(part) for part in term[1:]]
        true, false = [p.true for p in parts], [p.false for p in parts]
        if term[0] == "and":
            return Sides(d.both(*true), d.either(*false))
        return Sides(d.either(*true), d.both(*false))

    def _certain(self, true: int) -> Sides:
        return Sides(true, self.diagrams.opposite(true))

    def _boolean_test(self, term: Term) -> Sides:
        inner, d = self.sides(term[2]), self.diagrams
        match term[1]:
            case "true":
                return self._certain(inner.true)
            case "false":
                return self._certain(inner.false)
        return self._certain(d.both(d.opposite(inner.true), d.opposite(inner.false)))

    def _coalesce(self, term: Term) -> Sides:
        d, result = self.diagrams, Sides(logic.FALSE, logic.FALSE)
        for part in reversed(term[1:]):
            inner = self.sides(part)
            result = Sides(
                d.choose(inner.true, logic.TRUE, d.choose(inner.false, logic.FALSE, result.true)),
                d.choose(inner.false, logic.TRUE, d.choose(inner.true, logic.FALSE, result.false)),
            )
        return result

    def _case(self, term: Term) -> Sides:
        d, result = self.diagrams, self.sides(term[-1])
        for condition, value in reversed(term[1:-1]):
            test, then = self.sides(condition).true, self.sides(value)
            result = Sides(d.choose(test, then.true, result.true), d.choose(test, then.false, result.false))
        return result

    def _member(self, term: Term) -> Sides:
        """``x in (query)`` is true where a row exists that equals x, and false only where none exists."""
        found = self.sides(term[1])
        if is_volatile(term):
            return Sides(found.true, self.diagrams.both(self.diagrams.variable(), found.false))
        if term not in self.atoms:
            false = self.diagrams.both(self.diagrams.variable(), found.false)
            self.atoms[term] = Sides(found.true, false)
        return self.atoms[term]

    def _two_valued(self, term: Term) -> Sides:
        if is_volatile(term):
            return self._certain(self.diagrams.variable())
        if term not in self.atoms:
            self.atoms[term] = self._certain(self.diagrams.variable())
        return self.atoms[term]

    def _self_equal(self, term: Term) -> Sides:
        """``x = x`` is true, or null where x is."""
        if is_volatile(term):
            return self._atom(term)
        if term not in self.atoms:
            self.atoms[term] = Sides(self.diagrams.variable(), logic.FALSE)
        return self.atoms[term]

    def _atom(self, term: Term) -> Sides:
        if is_volatile(term):
            return self._fresh()
        if term not in self.atoms:
            self.atoms[term] = self._fresh()
        return self.atoms[term]

    def _fresh(self) -> Sides:
        d = self.diagrams
        true, other = d.variable(), d.variable()
        return Sides(true, d.both(d.opposite(true), other))
