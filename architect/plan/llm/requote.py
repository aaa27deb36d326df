"""Quotes that a model got nearly right, put right: models shorten, join and reword what they copy.

Only for what a spec names (tables, columns, keys), never for who may do what. The item's own words must stand
in one sentence of the spec, and that sentence becomes its quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from architect.plan.model import Quote
from architect.plan.names import singular
from architect.spec.chunk import Chunk

_WORD = re.compile(r"[a-z0-9]+")
#: Words of a name that say nothing by themselves.
_FILLERS = frozenset({"id", "at", "on", "of", "the", "a", "is", "has", "by", "to", "for", "in"})
#: So much of a quote must be the chunk's own words; short words are anybody's.
_SHARE, _CONTENT = 0.8, 4
_LONGEST = 500


class Requoter:
    """Finds what a quote was meant to be; ``sentences`` are (chunk index, sentence)."""

    def __init__(self, chunks: Sequence[Chunk], sentences: Iterable[tuple[int, str]]) -> None:
        self._chunks = {c.index: _words(c.content) for c in chunks}
        self._sentences = [(index, text, _words(text)) for index, text in sentences if len(text) <= _LONGEST]
        #: Word -> the sentences with it, for a draft may ask for thousands of names.
        self._with: dict[str, list[int]] = {}
        for n, (_, _, words) in enumerate(self._sentences):
            for word in words:
                self._with.setdefault(word, []).append(n)

    def meant(self, because: Sequence[Quote], name: str) -> list[Quote]:
        """The sentence that says ``name``, for a quote that is nearly the spec's or where there is none."""
        if because and not any(self._nearly(quote) for quote in because):
            return []
        wanted = _words(name.replace("_", " ")) - _FILLERS
        if not wanted:
            return []
        near = {quote.chunk_index for quote in because}
        rarest = min((self._with.get(word, []) for word in wanted), key=len)
        found = [self._sentences[n][:2] for n in rarest if wanted <= self._sentences[n][2]]
        found.sort(key=lambda place: place[0] not in near)
        return [Quote(chunk_index=index, quote=text) for index, text in found[:1]]

    def _nearly(self, quote: Quote) -> bool:
        content = {word for word in _words(quote.quote) if len(word) >= _CONTENT}
        if not content:
            return False
        near = (self._chunks.get(quote.chunk_index + step, set()) for step in (0, -1, 1))
        return any(len(content & words) >= _SHARE * len(content) for words in near)


def _words(text: str) -> set[str]:
    return {singular(word) for word in _WORD.findall(text.lower())}
