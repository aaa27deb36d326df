"""A chunk becomes sentences, each with the heading and the list it stands in.

Fenced code, markup, SQL and JSON are left out: they are text about something else, never a requirement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from architect.spec.chunk import Chunk

#: A sentence longer than this is cut: the patterns are linear, the cut keeps them quick as well.
MAX_SENTENCE = 1600
MAX_QUOTE = 400

Kind = Literal["prose", "item", "row", "heading"]

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*(?:[-*_=]\s*){3,}$")
_ITEM = re.compile(
    r"^(\s*)(?:[-*+•·]\s+|\(?\d{1,3}[.)、]\s*(?=\D)|\(?[a-z]\)\s+"
    r"|\d{1,2}\s+(?=[A-Z][\w -]{2,60}[:：]))(?=\S)"
)
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_FOREIGN = re.compile(
    r"^\s*(?:[\[{}\]<]|\"[\w$-]+\"\s*:|--|/\*|\$\$|"
    r"(?:create|drop|alter|grant|revoke|insert\s+into|delete\s+from|truncate|select\s+.+\s+from"
    r"|update\s+\S+\s+set)"
    r"\s.*;\s*$)",
    re.I,
)
_END = re.compile(
    r"(?<=[.!?。])[\"”')*_]{0,4}\s+(?=[\"“(*_]{0,3}[A-Z0-9])|(?<=[;；])\s+|(?<=[。；])"
    r"|(?<=[a-z][a-z]\.)(?=[A-Z][a-z])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|no|approx|incl|mr|mrs|dr|st|fig|max|min)\.|\b[A-Z]\.)$", re.I
)
_LABEL = re.compile(r"^(?P<label>[^:：.;,()]{2,60})[:：](?:\s+|(?=[A-Z][a-z]))(?P<rest>\S.*)$")
#: "Book - ISBN, title, publisher"
_DASHED = re.compile(r"^(?P<label>[A-Z][\w' ]{1,40}?)\s+[-–—]\s+(?P<rest>[^.:]{2,200},[^.:]{2,200})[.]?$")
#: "the fields: number; date; amount" is one sentence.
_LISTS = re.compile(r"[:：][^.:：]{2,300}[.]?$")
_MEMBER = re.compile(r"(?:[\w'’()/-]+\s?){1,5}(?:[;；.]|$)")
_OPENS_LIST = re.compile(
    r"\b(?:has|have|we|keeps?|records?|stores?|includes?|contains?|consists?|needs?|must|should|following"
    r"|fields|each|every|"
    r"attributes|is|are|can|may|will|shall|for|with)\b",
    re.I,
)
#: No word; patterns would try it from each of its characters.
_ENDLESS = re.compile(r"\S{200,}")
_FINITE = re.compile(r"\b(?:includes?|contains?|has|have|is|are|can|may|must|should|will|shall)\b", re.I)
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")


@dataclass(frozen=True, slots=True)
class Sentence:
    #: Index of the chunk.
    chunk: int
    kind: Kind
    #: White space folded, emphasis removed.
    text: str
    #: As it stands in the chunk, white space folded.
    quote: str
    #: The nearest heading above, "" at the start.
    heading: str = ""
    #: The line that introduces the list of this item ("Each order has:").
    lead: str = ""
    #: What stands before the colon ("Employees: number, name" -> "Employees").
    label: str = ""
    #: The cells of a Markdown table row.
    cells: tuple[str, ...] = ()
    #: Number of the block in its chunk; sentences of one paragraph or item share it.
    block: int = 0


def fold(text: str) -> str:
    """``text`` with every run of white space as one blank."""
    return " ".join(text.split())


def sentences(chunk: Chunk, *, fenced: bool = False) -> Iterator[Sentence]:
    """The sentences of ``chunk`` in order; ``fenced``: it begins inside a code block."""
    heading = lead = ""
    for number, (kind, text) in enumerate(_blocks(chunk.content, fenced)):
        plain = _EMPHASIS.sub("", text).strip()
        if kind == "heading":
            heading, lead = plain, ""
            yield Sentence(chunk.index, kind, plain, text, heading, block=number)
            continue
        base = Sentence(chunk.index, kind, "", "", heading, lead, block=number)
        if kind == "row":
            cells = tuple(cell.strip() for cell in plain.strip("| ").split("|"))
            yield replace(base, text=plain, quote=_quote(text), cells=cells)
            continue
        if kind != "row" and plain.endswith((":", "：")) and _is_title(plain):
            heading = plain.rstrip(":： ")
            lead = heading if kind == "prose" else ""
            yield Sentence(chunk.index, "heading", heading, text, heading, lead, block=number)
            continue
        if kind == "prose" and plain.endswith((":", "：")):
            lead = _EMPHASIS.sub("", _sentence_parts(text)[-1]).strip().rstrip(":： ")
        elif kind == "prose":
            lead = ""
        yield from _split(base, text)


def _is_title(text: str) -> bool:
    """Whether a line that ends in a colon is a title ("Member management:") instead of opening a list."""
    words = text.lower().split()
    if not 0 < len(words) <= 6:
        return False
    return not _OPENS_LIST.search(text) or all(w[:1].isupper() for w in text.split() if len(w) > 3)


def _split(base: Sentence, text: str) -> Iterator[Sentence]:
    label = ""
    for part in _sentence_parts(text):
        plain = _EMPHASIS.sub("", _ENDLESS.sub(" ", part)).strip()
        found = _LABEL.match(plain) or _DASHED.match(plain)
        if found and len(found["label"].split()) <= 6 and not _FINITE.search(found["label"]):
            label, plain = found["label"].strip(), found["rest"]
        if plain:
            if _LISTS.search(plain) or label:
                plain = plain.replace("; ", ", ")
            yield replace(base, text=plain[:MAX_SENTENCE], quote=_quote(part), label=label)


def _sentence_parts(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for found in _END.finditer(text):
        before = text[start : found.start()].rstrip()
        if _ABBREVIATION.search(before[-12:]) or before.count("(") > before.count(")"):
            continue
        if before.endswith((";", "；")) and _LISTS.search(before) and _MEMBER.match(text, found.end()):
            continue
        parts.append(before)
        start = found.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _quote(text: str) -> str:
    if len(text) <= MAX_QUOTE:
        return text.strip()
    return text[:MAX_QUOTE].rsplit(" ", 1)[0].strip() or text[:MAX_QUOTE]


def ends_fenced(chunk: Chunk, fenced: bool) -> bool:
    """Whether a code block is open where ``chunk`` ends."""
    return fenced ^ (sum(_FENCE.match(line) is not None for line in chunk.content.splitlines()) % 2 == 1)


def _blocks(content: str, fenced: bool) -> Iterator[tuple[Kind, str]]:
    kind: Kind = "prose"
    lines: list[str] = []

    def flush() -> Iterator[tuple[Kind, str]]:
        text = fold(" ".join(lines))
        lines.clear()
        if text:
            yield kind, text

    for line in content.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
            yield from flush()
            continue
        if fenced or not line.strip() or _RULE.match(line) or _FOREIGN.match(line):
            yield from flush()
            kind = "prose"
            continue
        starts = _line_kind(line)
        if starts is None and not _continues(lines, line):
            starts = ("prose", line)
        if starts is None:
            lines.append(line)
            continue
        yield from flush()
        kind = starts[0]
        lines.append(starts[1])
        if kind in ("heading", "row"):
            yield from flush()
            kind = "prose"
    yield from flush()


def _line_kind(line: str) -> tuple[Kind, str] | None:
    if found := _HEADING.match(line):
        return "heading", found[1]
    if _ROW.match(line):
        return "row", line
    if found := _ITEM.match(line):
        return "item", line[found.end() :]
    return None


def _continues(lines: list[str], line: str) -> bool:
    """Whether ``line`` goes on where the wrapped line before it broke off."""
    if not lines:
        return False
    before = lines[-1].rstrip()
    told = _LABEL.match(line.strip())
    if told and told["label"][:1].isupper() and before.endswith((".", "!", "?")):
        return False
    if before.endswith((".", "!", "?", ":", ";", "。", "：")):
        return before[-1] in ".!?" and len(before) > 60
    return line.lstrip()[:1].islower() or line.startswith((" ", "\t")) or len(before) > 60


def title(chunks: Sequence[Chunk]) -> str:
    """The first heading of the spec, "" when it has none."""
    for chunk in chunks:
        for sentence in sentences(chunk):
            if sentence.kind == "heading":
                return sentence.text[:200]
    return ""
