"""Cuts a spec into chunks: one per Markdown section, long sections at paragraphs.

The chunks are a partition: joined in order they are the text, so every quote of the text lies in a chunk or
across two neighbours. A section is cut by its own content only, so an edit moves no boundary elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt

from architect.spec.chunk import Chunk

#: Characters; a piece is longer only when it has no white space to cut at before HARD_LIMIT.
TARGET = 1200

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
#: Where a text may be cut, best places first. Each pattern matches one piece with what separates it.
_PIECES = (
    re.compile(r".+?(?:\n[^\S\n]*(?=\n)\n*|\Z)", re.S),  # paragraphs
    re.compile(r"[^\n]*\n|[^\n]+\Z"),  # lines
    re.compile(r".+?(?:[.!?。！？][\"')\]]*\s+|\Z)", re.S),  # sentences
    re.compile(r"\s*\S+\s*"),  # words
)


def chunk(text: str) -> list[Chunk]:
    """The chunks of ``text``, which may be Markdown or plain prose; none for an empty text."""
    chunks: list[Chunk] = []
    pending = ""
    for heading, section in _sections(text):
        if not section.strip():
            pending += section
            continue
        pieces, pending = _cut(pending + section, _PIECES), ""
        for piece in pieces:
            if piece.strip():
                chunks.append(Chunk(len(chunks), heading, pending + piece))
                pending = ""
            else:
                pending += piece
    if pending and chunks:
        last = chunks[-1]
        chunks[-1] = Chunk(last.index, last.heading, last.content + pending)
    elif pending:
        chunks.append(Chunk(0, "", pending))
    return chunks


def _sections(text: str) -> Iterable[tuple[str, str]]:
    """(path of headings, text) of each section. Only real headings count, not ``#`` in a code block."""
    lines = _LINE.findall(text)
    tokens = MarkdownIt("commonmark").parse(text)
    path: dict[int, str] = {}
    start, heading = 0, ""
    for position, token in enumerate(tokens):
        if token.type != "heading_open" or token.level != 0 or token.map is None:
            continue
        yield heading, "".join(lines[start : token.map[0]])
        start, level = token.map[0], int(token.tag[1:])
        path = {depth: title for depth, title in path.items() if depth < level}
        path[level] = " ".join(tokens[position + 1].content.split())
        heading = " > ".join(title for title in path.values() if title)
    yield heading, "".join(lines[start:])


def _cut(text: str, patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    """``text`` as pieces of at most TARGET characters, cut at the best places there are."""
    if len(text) <= TARGET:
        return [text]
    if not patterns:
        return [text[at : at + TARGET] for at in range(0, len(text), TARGET)]
    pieces: list[str] = []
    current = ""
    for part in patterns[0].findall(text):
        if current.strip() and len(current) + len(part.rstrip()) > TARGET:
            pieces.append(current)
            current = ""
        current += part
        if len(current.rstrip()) > TARGET:
            *whole, current = _cut(current, patterns[1:])
            pieces.extend(whole)
    return [*pieces, current] if current else pieces
