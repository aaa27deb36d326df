"""Read a snapshot: everything once, or only what differs from an earlier one.

The same exchange serves both kinds of readers: a generator asks for scripts and is sent their rows.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from architect.catalog.facts import sections
from architect.catalog.facts.hidden import hide_secrets
from architect.catalog.facts.reader import Reader, Rows, ScriptReader
from architect.catalog.facts.snapshot import Blind, Edge, Fact, Key, Snapshot
from architect.errors import ArchitectError, CatalogUnreadable

OLDEST_VERSION = 150000
#: Definitions are spelled out as of now, not as of the transaction: an object that is gone meanwhile cannot
#: be found (XX000, 42P01, 42704, 42883), and the next try sees a catalog without it.
MOVING = frozenset({"XX000", "42P01", "42704", "42883", "40001"})
TRIES = 3
Exchange = Generator[str, Rows, Snapshot]


def read(reader: Reader, *, against: Snapshot | None = None) -> Snapshot:
    """What is true of the database now.

    With ``against``, the server first says which sections differ by their digests, and only those are read;
    the rest is taken over. Dependencies are read unless nothing differs. Raises :class:`CatalogUnreadable`.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(_Moved), _moving():
            return _read(reader, against)
    return _read(reader, against)


async def aread(reader: ScriptReader, *, against: Snapshot | None = None) -> Snapshot:
    """:func:`read` where every script has a transaction of its own: what differs makes it read everything, so
    that all facts are still of one moment. Raises what the reader raises, too."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(_Moved), _moving():
            return await _aread(reader, against)
    return await _aread(reader, against)


class _Moved(Exception):
    """An object went away while it was spelled out."""


@contextlib.contextmanager
def _moving() -> Iterator[None]:
    try:
        yield
    except ArchitectError as error:
        if error.details.get("sqlstate") in MOVING:
            raise _Moved from error
        raise


def _read(reader: Reader, against: Snapshot | None) -> Snapshot:
    with reader.moment() as run:
        exchange = _exchange(against, shared=True)
        try:
            rows = run(next(exchange))
            while True:
                rows = run(exchange.send(rows))
        except StopIteration as end:
            return _ended(end)


async def _aread(reader: ScriptReader, against: Snapshot | None) -> Snapshot:
    exchange = _exchange(against, shared=False)
    try:
        rows = await reader.run(next(exchange))
        while True:
            rows = await reader.run(exchange.send(rows))
    except StopIteration as end:
        return _ended(end)


def _ended(end: StopIteration) -> Snapshot:
    snapshot: Snapshot = end.value
    return snapshot


def _exchange(against: Snapshot | None, *, shared: bool) -> Exchange:
    start = _only((yield sections.start()))
    version, place, states = int(start["version"]), str(start["place"]), _states(start["states"])
    if version < OLDEST_VERSION:
        raise CatalogUnreadable(f"The server is of version {version // 10000}; facts are known from 15 on")
    asked = sections.sections(states)
    digests = {row["section"]: f"{row['count']} {row['digest']}" for row in (yield sections.digests(asked))}
    hidden = [Blind(f"rows of {table}", "not all of them can be seen") for table in _unseen(states)]
    if against is not None and _same(against, version, digests, hidden):
        return against
    differing = asked
    if against is not None and shared and against.server_version_num // 10000 == version // 10000:
        differing = [one for one in asked if digests.get(one.name) != against.digests.get(one.name)]
    rows = yield sections.details(differing, edges=True)
    facts, edges, blind = _sorted_out(rows)
    if against is not None:
        facts |= _taken_over(against, {one.name for one in asked} - {one.name for one in differing}, states)
        if "blind" not in {one.name for one in differing}:
            blind += [one for one in against.blind if not one.what.startswith("rows of ")]
    return Snapshot(
        server_version_num=version,
        facts=facts,
        edges=frozenset(edges),
        blind=tuple(sorted([*blind, *hidden])),
        digests=digests,
        place=place,
    )


def _same(against: Snapshot, version: int, digests: Mapping[str, str], hidden: list[Blind]) -> bool:
    unseen = [one for one in against.blind if one.what.startswith("rows of ")]
    return (
        against.server_version_num == version
        and dict(against.digests) == digests
        and sorted(unseen) == sorted(hidden)
    )


def _taken_over(against: Snapshot, unchanged: set[str], states: Mapping[str, bool | None]) -> dict[Key, Fact]:
    """What was not read again: the same as before, or out of sight, which is told apart from gone."""
    kept = unchanged | {name for name, table in sections.ROWS.items() if states.get(table) is False}
    return {key: fact for key, fact in against.facts.items() if sections.section_of(key.kind) in kept}


def _sorted_out(rows: Rows) -> tuple[dict[Key, Fact], list[Edge], list[Blind]]:
    edges = json.loads(f"[{','.join(row['detail'] for row in rows if row['kind'] == '#edge')}]")
    rest = [row for row in rows if row["kind"] != "#edge"]
    made: list[Fact] = []
    blind: list[Blind] = []
    details = hide_secrets([(row["kind"], row["detail"]) for row in rest])
    for row, detail in zip(rest, details, strict=True):
        if row["kind"] == "blind":
            blind.append(Blind(row["name"], detail["why"]))
        else:
            made.append(Fact(Key(row["kind"], row["schema"], row["name"]), detail))
    facts = {fact.key: fact for fact in made}
    if len(facts) < len(made):
        facts = _told_apart(made)
    return facts, [Edge(Key(*user), Key(*used)) for user, used in edges], blind


def _told_apart(made: list[Fact]) -> dict[Key, Fact]:
    """Names are joined by dots, which may stand in names too: then what the object belongs to is added."""
    often = Counter(fact.key for fact in made)
    facts: dict[Key, Fact] = {}
    for fact in made:
        key = fact.key
        if often[key] > 1:
            owners = (fact.detail.get(name) for name in ("table", "publication", "member", "role"))
            key = key._replace(name=f"{key.name} of {next((str(one) for one in owners if one), '')}")
        if key in facts:
            raise CatalogUnreadable(f"Two objects have the name {key}; give one of them a name without a dot")
        facts[key] = Fact(key, fact.detail)
    return facts


def _unseen(states: Mapping[str, bool | None]) -> list[str]:
    return sorted(table for table, state in states.items() if state is False)


def _states(value: Any) -> dict[str, bool | None]:
    states: dict[str, bool | None] = json.loads(value) if isinstance(value, str) else value
    return states


def _only(rows: Rows) -> dict[str, Any]:
    if len(rows) != 1:
        raise CatalogUnreadable("The database gave no answer")
    return rows[0]
