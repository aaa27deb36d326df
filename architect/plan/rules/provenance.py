"""Provenance: what is said to come from the spec quotes it, and the quote is really there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from architect.plan.model import Item, Origin, Plan, Quote
from architect.plan.rules.violation import Violation
from architect.spec.chunk import Chunk


def broken(plan: Plan, chunks: Sequence[Chunk] | None) -> Iterator[Violation]:
    texts = {c.index: fold_space(c.content) for c in chunks} if chunks is not None else None
    for path, item in _items(plan):
        if item.origin is Origin.SPEC and not item.because:
            message = "The spec asked for this, so quote where it does, or give another origin."
            yield Violation("missing_quote", f"{path}.because", message)
        yield from _quotes(item.because, texts, path)
    for n, question in enumerate(plan.open_questions):
        yield from _quotes(question.because, texts, f"open_questions[{n}]")


def fold_space(text: str) -> str:
    """``text`` with every run of white space made one space."""
    return " ".join(text.split())


def _quotes(quotes: list[Quote], texts: dict[int, str] | None, path: str) -> Iterator[Violation]:
    for n, quote in enumerate(quotes):
        where = f"{path}.because[{n}]"
        if texts is None:
            continue
        if quote.chunk_index not in texts:
            message = f"The spec has no chunk {quote.chunk_index}; name the chunk that holds the quote."
            yield Violation("unknown_chunk", where, message)
        elif not fold_space(quote.quote) or fold_space(quote.quote) not in texts[quote.chunk_index]:
            message = (
                f"Chunk {quote.chunk_index} does not say this; copy the words from it or drop the quote."
            )
            yield Violation("quote_not_found", where, message)


def _items(plan: Plan) -> Iterator[tuple[str, Item]]:
    for n, table in enumerate(plan.tables):
        path = f"tables[{n}]"
        yield path, table
        for part in ("columns", "foreign_keys", "policies", "triggers"):
            yield from ((f"{path}.{part}[{m}]", item) for m, item in enumerate(getattr(table, part)))
    for part in ("functions", "buckets", "analytics"):
        yield from ((f"{part}[{m}]", item) for m, item in enumerate(getattr(plan, part)))
