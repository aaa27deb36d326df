"""Attributes that name another table's row: "department", "product number", "person in charge"."""

from __future__ import annotations

import re

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, entity_key, is_plural, singular
from architect.plan.reader.sentence.statements import Relates
from architect.plan.reader.tables.draft import USER, Attribute, Draft, Entity, within

_WHO_IS = re.compile(r"\bwho is an? ([\w' -]+?)\s*(?:$|[,;.])")
_SORTING = ("sort", "display", "sorting", "list", "page")


def find(draft: Draft) -> None:
    """Give each attribute that names a row its target; "several photos" becomes a relation."""
    for entity in list(draft.entities.values()):
        for key, attribute in list(entity.attributes.items()):
            if attribute.target is None:
                attribute.target = _target(draft, entity, attribute)
            several = attribute.item.many or (not entity.event and is_plural(key[-1]))
            if attribute.target and several and attribute.target in draft.entities:
                if not within(attribute.target, entity.key):
                    draft.several.append(Relates(attribute.quotes[0], entity.key, attribute.target, "has"))
                del entity.attributes[key]


def _target(draft: Draft, entity: Entity, attribute: Attribute) -> Key | None:
    words = list(attribute.words)
    if words[-1] == "order" and len(words) > 1 and words[-2] in _SORTING:
        return None
    if found := _WHO_IS.search(attribute.item.note):
        who = entity_key(found[1])
        if who and (told := draft.resolve(who)):
            return told
    if singular(words[-1]) in draft.roles:
        return draft.resolve(draft.roles[singular(words[-1])])
    named = len(words) > 1 and words[-1] in lex.ID_TAILS | lex.COLLECTIVE
    base = words[:-1] if named else words
    base = [w for w in base if w not in lex.PARTICIPLES and w not in lex.DETERMINERS] or base
    if len(base) > 1 and base[-1].endswith("ed") and base[-1] not in nouns.NO_PARTICIPLES:
        base = base[:-1]
    key = (*base[:-1], singular(base[-1]))
    if not named and not attribute.item.many and key[-1] in lex.TEXTS:
        return None
    if key[-1] in lex.NOT_ENTITIES and key not in draft.entities:
        return _person(draft, entity, base)
    if draft.alias.get(key, key) == entity.key and words[0] not in lex.RELATIVE:
        return None
    alone = not named and len(words) == 1
    return (
        _table(draft, entity, key, alone=alone)
        or _told_apart(draft, entity, key)
        or _person(draft, entity, base)
    )


def _table(draft: Draft, entity: Entity, key: Key, *, alone: bool) -> Key | None:
    """The table called ``key``, one whose name ends in it, or one that ``key`` only qualifies."""
    exact = draft.alias.get(key, key)
    if exact in draft.entities or exact == USER:
        return None if exact == entity.key and alone else exact
    longer = [t for t in draft.ending(key[-1]) if _ends(draft, entity, t, key)]
    if longer and longer != [entity.key]:
        return longer[0] if len(longer) == 1 else None
    alike = [*draft.ending(key[-1]), *([USER] if key[-1:] == USER and USER not in draft.entities else [])]
    for table in sorted(alike, key=len, reverse=True):
        if len(key) > len(table) and key[-len(table) :] == table and _qualifies(key, table):
            return table
    return None


def _ends(draft: Draft, entity: Entity, table: Key, key: Key) -> bool:
    """Whether ``key`` is short for ``table``; a video category is no category of news."""
    name = table[:-1] if table[-1] == "record" else table
    if len(table) <= len(key) or key not in (table[-len(key) :], name[-len(key) :]):
        return False
    owner = name[: -len(key)]
    return owner not in draft.entities or owner == entity.key or table == entity.key or len(owner) == 0


def _told_apart(draft: Draft, entity: Entity, key: Key) -> Key | None:
    """The table of ``key`` without the word that says which of its rows is meant ("requesting store")."""
    lead, rest = key[0], key[1:]
    if not rest or rest[-1] in lex.NOT_ENTITIES:
        return None
    own = entity.key[:-1] if entity.key[-1] == "record" else entity.key
    if lead in lex.RELATIVE and own[-len(rest) :] == rest:
        return entity.key
    if lead in lex.RELATIVE or (len(lead) > 4 and lead.endswith(("ing", "ed"))):
        return _table(draft, entity, rest, alone=True)
    return None


def _qualifies(words: Key, table: Key) -> bool:
    """ "head teacher" is a teacher and "parent task" a task, but "short message" need not be a message."""
    return table[-1] in lex.PERSON_ROLES or table[-1] in lex.STAFF or words[0] in lex.RELATIVE


def _person(draft: Draft, entity: Entity, words: list[str]) -> Key | None:
    """The staff table that a role names ("salesperson", "person in charge"), if there is one."""
    head, text = singular(words[-1]), " ".join(words)
    charged = "in charge" in text or text.endswith(
        ("responsible person", "responsible personnel", "responsible")
    )
    if text.startswith("contact") or not (
        charged or (head in lex.PERSON_ROLES | nouns.ABOVE and len(words) <= 3)
    ):
        return None
    if head in nouns.ABOVE and entity.key[-1] in nouns.STAFF:
        return entity.key
    if head in draft.actors:
        return USER
    if head in nouns.CLIENTS:
        if head in nouns.SIGNED:
            return _first(draft, nouns.SERVED[:2], entity.key) or staff(draft, entity.key)
        return _first(draft, nouns.SERVED, entity.key)
    return staff(draft, entity.key)


def staff(draft: Draft, apart: Key) -> Key | None:
    """The table of the people who act for the house, other than ``apart``."""
    found = _first(draft, lex.STAFF, apart)
    if found is None:
        heads = (lex.PERSON_ROLES | nouns.ROLES | nouns.WORKERS) - nouns.CLIENTS
        people = [k for k, e in draft.entities.items() if e.described and k[-1] in heads and k != apart]
        found = people[0] if len(people) == 1 else None
    return found


def _first(draft: Draft, heads: tuple[str, ...], apart: Key) -> Key | None:
    """The first table whose name ends in one of ``heads``, in their order."""
    for word in heads:
        for table in draft.entities:
            if table[-1] == word and table != apart:
                return table
    return None
