"""What a compound name refers to: a product review is of a product, a product of a product category."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, key_of, tokens
from architect.plan.reader.sentence.statements import Item
from architect.plan.reader.tables.draft import Attribute, Draft, Entity, within
from architect.spec.chunk import Chunk

_RUN = re.compile(r"[^,.;:!?()\[\]{}/|\n\"“”]+")
#: Longest name of a thing, in words.
_LONGEST = 4


def connect(draft: Draft, chunks: Sequence[Chunk]) -> None:
    """Reference the things that a table's name is made of, where nothing else says how they hang together."""
    called: dict[Key, list[Key]] = {}
    for name in draft.alias:
        if (told := draft.resolve(name)) and len(name) > len(told) and name[-len(told) :] == told:
            called.setdefault(told, []).append(name)
    for entity in list(draft.entities.values()):
        for name in (entity.key, *called.get(entity.key, [])):
            for table in _inside(draft, name):
                if table not in (entity.key, entity.key[-len(table) :]):
                    _relate(draft, entity, table, name)
    for table, key in _neighbours(draft, chunks):
        if not any(words[-len(key) :] == key for words in draft.entities[table].attributes):
            _relate(draft, draft.entities[key], table, (*table, *key))


def _neighbours(draft: Draft, chunks: Sequence[Chunk]) -> Iterator[tuple[Key, Key]]:
    """Two names in a row ("customer orders"): things of the second kind are the first one's."""
    seen: set[tuple[Key, Key]] = set()
    for chunk in chunks:
        for run in _RUN.findall(chunk.content):
            words = tokens(run)
            before: Key | None = None
            at = 0
            while at < len(words):
                size, key = _starts(draft, words[at : at + _LONGEST])
                if before and key and key != before and (before, key) not in seen:
                    seen.add((before, key))
                    yield before, key
                alone = key is not None and tuple(words[at : at + size]) == key
                before = key if alone else None
                at += size


def _starts(draft: Draft, words: list[str]) -> tuple[int, Key | None]:
    """The thing that ``words`` begin with and how many of them name it, the longest name first."""
    for size in range(len(words), 0, -1):
        key = key_of(words[:size])
        if key in draft.entities:
            return size, key
        if key in draft.alias and (told := draft.resolve(key)) in draft.entities:
            return size, told
    return 1, None


def _inside(draft: Draft, name: Key) -> list[Key]:
    """The things that ``name`` is made of, without its head."""
    spans = ((at, at + size) for at in range(len(name)) for size in range(1, len(name) - at))
    return [name[at:end] for at, end in spans if name[at:end] in draft.entities]


def _relate(draft: Draft, entity: Entity, table: Key, name: Key) -> None:
    other = draft.entities[table]
    if entity.joins or other.joins or related(draft, entity, other):
        return
    if name[-1] in nouns.CLASSES:
        if name[: len(table)] == table:
            refer(other, entity.key, optional=True)
        return
    if name[-1] in nouns.WHERE and (other.event or table[-1].endswith(nouns.ACT_ENDINGS)):
        refer(other, entity.key, optional=True)
        return
    if not (table[-1] in nouns.DOCUMENTS and entity.key[-1] in nouns.GOODS):
        refer(entity, table)


def related(draft: Draft, one: Entity, other: Entity) -> bool:
    """Whether a reference or a table of pairs says how two hang together; a role is not enough."""
    if refers(one, other.key, plainly=True) or refers(other, one.key, plainly=True):
        return True
    return any(
        refers(e, one.key) and refers(e, other.key)
        for e in draft.entities.values()
        if e.joins
        or (within(one.key, e.key) and (within(other.key, e.key) or e.key[-len(other.key) :] == other.key))
    )


def refers(entity: Entity, target: Key, *, plainly: bool = False) -> bool:
    """Whether ``entity`` references ``target``; ``plainly``: under its own name, not as a "manager"."""
    return any(
        a.target == target and (not plainly or target[-1] in a.words) for a in entity.attributes.values()
    )


def refer(entity: Entity, target: Key, *, optional: bool = False) -> None:
    """Add a reference to ``target`` under its own name."""
    words = (*target, "id")
    item = Item(" ".join(words), optional=optional)
    entity.attributes.setdefault(
        words, Attribute(words, item, entity.quotes[:1], target=target, derived=True)
    )
