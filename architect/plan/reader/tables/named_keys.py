"""Keys that the text names in passing: a sale with a product number tells that products have one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architect.plan.model import Quote
from architect.plan.reader.grammar.blocks import ends_fenced, sentences
from architect.plan.reader.grammar.phrases import Key, key_of, singular, tokens
from architect.plan.reader.secrets import has_secret
from architect.plan.reader.sentence.statements import Item
from architect.plan.reader.tables.draft import Attribute, Draft
from architect.spec.chunk import Chunk

#: Longest name of a thing, in words.
_LONGEST = 4
_NAMED = re.compile(
    r"(?<![\w'’-])(?P<what>(?:[^\W\d_]++[ -]){1,4})(?P<tail>IDs?|identifiers?|numbers?|codes?)\b(?! of\b)",
    re.I,
)
_TAILS = frozenset(["id", "identifier", "number", "code", "no"])


def find(draft: Draft, chunks: Sequence[Chunk]) -> None:
    """Give each table the key by which the text speaks of its rows, unless it has one of its own."""
    keys = {key: key for key, entity in draft.entities.items() if not entity.joins}
    keys.update({alias: key for alias, key in draft.alias.items() if key in keys})
    for quote in _sentences(chunks):
        for found in _NAMED.finditer(quote.quote):
            if target := _target(tokens(found["what"]), keys):
                _add(draft, target, singular(found["tail"].lower()), quote)
    for entity in list(draft.entities.values()):
        for attribute in list(entity.attributes.values()):
            other = draft.entities.get(attribute.target) if attribute.target and attribute.asked else None
            tail = singular((tokens(attribute.item.text) or [""])[-1])
            if other and not other.joins and tail in _TAILS and _NAMED.search(attribute.quotes[0].quote):
                _add(draft, other.key, tail, attribute.quotes[0])


def _sentences(chunks: Sequence[Chunk]) -> Iterator[Quote]:
    """Each sentence that is read at all."""
    fenced = False
    for chunk in chunks:
        for sentence in sentences(chunk, fenced=fenced):
            if _NAMED.search(sentence.quote) and not has_secret(sentence.quote):
                yield Quote(chunk_index=sentence.chunk, quote=sentence.quote)
        fenced = ends_fenced(chunk, fenced)


def _target(words: list[str], keys: dict[Key, Key]) -> Key | None:
    """The table that the last of ``words`` name."""
    for width in range(min(_LONGEST, len(words)), 0, -1):
        if target := keys.get(key_of(words[-width:])):
            return target
    return None


def _add(draft: Draft, target: Key, tail: str, quote: Quote) -> None:
    entity = draft.entities[target]
    if any(len(words) <= 2 and words[-1] in _TAILS for words in entity.attributes):
        return
    words = ("id",) if tail in ("id", "identifier") else (tail,)
    entity.attributes[words] = Attribute(words, Item(" ".join(words)), [quote])
