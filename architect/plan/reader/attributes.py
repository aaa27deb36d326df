"""Attribute statements in prose: "each flight has a number, ...", "for each X we keep ...", "X (a, b, c)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.clauses import Clause, clauses, trailing_key
from architect.plan.reader.items import all_collective, items
from architect.plan.reader.kept import OF_EACH, OWNED, kept, listed_after_verb
from architect.plan.reader.marked import marked
from architect.plan.reader.phrases import Key, entity_key, inside, outside, parts, tokens
from architect.plan.reader.statements import Context, Has, Item, Statement

_PASSIVE = re.compile(
    r"^(?P<list>.+?)\s+(?:is|are|must be|should be|shall be|will be|need(?:s)? to be|has to be|have to be"
    r"|can be|gets?)\s+"
    r"(?:also\s+)?(?:recorded|stored|kept|tracked|saved|registered|noted|documented|maintained|required"
    r"|collected|entered)\b",
    re.I,
)
_RECORDED_WITH = re.compile(
    r"^(?P<what>.{2,60}?)\s+(?:is|are|must|should|shall|will|needs? to|has to|have "
    r"to)\s+(?:also\s+)?(?:be\s+)?"
    r"(?:recorded|stored|kept|tracked|registered|documented|described)\s+(?:with|by|using|together with"
    r"|along with)\s+(?P<list>.+)$",
    re.I,
)
_PAREN = re.compile(
    r"(?<![\w'’-])(?P<before>(?:[\w'’-]++\s++){0,6}[\w'’-]++)\s*[(（](?P<list>[^()（）]{6,600})[)）]"
)


def read(text: str, quote: Quote, context: Context, local: Key | None) -> Iterator[Statement]:
    """What ``text`` says about attributes; ``local`` is what its label or heading names."""
    for clause in clauses(text):
        found = list(_clause(clause, quote, context, local))
        yield from found
        subjects = [s.subject for s in found if isinstance(s, Has)]
        if subjects:
            context.last = subjects[-1]
        elif key := _spoken_of(clause.text):
            context.last = key


def _spoken_of(text: str) -> Key | None:
    found = re.match(
        r"(?:each|every|an?)\s+((?:[\w-]+\s+){0,2}[\w-]+)\s+(?:can|may|must|is|has|belongs|shall)\b",
        text,
        re.I,
    )
    return entity_key(found[1]) if found else None


def _clause(clause: Clause, quote: Quote, context: Context, local: Key | None) -> Iterator[Statement]:
    text = clause.text
    parenthesised = list(_parentheses(text, quote))
    yield from parenthesised
    event = clause.event
    if event == ("registration",) and re.match(r"(?:users?|they|customers?)\b", text, re.I):
        event = ("user",)
    if event:
        found = listed_after_verb(text) or _passive_items(text)
        if found:
            yield Has(quote, event, found, event=True)
            return
    yield from (
        marked(text, quote, context)
        or kept(text, quote, context, local)
        or _passive(text, quote, context)
        or []
    )


def _parentheses(text: str, quote: Quote) -> Iterator[Has]:
    for found in _PAREN.finditer(text):
        listed = found["list"].strip()
        lowered = listed.lower()
        if lowered.startswith(("such as", "e.g", "i.e", "for example", "like", "one of", "optional")):
            continue
        told = re.sub(
            r"^(?:including|includes?|namely|with|fields?|attributes?)\s*:?\s*", "", listed, flags=re.I
        )
        entries = parts(told)
        enumerated = items(told, least=2)
        key = trailing_key(found["before"])
        if key is None and (after := re.match(r"\s+of\s+(?P<what>[\w -]{3,40})", text[found.end() :])):
            key = trailing_key(after["what"])
        collective = (tokens(found["before"]) or [""])[-1] in lex.COLLECTIVE | {
            "entity",
            "table",
            "profiles",
            "profile",
        }
        titled = found["before"].split()[-1][:1].isupper() and sum(p.text[:1].isupper() for p in entries) >= 2
        keyed = sum(_keylike(item) for item in enumerated)
        if (
            key
            and len(enumerated) * 2 > len(entries)
            and (collective or titled or keyed)
            and len(entries) >= 2
        ):
            yield Has(quote, key, enumerated)


def _keylike(item: Item) -> bool:
    return bool(tokens(item.text)) and tokens(item.text)[-1] in (
        "id",
        "name",
        "number",
        "email",
        "phone",
        "date",
        "address",
    )


def _passive_items(text: str) -> tuple[Item, ...]:
    found = _PASSIVE.match(text)
    return items(found["list"]) if found else ()


def _passive(text: str, quote: Quote, context: Context) -> list[Statement]:
    """ "The department and position of each employee are recorded."."""
    found = _PASSIVE.match(text)
    if not found:
        return []
    if inner := _RECORDED_WITH.match(text):
        key, listed = entity_key(inner["what"]), items(inner["list"])
        if key and len(listed) >= 2:
            return [Has(quote, key, listed, event=True)]
    if inner := OF_EACH.match(found["list"]):
        key, listed = entity_key(inner["what"]), items(inner["list"])
        if key and listed and not all_collective(listed):
            return [Has(quote, key, listed)]
    if inner := OWNED.match(found["list"]):
        key, listed = entity_key(inner["who"]), items(inner["list"])
        if key and listed:
            return [Has(quote, key, listed)]
    return []


def is_list(text: str) -> bool:
    """Whether ``text`` is an enumeration of attribute names and nothing else."""
    entries = parts(text)
    return len(entries) >= 2 and len(items(text)) * 4 >= len(entries) * 3 and not inside(outside(text))


__all__ = ["is_list", "read"]
