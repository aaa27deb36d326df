"""What a clone of a database does not have of it."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key, Snapshot


def unlike(expected: Snapshot, found: Snapshot) -> frozenset[Key]:
    """The facts that say nothing when ``found`` is another database than ``expected``.

    ``create database ... template`` copies neither a database's own settings nor its privileges, owner and
    limits, so what only the expectation has of them is no drift, nor is what every new database starts with.
    What somebody set or granted there afterwards is, though.
    """
    if expected.place == found.place:
        return frozenset()
    lost = {key for key, fact in expected.facts.items() if key not in found.facts and _of_database(fact)}
    start = {key for key, fact in found.facts.items() if key not in expected.facts and _starts_so(fact)}
    narrowed = {
        key
        for key, fact in found.facts.items()
        if key in expected.facts and _starts_so(fact) and fact.detail != expected.facts[key].detail
    }
    return frozenset(lost | start | narrowed)


def _of_database(fact: Fact) -> bool:
    kind = fact.key.kind
    return (
        kind in ("database", "database_setting")
        or (kind == "role_setting" and fact.detail["here"])
        or (kind == "grant" and fact.detail["object_kind"] == "database")
    )


def _starts_so(fact: Fact) -> bool:
    if fact.key.kind == "database":
        return True
    return (
        _of_database(fact)
        and fact.key.kind == "grant"
        and fact.detail["grantee"] == "public"
        and fact.detail["privileges"] == {"CONNECT": False, "TEMPORARY": False}
    )
