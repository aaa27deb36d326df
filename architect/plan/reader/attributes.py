"""Attribute statements in prose: "each flight has a number, ...", "for each X we keep ...", "X (a, b, c)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.clauses import Clause, clauses, trailing_key
from architect.plan.reader.frames import frames
from architect.plan.reader.items import items
from architect.plan.reader.phrases import Key, entity_key, inside, outside, parts, tokens
from architect.plan.reader.statements import Context, Has, Item, Statement
from architect.plan.reader.syntax import parse

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
    yield from frames(text, quote, context, local, event)


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


def is_list(text: str) -> bool:
    """Whether ``text`` is an enumeration of attribute names and nothing else."""
    entries = parts(text)
    if any(node.kind not in ("list", "stop", "and") for node in parse(text)):
        return False
    return len(entries) >= 2 and len(items(text)) * 4 >= len(entries) * 3 and not inside(outside(text))


__all__ = ["is_list", "read"]
