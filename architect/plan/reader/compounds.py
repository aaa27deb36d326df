"""What a compound name refers to: a product review is of a product, a product of a product category."""

from __future__ import annotations

from architect.plan.reader import nouns
from architect.plan.reader.draft import Attribute, Draft, Entity
from architect.plan.reader.phrases import Key
from architect.plan.reader.statements import Item


def connect(draft: Draft) -> None:
    """Reference the things that a table's name is made of, where nothing else says how they hang together."""
    for entity in list(draft.entities.values()):
        if entity.joins:
            continue
        for name in (entity.key, *_also_called(draft, entity.key)):
            for table in list(draft.entities):
                if table != entity.key and table != entity.key[-len(table) :] and _inside(table, name):
                    _relate(draft, entity, table, name)


def _also_called(draft: Draft, key: Key) -> list[Key]:
    """Longer names the text uses for the same thing."""
    return [k for k in draft.alias if len(k) > len(key) and k[-len(key) :] == key and draft.resolve(k) == key]


def _inside(table: Key, name: Key) -> bool:
    """Whether ``table`` is a part of ``name`` other than its head."""
    return any(name[at : at + len(table)] == table for at in range(len(name) - len(table)))


def _relate(draft: Draft, entity: Entity, table: Key, name: Key) -> None:
    other = draft.entities[table]
    if refers(entity, table) or refers(other, entity.key):
        return
    if name[-1] in nouns.CLASSES:
        if name[: len(table)] == table:
            refer(other, entity.key, optional=True)
        return
    refer(entity, table)


def refers(entity: Entity, target: Key) -> bool:
    """Whether ``entity`` already references ``target``."""
    return any(a.target == target for a in entity.attributes.values())


def refer(entity: Entity, target: Key, *, optional: bool = False) -> None:
    """Add a reference to ``target`` under its own name."""
    words = (*target, "id")
    item = Item(" ".join(words), optional=optional)
    entity.attributes.setdefault(
        words, Attribute(words, item, entity.quotes[:1], target=target, derived=True)
    )
