"""Tables that the spec hardly speaks of: named once, with nothing to keep, among things it describes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, singular, tokens
from architect.plan.reader.sentence.statements import BETWEEN, EACH, Allows, Mentions, Relates, Statement
from architect.plan.reader.tables.draft import MEMBERSHIP, USER, Draft, Entity
from architect.spec.chunk import Chunk

#: Relations that name what a person does; the thing made may be no more than the doing.
_DOING = ("make", "on", EACH, BETWEEN)


def drop(draft: Draft, statements: Sequence[Statement], chunks: Sequence[Chunk]) -> list[Key]:
    """Take the doubtful tables out of ``draft``; which they were, in its order."""
    described = sum(e.described for e in draft.entities.values())
    bare = [e.key for e in draft.entities.values() if _bare(draft, e)]
    spoken = _spoken(chunks, bare)
    houses = _houses(draft, statements)
    owners = _owners(draft, statements, bare) if described else []
    gone = [key for key in owners if spoken[key].house or (key in houses and spoken[key].times < 2)]
    if described > 1 and len(bare) <= described:
        allowed = _allowed(draft, statements)
        sure = _sure(draft, statements) | allowed
        for key in bare:
            quality = key[-1] in nouns.QUALITIES or (key[-1] in nouns.KINDS and key not in allowed)
            role = key[-1] in nouns.ROLES and key not in allowed and spoken[key].times < 3
            if key not in gone and (quality or role or (key not in sure and _hardly(key, spoken[key]))):
                gone.append(key)
    for key in gone:
        del draft.entities[key]
    for entity in draft.entities.values():
        _forget(entity, gone)
    return gone


def _forget(entity: Entity, gone: Sequence[Key]) -> None:
    """References to what is gone become plain columns; a manager stays one, by name."""
    for words, attribute in list(entity.attributes.items()):
        target = attribute.target
        if target is None or target not in gone:
            continue
        if attribute.derived:
            del entity.attributes[words]
        if target[-1] in nouns.ROLES:
            named = replace(
                attribute, words=target, target=None, item=replace(attribute.item, text=" ".join(target))
            )
            entity.attributes.setdefault(target, named)
        attribute.target = None


def _hardly(key: Key, spoken: Spoken) -> bool:
    """Whether a thing is said once only, or is a course of things."""
    return spoken.times < 2 or key[-1] == "process"


def _houses(draft: Draft, statements: Sequence[Statement]) -> set[Key | None]:
    """Whoever runs, owns or offers things: the house, when nothing else is said of it."""
    return {
        draft.resolve(said.one)
        for said in statements
        if isinstance(said, Relates) and said.verb.split()[:1] and said.verb.split()[0] in nouns.RUNS
    }


def _owners(draft: Draft, statements: Sequence[Statement], bare: Sequence[Key]) -> list[Key]:
    """Of ``bare``, what only ever has and does something and is never had."""
    had: set[Key | None] = set()
    for said in statements:
        if isinstance(said, Relates):
            had.add(draft.resolve(said.many))
        elif isinstance(said, Mentions):
            had.add(draft.resolve(said.subject))
        elif isinstance(said, Allows):
            had.update(draft.resolve(key) for key in said.objects)
    named = {a.target for e in draft.entities.values() for a in e.attributes.values() if not a.derived}
    joined = {side for e in draft.entities.values() for side in e.joins or ()}
    return [key for key in bare if key not in had | named | joined]


def _bare(draft: Draft, entity: Entity) -> bool:
    """Whether nothing but references would stand in the table."""
    if entity.key in draft.tenants or entity.key in (USER, MEMBERSHIP) or entity.joins:
        return False
    if entity.described and entity.key[-1] != "process":
        return False
    return all(a.target for a in entity.attributes.values())


def _sure(draft: Draft, statements: Iterable[Statement]) -> set[Key]:
    """What others refer to and what has relations."""
    sure: set[Key] = set()
    for entity in draft.entities.values():
        sure.update(entity.joins or ())
        sure.update(a.target for a in entity.attributes.values() if a.target and not a.derived)
    for said in statements:
        told: tuple[Key, ...] = ()
        if isinstance(said, Relates) and said.verb not in _DOING:
            told = (said.one, said.many)
        sure.update(key for words in told if (key := draft.resolve(words)))
    return sure


@dataclass
class Spoken:
    """How the text speaks of a thing."""

    times: int = 0
    #: Always as "the depot", as if there were only the one.
    house: bool = True


def _allowed(draft: Draft, statements: Iterable[Statement]) -> set[Key]:
    """What somebody may see or change."""
    objects = (key for said in statements if isinstance(said, Allows) for key in said.objects)
    return {found for key in objects if (found := draft.resolve(key))}


def _spoken(chunks: Sequence[Chunk], keys: Sequence[Key]) -> dict[Key, Spoken]:
    """How the spec speaks of each of ``keys``, in the singular or the plural."""
    words = [word for chunk in chunks for word in tokens(chunk.content)]
    found = {key: Spoken() for key in keys}
    for size in sorted({len(key) for key in keys}):
        for at in range(len(words) - size + 1):
            last = words[at + size - 1]
            key = (*words[at : at + size - 1], singular(last))
            if key in found:
                found[key].times += 1
                the = at > 0 and words[at - 1] in ("the", "our", "this")
                found[key].house = found[key].house and the and last == key[-1]
    return found
