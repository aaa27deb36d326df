"""Cuts an SQL text into its statements, far enough to record them and to see transaction control.

Knows strings, escape strings, quoted names, dollar quotes, both kinds of comment (nested as Postgres nests
them), parentheses and ``BEGIN ATOMIC`` bodies. Never used to decide what is safe to run: what runs is always
the whole text, inside one transaction whose id is checked afterwards.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<escape>(?i:\be)'(?:[^'\\]|\\.|'')*(?:'|\Z))
  | (?P<string>'(?:[^']|'')*(?:'|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z))
  | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<other>.)
    """,
    re.X | re.S,
)
_NESTED = re.compile(r"/\*|\*/")
_CONTROL = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "prepare"})


def split(sql: str) -> list[str]:
    """The statements of ``sql`` without closing semicolons; pieces that hold only comments are left out."""
    return [text for text, _ in _pieces(sql)]


def transaction_control(sql: str) -> str | None:
    """The first statement that would begin or end a transaction, as upper-case words, or ``None``."""
    for _, words in _pieces(sql):
        if words and words[0] in _CONTROL and not _harmless(words):
            return " ".join(words[:2]).upper() if words[0] in {"start", "prepare"} else words[0].upper()
    return None


def _harmless(words: list[str]) -> bool:
    if words[0] == "prepare":
        return words[1:2] != ["transaction"]
    # ROLLBACK TO SAVEPOINT stays inside the transaction.
    return words[0] == "rollback" and "to" in words[1:3]


def _pieces(sql: str) -> list[tuple[str, list[str]]]:
    pieces: list[tuple[str, list[str]]] = []
    start, at, depth, atomic = 0, 0, 0, 0
    words: list[str] = []
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            break
        kind, text, at = match.lastgroup, match.group(), match.end()
        if match["comment"]:
            at = _skip_comment(sql, at)
        elif match["dollar"]:
            end = sql.find(text, at)
            at = len(sql) if end < 0 else end + len(text)
            words.append("$")
        elif kind == "word":
            words.append(text.lower())
            atomic = _atomic(words, atomic)
        elif text == "(":
            depth += 1
        elif text == ")":
            depth = max(0, depth - 1)
        elif text == ";" and depth == 0 and atomic == 0:
            _add(pieces, sql[start : match.start()], words)
            start, words = at, []
        elif kind in {"string", "escape", "name", "other"}:
            words.append(text)
    _add(pieces, sql[start:], words)
    return pieces


def _atomic(words: list[str], level: int) -> int:
    """Nesting inside a ``BEGIN ATOMIC`` body, where CASE also closes with END."""
    word = words[-1]
    if word == "atomic" and words[-2:-1] == ["begin"]:
        return level + 1
    if level and word == "case":
        return level + 1
    if level and word == "end":
        return level - 1
    return level


def _skip_comment(sql: str, at: int) -> int:
    level = 1
    while level:
        match = _NESTED.search(sql, at)
        if match is None:
            return len(sql)
        level += 1 if match.group() == "/*" else -1
        at = match.end()
    return at


def _add(pieces: list[tuple[str, list[str]]], text: str, words: list[str]) -> None:
    if words:
        pieces.append((text.strip(), words))
