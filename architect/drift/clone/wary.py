"""Statements that would call a function which somebody changed, while they are run by the scratch superuser.

Functions of the baseline were accepted with it. One that is new or other is run by the probe only, where
nobody is a superuser. Most statements call nothing; those that evaluate expressions are held against the
changed names.
"""

from __future__ import annotations

import re
from collections import defaultdict

import postgast

from architect.catalog.facts.snapshot import Key, Snapshot

#: Words of statements that evaluate what they are given.
_EVALUATES = re.compile(
    r"\badd\s+column\b|\btype\b.*\busing\b|\bindex\b|\bmaterialized\b|\brefresh\b|\bvalidate\b|\bcheck\b"
    r"|\bexclude\b|\bpartition\b|\binsert\b|\bupdate\b|\bset\s+data\s+type\b|\bdo\b",
    re.I | re.S,
)
#: Statements that only keep what they are given.
_TEXT_ONLY = re.compile(
    r"\s*(?:create\s+(?:or\s+replace\s+)?(?:function|procedure|aggregate|policy|view|rule|role|schema|(?:\w+\s+)?trigger)"
    r"|alter\s+(?:function|procedure|routine|aggregate|policy|role|schema|view|default)"
    r"|grant|revoke|drop|comment|set|reset)\b",
    re.I,
)
_NAMED = frozenset({"function", "view", "matview", "domain", "type", "operator", "table"})


class Wary:
    """Knows what calls a changed function, in ``found`` as against ``expected``."""

    def __init__(self, expected: Snapshot, found: Snapshot) -> None:
        changed = {f.key for f in found.of("function") if expected.facts.get(f.key) != f}
        self._names = {_name(key): str(key) for key in _callers(changed, found)}
        words = sorted((re.escape(name) for name in self._names), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w.])({'|'.join(words)})(?!\w)") if words else None

    def refused(self, sql: str) -> str | None:
        """Why the statement is not run, or None when it may be."""
        if self._pattern is None:
            return None
        for statement in _statements(sql):
            evaluates = not _TEXT_ONLY.match(statement) and _EVALUATES.search(statement)
            named = self._pattern.search(statement.replace('"', "")) if evaluates else None
            if named is not None:
                return f"it may call {self._names[named[1]]}, which changed, with the rights of a superuser"
        return None


def _statements(sql: str) -> list[str]:
    try:
        return list(postgast.split(sql))
    except postgast.PgQueryError:
        return [sql]


def _callers(changed: set[Key], found: Snapshot) -> set[Key]:
    """The changed functions and everything that calls them, as far as the catalog or a body's words tell."""
    users: defaultdict[Key, set[Key]] = defaultdict(set)
    for user, used in found.edges:
        users[used].add(user)
    bodies = [(f.key, str(f.detail.get("body") or "")) for f in found.of("function")]
    seen = set(changed)
    waiting = list(changed)
    while waiting:
        key = waiting.pop()
        word = re.compile(rf"\b{re.escape(key.name.partition('(')[0])}\b")
        near = users[key] | (
            {k for k, body in bodies if word.search(body)} if key.kind == "function" else set()
        )
        for user in near - seen:
            seen.add(user)
            waiting.append(user)
    tables = {
        Key("table", key.schema, key.name.partition(".")[0])
        for key in seen
        if key.kind in ("column", "constraint")
    }
    return {key for key in seen | tables if key.kind in _NAMED}


def _name(key: Key) -> str:
    return f"{key.schema}.{key.name.partition('(')[0]}"
