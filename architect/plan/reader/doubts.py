"""Tables that the spec hardly speaks of: named once, with nothing to keep, among things it describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from architect.plan.reader.draft import MEMBERSHIP, USER, Draft, Entity
from architect.plan.reader.phrases import Key, singular, tokens
from architect.plan.reader.statements import EACH, Allows, Relates, Statement
from architect.spec.chunk import Chunk

#: Relations that name what a person does; the thing made may be no more than the doing.
_DOING = ("make", "on", EACH)


def drop(draft: Draft, statements: Sequence[Statement], chunks: Sequence[Chunk]) -> list[Key]:
    """Take the doubtful tables out of ``draft``; which they were, in its order."""
    described = sum(e.described for e in draft.entities.values())
    bare = [e.key for e in draft.entities.values() if _bare(draft, e)]
    if described < 2 or len(bare) > described:
        return []
    sure = _sure(draft, statements)
    doubtful = [key for key in bare if key not in sure]
    spoken = _spoken(chunks, doubtful)
    gone = [key for key in doubtful if spoken[key] < 2]
    for key in gone:
        del draft.entities[key]
    for entity in draft.entities.values():
        for words, attribute in list(entity.attributes.items()):
            if attribute.target in gone:
                attribute.target = None
                if attribute.derived:
                    del entity.attributes[words]
    return gone


def _bare(draft: Draft, entity: Entity) -> bool:
    """Whether nothing but references would stand in the table."""
    if entity.key in draft.tenants or entity.key in (USER, MEMBERSHIP) or entity.joins or entity.described:
        return False
    return all(a.target for a in entity.attributes.values())


def _sure(draft: Draft, statements: Iterable[Statement]) -> set[Key]:
    """What others refer to, what has relations and what somebody may see or change."""
    sure: set[Key] = set()
    for entity in draft.entities.values():
        sure.update(entity.joins or ())
        sure.update(a.target for a in entity.attributes.values() if a.target and not a.derived)
    for said in statements:
        told: tuple[Key, ...] = ()
        if isinstance(said, Relates) and said.verb not in _DOING:
            told = (said.one, said.many)
        elif isinstance(said, Allows):
            told = said.objects
        sure.update(key for words in told if (key := draft.resolve(words)))
    return sure


def _spoken(chunks: Sequence[Chunk], keys: Sequence[Key]) -> Counter[Key]:
    """How often the spec says the name of each of ``keys``, in the singular or the plural."""
    words = [word for chunk in chunks for word in tokens(chunk.content)]
    wanted = set(keys)
    found: Counter[Key] = Counter()
    for size in sorted({len(key) for key in keys}):
        for at in range(len(words) - size + 1):
            key = (*words[at : at + size - 1], singular(words[at + size - 1]))
            if key in wanted:
                found[key] += 1
    return found
