"""Lists and tables that say who may do what: "Admins can:" with its bullets, a table of roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architect.plan.model import Quote
from architect.plan.reader.grammar.blocks import Sentence
from architect.plan.reader.grammar.phrases import parts, tokens
from architect.plan.reader.permission import access
from architect.plan.reader.sentence.statements import Statement

_MAY = re.compile(
    r"\b(?:can|may|cannot|can not|must not|may not|(?:are|is) (?:not )?(?:able|allowed|permitted) to)$", re.I
)
_WHO = frozenset(["role", "who", "user", "actor", "audience", "person", "people", "group", "roles", "users"])
_DOES = frozenset(["can", "may", "permissions", "permission", "rights", "allowed", "actions", "access"])
_ABOUT = frozenset(["access", "permissions", "permission", "roles", "rights", "security", "authorization"])
_NOT = re.compile(r"^not\s+", re.I)
_LETTERS = re.compile(r"^[crud]+$", re.I)
_CRUD = {"c": "create", "r": "read", "u": "update", "d": "delete"}
_WORDS = {"full": "manage", "all": "manage", "everything": "manage", "crud": "manage", "write": "edit"}


def bullets(block: Sequence[Sentence]) -> Iterator[Statement]:
    """What a run of bullets says about access; nothing where it is about something else."""
    lead = block[0].lead.strip()
    if _MAY.search(lead):
        for item in block:
            told = f"{item.label} {item.text}".strip()
            negated = _NOT.match(told)
            text = f"{lead} not {told[negated.end() :]}" if negated else f"{lead} {told}"
            yield from access.read(text, _quote(item))
    elif set(tokens(block[0].heading)) & _ABOUT:
        for item in block:
            if item.label and set(tokens(item.text)[:1]) & access.VERBS:
                yield from access.read(f"{item.label} can {item.text}", _quote(item))


def rows(table: Sequence[Sentence]) -> Iterator[Statement]:
    """What a table with a column of people says about access."""
    body = [s for s in table if not all(re.fullmatch(r":?-*:?", cell.strip()) for cell in s.cells)]
    heads = [cell.strip() for cell in body[0].cells] if len(body) > 1 else []
    if len(heads) < 2 or not set(tokens(heads[0])) & _WHO:
        return
    for row in body[1:]:
        who = row.cells[0].strip()
        for head, cell in zip(heads[1:], row.cells[1:], strict=False):
            if set(tokens(head)) & _DOES:
                yield from access.read(f"{who} can {cell}", _quote(row))
            elif done := _done(cell):
                own = "their own " if "own" in tokens(cell) else ""
                yield from access.read(f"{who} can {done} {own}{head}", _quote(row))


def _done(cell: str) -> str:
    """ "read, write" and "CRUD" as verbs; "" for a cell that grants nothing we know."""
    found: list[str] = []
    for part in parts(cell):
        for word in tokens(part.text):
            word = _WORDS.get(word, word)
            if word in ("own", "only"):
                continue
            if word in access.VERBS:
                found.append(word)
            elif _LETTERS.match(word):
                found.extend(_CRUD[letter] for letter in word.lower())
            else:
                return ""
    if not found and "own" in tokens(cell):
        return "manage"
    return ", ".join(dict.fromkeys(found))


def _quote(sentence: Sentence) -> Quote:
    return Quote(chunk_index=sentence.chunk, quote=sentence.quote)


__all__ = ["bullets", "rows"]
