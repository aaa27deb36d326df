"""Relations become foreign key columns and join tables."""

from __future__ import annotations

import re
from dataclasses import replace

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.sentence import acts
from architect.plan.reader.sentence.statements import BETWEEN, EACH, Does, Item, Relates, Statement
from architect.plan.reader.tables import compounds
from architect.plan.reader.tables.compounds import refers, related
from architect.plan.reader.tables.draft import MEMBERSHIP, USER, Attribute, Draft, Entity

#: Whoever works in a department works in one.
_PLACED = re.compile(r"works? (?:in|for|at)\b")


def connect(draft: Draft, statements: list[Statement], titles: dict[frozenset[Key], Key]) -> None:
    """Add what the relations ask for; an attribute that already says it is enough."""
    many = _told(draft, statements)
    done: set[frozenset[Key]] = set()
    for (one, other), said_so in many.items():
        pair = frozenset((one, other))
        if pair in done:
            continue
        back = many.get((other, one), [])
        if one != other and (
            (_shared(said_so, back) and not _listed(many, said_so, other))
            or _joining(one, other)
            or _lists(draft, one, other, said_so)
        ):
            done.add(pair)
            if _is_line(draft, one, other):
                compounds.refer(draft.entities[one], other)
            else:
                _join(draft, one, other, said_so[0].quote, titles)
                _hand_over(draft, one, other, said_so[0].quote)
        elif _listed(many, said_so, other) or (
            back and any(s.single for s in back) and not any(s.single for s in said_so)
        ):
            continue
        else:
            done.add(pair)
            _link(draft, one, other, said_so[0])
    kept = _done(draft, statements)
    _in_passing(draft, statements, kept)


def _told(draft: Draft, statements: list[Statement]) -> dict[tuple[Key, Key], list[Relates]]:
    """Of which thing there are many of which other; a role stays apart from those who have it."""
    many: dict[tuple[Key, Key], list[Relates]] = {}
    for said in (*statements, *draft.several):
        if not isinstance(said, Relates) or said.verb in (EACH, BETWEEN):
            continue
        one, other = _side(draft, said.one), _side(draft, said.many)
        if one is None or other is None:
            continue
        described = one in draft.entities and draft.entities[one].described
        if said.verb == "make" and one != USER and not described:
            continue
        many.setdefault((one, other), []).append(said)
        if said.both:
            many.setdefault((other, one), []).append(said)
    return many


def _hand_over(draft: Draft, one: Key, other: Key, quote: Quote) -> None:
    """How much of a product stands in an order is told by the line, not by the order or the product."""
    here, there = draft.entities.get(one), draft.entities.get(other)
    line = next((e for e in draft.entities.values() if e.joins == (one, other)), None)
    if here is None or there is None or line is None or one[-1] not in nouns.DOCUMENTS:
        return
    for words in list(here.attributes):
        if words in (("quantity",), ("quantities",), (*other, "quantity"), (other[-1], "quantity")):
            line.attributes[("quantity",)] = replace(here.attributes.pop(words), words=("quantity",))
    for words, attribute in list(there.attributes.items()):
        if words[-1] in nouns.PER_LINE and [q.quote for q in attribute.quotes] == [quote.quote]:
            line.attributes[words] = there.attributes.pop(words)


def _listed(many: dict[tuple[Key, Key], list[Relates]], there: list[Relates], other: Key) -> bool:
    """Products that somebody chooses stand in the cart or the order that lists them."""
    chosen = all(s.verb.split()[:1] in (["select"], ["choose"]) for s in there)
    return chosen and any(two == other and one[-1] in nouns.DOCUMENTS for one, two in many)


def _is_line(draft: Draft, one: Key, other: Key) -> bool:
    """A cart of which only the quantity is told is the line that says how much of what is in it."""
    here = draft.entities.get(one)
    if here is None or one[-1] not in nouns.DOCUMENTS or other not in draft.entities:
        return False
    own = [a.words for a in here.attributes.values() if a.target is None]
    return bool(own) and all(words[0] in nouns.AMOUNTS or words[-1] in nouns.AMOUNTS for words in own)


def _side(draft: Draft, key: Key) -> Key | None:
    return key if key in draft.parts else draft.resolve(key)


def _done(draft: Draft, statements: list[Statement]) -> set[frozenset[Key]]:
    """A like is of a comment and by a user; it gets a table of pairs where the spec has none for it.

    Returns who and what have a table of their own between them.
    """
    kept: set[frozenset[Key]] = set()
    for said in statements:
        if not isinstance(said, Does):
            continue
        who, what = draft.resolve(said.who) or USER, draft.resolve(said.what)
        if what is None or who == what or what not in draft.entities:
            continue
        key = next((k for k in ((*what, said.noun), (said.noun,)) if draft.called(k) in draft.entities), None)
        there = draft.entities.get(draft.called(key) or ()) if key else None
        if there and there.key != what:
            kept.add(frozenset((who, what)))
            for side in (who, what):
                if side != there.key and not refers(there, side):
                    compounds.refer(there, side)
        elif told := _opinions(draft.entities[what], said.quote):
            entity = draft.entities.setdefault(
                (*what, said.noun), Entity((*what, said.noun), quotes=[said.quote], weight=4, described=True)
            )
            for side in (who, what):
                compounds.refer(entity, side)
            for words in told:
                entity.attributes[words] = draft.entities[what].attributes.pop(words)
        elif said.noun in acts.WRITTEN and said.what[-1] not in acts.WRITTEN:
            _written(draft, (*what, said.noun), (who, what), said.quote)
        elif said.noun in acts.ALONE and not _paired(draft, who, what):
            _pair(draft, (*what, said.noun), (who, what), said.quote)
    return kept


def _opinions(entity: Entity, quote: Quote) -> list[Key]:
    """What the sentence about a rating lists is the rating's, not the rated thing's."""
    return [
        words
        for words, attribute in entity.attributes.items()
        if words[-1] in nouns.OPINIONS and [q.quote for q in attribute.quotes] == [quote.quote]
    ]


def _written(draft: Draft, key: Key, sides: tuple[Key, Key], quote: Quote) -> None:
    """A table of what people write about a thing: by whom, about which, and the text."""
    entity = draft.entities.setdefault(key, Entity(key, quotes=[quote], weight=4))
    for side in sides:
        compounds.refer(entity, side)
    entity.attributes.setdefault(("body",), Attribute(("body",), Item("body"), [quote], asked=False))


def _paired(draft: Draft, one: Key, other: Key) -> bool:
    return any(refers(e, one) and refers(e, other) for e in draft.entities.values())


def _in_passing(draft: Draft, statements: list[Statement], kept: set[frozenset[Key]]) -> None:
    """Relations told by the way count between tables that nothing else relates."""
    for said in statements:
        if not isinstance(said, Relates) or said.verb not in (EACH, BETWEEN):
            continue
        one, other = draft.resolve(said.one), draft.resolve(said.many)
        here, there = draft.entities.get(one or ()), draft.entities.get(other or ())
        if here and there and frozenset((here.key, there.key)) in kept:
            continue
        if here and there and here is not there and not related(draft, here, there):
            goods = here.key[-1] in nouns.DOCUMENTS and there.key[-1] in nouns.GOODS
            if said.verb == BETWEEN or goods:
                _join(draft, here.key, there.key, said.quote, {})
            else:
                _link(draft, here.key, there.key, said)


def _joining(one: Key, other: Key) -> bool:
    """Users and the organizations they belong to: always several of both."""
    return USER in (one, other) and bool({one[-1], other[-1]} & lex.TENANTS)


def _lists(draft: Draft, one: Key, other: Key, there: list[Relates]) -> bool:
    """An order lists products that stand in other orders as well; a project involves people who have more."""
    if any(s.single for s in there) or one not in draft.entities:
        return False
    if one[-1] in nouns.DOCUMENTS and other[-1] in nouns.GOODS | nouns.PLACES:
        return True
    people = other[-1] in lex.PERSON_ROLES | nouns.PEOPLE
    return people and any(s.verb.startswith(("involv", "by ")) for s in there)


def _shared(there: list[Relates], back: list[Relates]) -> bool:
    if any(s.single for s in (*there, *back)) and not any(s.both for s in (*there, *back)):
        return False
    if back:
        return True
    return any(
        s.verb.split()[0].rstrip("s") in lex.SHARING_VERBS and not _PLACED.match(s.verb)
        for s in there
        if s.verb
    )


def _link(draft: Draft, one: Key, other: Key, said: Relates) -> None:
    entity = draft.entities.get(other)
    role = said.role or draft.parts.get(one, "")
    target = draft.resolve(one) or one
    if entity is None or _linked(entity, target, role) or (one == USER and said.verb in ("has", "have")):
        return
    if (
        target == other
        and not role
        and said.verb.split()[:1] in ([], ["linked"], ["associated"], ["related"])
    ):
        return
    words = (*(role.split() or (("parent",) if target == other else target)), "id")
    item = Item(" ".join(words), optional=said.optional)
    entity.attributes.setdefault(words, Attribute(words, item, [said.quote], target=target, derived=True))


def _linked(entity: Entity, one: Key, role: str) -> bool:
    """Whether ``entity`` references ``one`` already, in this role."""
    words = {(*role.split(), "id"), tuple(role.split())} if role else set()
    return bool(words & set(entity.attributes)) if role else refers(entity, one)


def _join(draft: Draft, one: Key, other: Key, quote: Quote, titles: dict[frozenset[Key], Key]) -> None:
    for entity in draft.entities.values():
        if USER not in (one, other) and refers(entity, one) and refers(entity, other):
            return
    _pair(draft, _join_key(draft, one, other, titles), (one, other), quote)


def _pair(draft: Draft, key: Key, sides: tuple[Key, Key], quote: Quote) -> None:
    """A table of pairs called ``key``."""
    entity = draft.entities.setdefault(key, Entity(key, quotes=[quote], weight=4, joins=sides))
    for side in sides:
        target = draft.resolve(side) or side
        words = (*side, "id")
        entity.attributes.setdefault(
            words, Attribute(words, Item(" ".join(words)), [quote], target=target, derived=True)
        )


def _join_key(draft: Draft, one: Key, other: Key, titles: dict[frozenset[Key], Key]) -> Key:
    """The heading's word for it ("Favourites"), "membership" for users of an organization, or both names."""
    title = titles.get(frozenset((one, other)))
    if USER in (one, other):
        group = other if one == USER else one
        if group[-1] in lex.TENANTS:
            return MEMBERSHIP
        if title and title not in draft.entities and draft.resolve(title) is None:
            return title
    return (*one, *other)
