"""HTML comments: what nobody sees who reads the spec is no requirement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from architect.spec.chunk import Chunk

_OPENS = "<!--"
_CLOSES = "-->"
_TEXT = re.compile(r"[^\n]+")


def visible(chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """``chunks`` with comments blanked, also those that begin in one chunk and end in another.

    A comment that never ends hides the rest where it begins a line, as it does in Markdown.
    """
    found: list[Chunk] = []
    inside = False
    last = max((n for n, chunk in enumerate(chunks) if _CLOSES in chunk.content), default=-1)
    for number, chunk in enumerate(chunks):
        kept, inside = _visible(chunk.content, inside, more=last > number)
        found.append(replace(chunk, content=kept) if kept != chunk.content else chunk)
    return tuple(found)


def _visible(text: str, inside: bool, *, more: bool) -> tuple[str, bool]:
    parts: list[str] = []
    at = 0
    while at < len(text):
        mark = text.find(_CLOSES if inside else _OPENS, at)
        if mark < 0:
            break
        if inside:
            parts.append(_blank(text[at : mark + len(_CLOSES)]))
            at, inside = mark + len(_CLOSES), False
            continue
        ends = more or text.find(_CLOSES, mark) >= 0
        if not ends and text[:mark].rpartition("\n")[2].strip():
            break  # an inline mark without an end is text
        parts.append(text[at:mark])
        at, inside = mark, True
    rest = text[at:]
    return "".join([*parts, _blank(rest) if inside else rest]), inside


def _blank(text: str) -> str:
    """A break between what stands before and after."""
    return f"\n\n{_TEXT.sub('', text)}\n\n" if text.strip() else text
