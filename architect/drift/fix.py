"""The fix of one finding: SQL that brings the facts it speaks of back, with what may go wrong."""

from __future__ import annotations

from collections.abc import Iterable

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.ddl import Statement, alter
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.part import closed
from architect.drift.ddl.sides import catalog_of
from architect.drift.ddl.statement import statement
from architect.drift.model import Finding, Fix
from architect.drift.renames import renames

#: A fix that does not get its locks soon gives up, rather than letting everybody queue behind it.
LOCK_TIMEOUT = "set local lock_timeout = '3s'"
#: Kinds whose statements hold texts that the server deparsed under an empty search_path.
_TEXTS = frozenset(
    {"policy", "view", "matview", "column", "constraint", "index", "trigger", "rule", "domain", "function"}
    | {"statistics", "publication_table", "event_trigger", "table", "cast", "operator", "type"}
)
#: Owners that the platform keeps for itself.
_PLATFORM = ("supabase_", "pgsodium_", "pgbouncer")


def fix_for(finding: Finding, expected: Snapshot, found: Snapshot) -> Fix | None:
    """SQL to run in one transaction; None where no SQL helps (an edge function, a lost secret).

    Not proven yet. It is not ``automatic`` where rows or secrets are lost or cannot come back.
    """
    keys = closed(catalog_of(found), catalog_of(expected), set(finding.keys))
    renamed = [one.statement for one in renames(expected, found, keys)]
    statements = renamed or alter(found, expected, finding.keys)
    able = [one for one in statements if one.why_not is None and one.key is not None]
    if not able or _loses(statements):
        return None
    said = [one for one in statements if one.key is None and _needed(one, able)]
    shut = [] if renamed else list(_shut(finding, expected, found))
    lines = [*_lines(said), *_lines(shut)]
    if shut:
        lines.append("-- Up to here it is closed to everybody but its owner. From here on rows are deleted.")
    lines += _lines(able)
    lines += [f"-- {one.key} is not restored: {one.why_not}" for one in statements if one.why_not]
    hazards = hz.merged([*(one.hazards for one in [*shut, *able]), _reserved(finding, found, able)])
    automatic = all(one.lossless for one in able) and not hz.NEVER_AUTOMATIC.intersection(hazards)
    sql = "\n".join([f"{LOCK_TIMEOUT};", *lines])
    return Fix(sql=sql, hazards=hazards, proven=False, proof=None, automatic=automatic)


def _loses(statements: list[Statement]) -> bool:
    """Whether something would be dropped to make room that cannot be made again."""
    unable = {one.key for one in statements if one.why_not}
    return any(one.key in unable and one.sql.startswith("drop ") for one in statements)


def _lines(statements: Iterable[Statement]) -> list[str]:
    return [f"{one.sql.rstrip()};" for one in statements]


def _needed(setting: Statement, able: list[Statement]) -> bool:
    """Whether one of the settings that every script starts with matters here."""
    kinds = {one.key.kind for one in able if one.key is not None}
    return bool(kinds & ({"function"} if "function_bodies" in setting.sql else _TEXTS))


def _shut(finding: Finding, expected: Snapshot, found: Snapshot) -> Iterable[Statement]:
    """A table that should not be there is shut before it is dropped: that half alone helps already."""
    for key in sorted(finding.keys):
        fact = found.facts.get(key)
        if key.kind != "table" or fact is None or key in expected.facts or fact.detail["relkind"] == "f":
            continue
        name = n.qualified(key.schema, key.name)
        if not fact.detail["rls"]:
            sql = f"alter table {name} enable row level security"
            yield statement(key, sql, hz.ACCESS_EXCLUSIVE, hz.AUTHZ)
        holders = sorted(_holders(key, found))
        if holders:
            yield statement(key, f"revoke all on table {name} from {n.roles(holders)}", hz.AUTHZ)


def _holders(table: Key, found: Snapshot) -> set[str]:
    return {
        str(fact.detail["grantee"])
        for fact in found.of("grant")
        if fact.key.schema == table.schema
        and fact.detail["object_kind"] == "table"
        and fact.detail["object"] == table.name
        and fact.detail["grantee"] != "its owner"
    }


def _reserved(finding: Finding, found: Snapshot, able: list[Statement]) -> tuple[str, ...]:
    """What the platform's own roles own, its postgres role does not alter; it may write policies there."""
    for one in able:
        fact = found.facts.get(one.key) if one.key else None
        if fact is None or fact.key.kind in ("policy", "grant", "bucket", "cron_job", "role", "membership"):
            continue
        owner = _owner(fact, found)
        if owner is not None and owner.startswith(_PLATFORM):
            return (hz.SUPERUSER,)
    return ()


def _owner(fact: Fact, found: Snapshot) -> str | None:
    if "owner" in fact.detail:
        return str(fact.detail["owner"])
    table = found.get("table", fact.key.schema, str(fact.detail.get("table")))
    return str(table.detail["owner"]) if table is not None else None
