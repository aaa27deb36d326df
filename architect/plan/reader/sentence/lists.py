"""Bullet lists and Markdown tables that say what something is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.blocks import Sentence
from architect.plan.reader.grammar.clauses import subject_key, trailing_key
from architect.plan.reader.grammar.phrases import Key, Part, entity_key, inside, outside, tokens
from architect.plan.reader.grammar.rewrite import rewrite
from architect.plan.reader.grammar.syntax import parse
from architect.plan.reader.sentence.items import attribute, items
from architect.plan.reader.sentence.statements import FAIR, Has, Item, Mentions, Statement

_LEAD = re.compile(
    r"^(?:(?:for|about|of) )?(?:(?:each|every|an?|the|all)\s+)?(?P<what>[\w'’ -]{2,50}?)\s+(?:has|have"
    r"|needs?|must have|consists? of|contains?|includes?|carries|"
    r"is (?:described|made) (?:by|up of)|(?:we|the system|the platform|it)\s+(?:keeps?|records?|stores?"
    r"|tracks?|needs?|saves?|should (?:keep|store|record)|must (?:keep|store|record)|will (?:keep|store"
    r"|record)|shall (?:keep|store|record)|want to keep)|"
    r"(?:fields|attributes|columns|properties|details|information|data))\b",
    re.I,
)


def bullets(block: Sequence[Sentence], heading: Key | None, title: str) -> Iterator[Statement]:
    """What a run of bullets under one heading or lead says about attributes."""
    lead = block[0].lead
    subject = lead_key(lead) if lead else heading
    if subject is None:
        return
    found = [(s, bullet(s)) for s in block]
    good = [(s, item) for s, item in found if item]
    if not lead and (len(good) < 2 or len(good) * 10 < len(found) * 7):
        return
    if lead and len(good) * 2 < len(found):
        return
    for sentence, item in good:
        yield Has(Quote(chunk_index=sentence.chunk, quote=sentence.quote), subject, (item,))


def lead_key(lead: str) -> Key | None:
    """Of what the line before a list speaks ("For each photo we keep:")."""
    found = _LEAD.match(lead.strip())
    if found:
        return subject_key(found["what"])
    key = entity_key(lead) if len(lead.split()) <= 4 else None
    if key and any(word in lex.HEADINGS_APART for word in tokens(lead)):
        return None
    return key or (
        trailing_key(lead) if re.search(r"\b(?:fields|attributes|columns) (?:of|for)\b", lead) else None
    )


def bullet(sentence: Sentence) -> Item | None:
    """The attribute that a bullet describes, with the rest of the line as its note."""
    text = rewrite(sentence.text.rstrip(" .;,"))
    if len(tokens(text)) > 4 and [node.kind for node in parse(text)[:2]] == ["verb", "list"]:
        return None  # an order: "Record information for each department"
    note = ""
    if sentence.label and [node.kind for node in parse(text)[:1]] == ["verb"]:
        return None  # "Reports module: manages ..."
    if sentence.label:
        text, note = rewrite(sentence.label), text
    else:
        cut = re.search(r"\s[–—-]\s|,\s+|:\s", outside(text))
        if cut:
            plain = outside(text)
            text, note = (
                plain[: cut.start()] + (f" ({inside(text)})" if inside(text) else ""),
                plain[cut.end() :],
            )
    made = attribute(Part(outside(text).strip(), inside(text)))
    if made is None or len(tokens(made.text)) > 5:
        return None
    whole = f"{made.note} {note}".strip()
    more = attribute(Part(made.text, whole))
    return more if more else made


def rows(table: Sequence[Sentence], heading: Key | None) -> Iterator[Statement]:
    """What a Markdown table says: a row a field, or a row an entity with its fields."""
    body = [s for s in table if not all(re.fullmatch(r":?-*:?", cell.strip()) for cell in s.cells)]
    if len(body) < 2:
        return
    heads = [" ".join(tokens(cell)) for cell in body[0].cells]
    first = heads[0].split()[-1] if heads and heads[0] else ""
    if first in lex.ENTITY_HEADS and len(heads) > 1:
        yield from _entity_rows(body[1:], heads)
    elif first in lex.FIELD_HEADS and (lead_key(table[0].lead) if table[0].lead else heading):
        subject = (lead_key(table[0].lead) if table[0].lead else None) or heading
        for row in body[1:]:
            item = (
                attribute(Part(outside(row.cells[0]).strip(), inside(row.cells[0])), trusted=True)
                if row.cells
                else None
            )
            if item and subject:
                note = "; ".join(c for c in (item.note, *row.cells[1:]) if c)
                unique = item.unique or bool(re.search(r"\bunique\b", note, re.I))
                optional = item.optional or bool(re.search(r"\boptional\b|\bnullable\b", note, re.I))
                yield Has(_quote(row), subject, (replace(item, note=note, unique=unique, optional=optional),))


def _entity_rows(body: Sequence[Sentence], heads: list[str]) -> Iterator[Statement]:
    column = next((n for n, head in enumerate(heads) if n and set(head.split()) & lex.LIST_HEADS), 1)
    for row in body:
        if len(row.cells) <= column:
            continue
        key = entity_key(row.cells[0])
        listed = items(row.cells[column], trusted=True)
        if key and listed:
            yield Has(_quote(row), key, listed)
        elif key:
            yield Mentions(_quote(row), key, FAIR)


def _quote(sentence: Sentence) -> Quote:
    return Quote(chunk_index=sentence.chunk, quote=sentence.quote)
