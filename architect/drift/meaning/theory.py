"""What is known of atoms beside their names, as formulas: a comparison is null where an operand is, ``a <
b`` and ``a = b`` exclude each other, a row that satisfies more is a row that satisfies less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, groupby, permutations, product

from architect.drift.meaning import bounds
from architect.drift.meaning.comparisons import STRICT
from architect.drift.meaning.encode import Encoder
from architect.drift.meaning.terms import Term, is_row, rename

#: ``follows(a, b)``: whether b is true wherever a is.
Follows = Callable[[Term, Term], bool]
#: More ways to find the tables of one subquery in another are not tried.
_WAYS = 24
_COMPARISONS = frozenset({"=", "<"})


def facts(encoder: Encoder, follows: Follows, *, lenient: bool) -> Iterator[int]:
    """Formulas that hold for the encoder's atoms. ``lenient`` adds what holds but for nulls and errors; with
    it one may show that something lets more through, never that it does not."""
    atoms = [atom for atom in encoder.atoms if atom[0] != "in"]
    defined = {atom: operands for atom in atoms if (operands := _operands(atom))}
    for atom, operands in defined.items():
        yield from _nulls(encoder, atom, operands)
    compared = [atom for atom in atoms if atom[0] in _COMPARISONS]
    compared.sort(key=lambda atom: repr(sorted(map(repr, atom[1:]))))
    for _, same in groupby(compared, key=lambda atom: frozenset(atom[1:])):
        for first, second in combinations(same, 2):
            yield from _exclusive(encoder, first, second)
    for first, second in permutations([atom for atom in compared if atom[0] == "<"], 2):
        yield from _bounded(encoder, first, second)
    for atom in atoms:
        if atom[0] == "distinct":
            yield from _distinct(encoder, atom)
        if atom[0] == "isnull" and atom[1] in encoder.atoms:
            yield from _unknown(encoder, atom)
    for first, second in permutations([a for a in atoms if a[0] == "exists"], 2):
        if _contained(first, second, follows):
            yield _implies(encoder, encoder.atoms[first].true, encoder.atoms[second].true)
    if lenient:
        yield from _forgiven(encoder, atoms, follows)


def _implies(encoder: Encoder, first: int, second: int) -> int:
    return encoder.diagrams.either(encoder.diagrams.opposite(first), second)


def _operands(atom: Term) -> set[Term]:
    """What cannot be null where ``atom`` is true or false."""
    found: set[Term] = set()
    if atom[0] in _COMPARISONS or (atom[0] == "op" and atom[1] in STRICT) or atom[0] == "commutative":
        for part in atom[1:]:
            if isinstance(part, tuple):
                found |= {part} | (_operands(part) if part[0] in ("op", "commutative") else set())
    return {part for part in found if not is_row(part)}


def _nulls(encoder: Encoder, atom: Term, operands: set[Term]) -> Iterator[int]:
    d, sides = encoder.diagrams, encoder.atoms[atom]
    known = d.either(sides.true, sides.false)
    for operand in operands:
        null, equal = encoder.atoms.get(("isnull", operand)), encoder.atoms.get(("=", operand, operand))
        if null:
            yield _implies(encoder, known, null.false)
        if equal:
            yield _implies(encoder, known, equal.true)
            if null:
                yield _implies(encoder, null.false, equal.true)


def _exclusive(encoder: Encoder, first: Term, second: Term) -> Iterator[int]:
    """Two comparisons of the same two values: null together, and at most one of them true."""
    if any(is_row(part) for part in first[1:]):
        return
    d, one, other = encoder.diagrams, encoder.atoms[first], encoder.atoms[second]
    yield _implies(encoder, one.true, other.false)
    yield _implies(encoder, other.true, one.false)
    known = [d.either(sides.true, sides.false) for sides in (one, other)]
    yield _implies(encoder, known[0], known[1])
    yield _implies(encoder, known[1], known[0])


def _bounded(encoder: Encoder, narrow: Term, wide: Term) -> Iterator[int]:
    """``x < 3`` where ``x < 5``."""
    if bounds.within(narrow, wide):
        one, other = encoder.atoms[narrow], encoder.atoms[wide]
        yield _implies(encoder, one.true, other.true)
        yield _implies(encoder, other.false, one.false)


def _unknown(encoder: Encoder, atom: Term) -> Iterator[int]:
    """A condition is null where it is neither true nor false."""
    d, null, sides = encoder.diagrams, encoder.atoms[atom], encoder.atoms[atom[1]]
    yield d.choose(
        null.true, d.opposite(d.either(sides.true, sides.false)), d.either(sides.true, sides.false)
    )


def _distinct(encoder: Encoder, atom: Term) -> Iterator[int]:
    equal = encoder.atoms.get(("=", *atom[1:]))
    if equal:
        yield _implies(encoder, equal.true, encoder.atoms[atom].false)
        yield _implies(encoder, equal.false, encoder.atoms[atom].true)


def _forgiven(encoder: Encoder, atoms: list[Term], follows: Follows) -> Iterator[int]:
    for atom in atoms:
        if atom[0] == "=" and atom[1] == atom[2]:
            yield encoder.atoms[atom].true
    for first, second in permutations([a for a in atoms if a[0] == "="], 2):
        if _looked_up(first, second, follows) or _cast(first, second):
            yield _implies(encoder, encoder.atoms[first].true, encoder.atoms[second].true)


def _cast(first: Term, second: Term) -> bool:
    """``a = b`` and ``a::text = b::text``: what is equal is printed alike, but for a few types."""
    sides = [part for part in second[1:] if part[0] == "cast"]
    return len({part[1] for part in sides}) == 1 and {part[2] for part in sides} == {*first[1:]}


def _looked_up(first: Term, second: Term, follows: Follows) -> bool:
    """``x = (select c from t where p and q)`` and the same without q: it answers the same, or it is an
    error."""
    for (one, looked), (other, wider) in product(_turned(first), _turned(second)):
        if (
            one == other
            and looked[0] == wider[0] == "lookup"
            and (looked[1], looked[3]) == (wider[1], wider[3])
        ):
            return follows(looked[2], wider[2])
    return False


def _turned(atom: Term) -> list[tuple[Term, Term]]:
    return [(atom[1], atom[2]), (atom[2], atom[1])]


def _contained(first: Term, second: Term, follows: Follows) -> bool:
    """Whether a row of ``first`` is always one of ``second``: each relation of the second is found in the
    first, and there the second's condition follows from the first's."""
    if first[1] == second[1] and follows(first[2], second[2]):
        return True
    tables = (*first[1], *second[1])
    if not second[1] or any(relation[0] != "table" for relation in tables):
        return False
    places = [[have[-1] for have in first[1] if have[:-1] == want[:-1]] for want in second[1]]
    for number, way in enumerate(product(*places)):
        if number == _WAYS:
            return False
        names = {want[-1]: found for want, found in zip(second[1], way, strict=True)}
        if follows(first[2], rename(second[2], names)):
            return True
    return False
