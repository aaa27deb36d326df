"""Attribute statements in prose: "each flight has a number, ...", "for each X we keep ...", "X (a, b, c)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.grammar.clauses import Clause, clauses
from architect.plan.reader.grammar.phrases import Key, entity_key, inside, outside, parts
from architect.plan.reader.grammar.syntax import parse
from architect.plan.reader.sentence.frames import frames
from architect.plan.reader.sentence.items import items
from architect.plan.reader.sentence.statements import Context, Has, Statement


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
    event = clause.event
    if event == ("registration",) and re.match(r"(?:users?|they|customers?)\b", text, re.I):
        event = ("user",)
    yield from frames(text, quote, context, local, event)


def is_list(text: str) -> bool:
    """Whether ``text`` is an enumeration of attribute names and nothing else."""
    entries = parts(text)
    if any(node.kind not in ("list", "stop", "and") for node in parse(text)):
        return False
    return len(entries) >= 2 and len(items(text)) * 4 >= len(entries) * 3 and not inside(outside(text))


__all__ = ["is_list", "read"]
