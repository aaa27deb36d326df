"""Values and limits of columns: found by name once every table has its attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, key_of, singular, tokens
from architect.plan.reader.sentence.statements import Bounds, Has, Item, Statement, States

if TYPE_CHECKING:
    from architect.plan.reader.tables.draft import Attribute, Draft


def constrain(draft: Draft, statements: Iterable[Statement]) -> None:
    """Put what ``statements`` say about values and limits on the columns of ``draft``."""
    for said in statements:
        if isinstance(said, (States, Bounds)):
            _constrain(draft, said)
        elif isinstance(said, Has) and enumerates(said):
            _offer(draft, said)


def enumerates(said: Has) -> bool:
    """Whether a list names the values of a position or a role, not what one has."""
    heads = {singular(tokens(item.text)[-1]) for item in said.items if tokens(item.text)}
    return (
        len(said.subject) == 1 and said.subject[0] in nouns.POSTS and heads <= lex.PERSON_ROLES | nouns.ROLES
    )


def _constrain(draft: Draft, said: States | Bounds) -> None:
    """Put values or limits on the column that is meant, found by its name."""
    words = key_of(tokens(said.column))
    key = draft.resolve(said.subject) if said.subject else None
    found = _named(draft, key, words)
    for cut in range(1, len(words)):
        found = found or _named(draft, words[:cut], words[cut:])
    if found is None and isinstance(said, States) and key in draft.entities:
        found = draft.attach(draft.entities[key], Item(said.column), said.quote)
    if found is None:
        return
    if said.quote not in found.quotes:
        found.quotes.append(said.quote)
    if isinstance(said, States):
        found.values, found.closed = said.values, said.closed
    elif said.unique:
        found.item = replace(found.item, unique=True)
    else:
        found.low, found.high, found.exclusive, found.length = (
            said.low,
            said.high,
            said.exclusive,
            said.length,
        )


def _offer(draft: Draft, said: Has) -> None:
    """ "Positions include manager and clerk": examples of what stands in a column of that name."""
    for entity in draft.entities.values():
        for words, attribute in entity.attributes.items():
            if words == said.subject and not attribute.values:
                attribute.values = tuple(" ".join(tokens(item.text)) for item in said.items)


def _named(draft: Draft, key: Key | None, words: Key) -> Attribute | None:
    """The attribute called ``words`` of the entity ``key``."""
    entity = draft.entities.get(key) if key else None
    there = [(key_of(list(k)), a) for k, a in entity.attributes.items()] if entity else []
    exact = next((a for k, a in there if k == words), None)
    return exact or next((a for k, a in there if k[-len(words) :] == words), None)
