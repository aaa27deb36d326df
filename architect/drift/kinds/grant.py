"""Grants: what roles may do with an object now and could not, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Key
from architect.drift.change import Change, Verdict
from architect.drift.effective import GRANTABLE, PUBLIC, SERVICE_ROLE, bare, held
from architect.drift.evidence import personal
from architect.drift.model import Direction, Resource, Severity
from architect.drift.text import dotted, ident
from architect.drift.text import privileges as as_sql
from architect.drift.world import World, crowd, people, refused, sentence

_ROWS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"})
_VERBS = {
    "SELECT": "read", "INSERT": "add rows to", "UPDATE": "change", "DELETE": "delete rows of",
    "TRUNCATE": "empty", "TRIGGER": "put triggers on", "REFERENCES": "refer to",
    "MAINTAIN": "lock and rewrite", "EXECUTE": "call", "USAGE": "use", "CREATE": "make objects in",
    "CONNECT": "connect to", "TEMPORARY": "make temporary tables in", "SET": "set",
    "ALTER SYSTEM": "set for everybody",
}  # fmt: skip
#: System functions and tables that reach files, programs or password hashes.
_DANGEROUS = (
    "pg_read",
    "pg_ls",
    "lo_",
    "pg_authid",
    "pg_shadow",
    "pg_execute",
    "dblink",
    "pg_terminate",
    "pg_reload",
)


def judge(change: Change, world: World) -> list[Verdict]:
    """A role's privileges on one object, gained, lost, or both: one verdict with a direction."""
    old, new = (held(d.get("privileges")) for d in (change.old, change.new))
    gained, lost = new - old, old - new
    grantee = str(change.any["grantee"])
    if grantee == "its owner":
        return [_owners_own(change, old, new)]
    if not gained and not lost:
        return [_as_at_the_start(change, world, grantee)]
    if gained:
        return [_gained(change, world, grantee, gained, bool(lost))]
    return [_lost(change, world, grantee, lost)]


def target(change: Change) -> str:
    """``table public.orders``."""
    kind = str(change.any["object_kind"])
    if kind == "function":
        return f"function {change.key.schema}.{change.any['object']}"
    return _where(change) if kind == "database" else f"{kind} {_where(change)}"


def _where(change: Change) -> str:
    name = str(change.any["object"])
    if change.any["object_kind"] == "column":
        table, column = name.split(".", 1)
        return f"{dotted(change.key.schema, table)}.{ident(column)}"
    return name if change.any["object_kind"] == "database" else dotted(change.key.schema, name)


def resource(change: Change) -> Resource:
    """The object that the privileges are on."""
    kind, name = str(change.any["object_kind"]).replace(" ", "_"), str(change.any["object"])
    return Resource(kind=kind, schema=change.key.schema or None, name=name)


def _texts(change: Change) -> tuple[str, str]:
    where = target(change).removeprefix(f"{change.any['object_kind']} ")
    old, new = (
        as_sql(d.get("privileges"), str(change.any["object_kind"]), where, str(change.any["grantee"]))
        for d in (change.old, change.new)
    )
    return old, new


def _gained(change: Change, world: World, grantee: str, gained: frozenset[str], both: bool) -> Verdict:
    severity, more = _opening(change.any, change, world, grantee, gained)
    reaches = world.reach(grantee)
    who = crowd(reaches) if reaches else people(grantee)
    reason = sentence(f"{who} may now {verbs(gained)} {target(change)}{more}")
    before, after = _texts(change)
    direction: Direction = "both" if both else "weaker"
    return Verdict("grant_added", severity, reason, before, after, direction, resource(change))


def verbs(names: frozenset[str]) -> str:
    """Privileges as what one may do with them."""
    order = list(_VERBS)
    known = sorted(
        {n.removesuffix(GRANTABLE) for n in names}, key=lambda n: order.index(n) if n in order else 99
    )
    words = [_VERBS.get(n, n.lower()) for n in known]
    text = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    return f"{text} (and pass that on)" if any(n.endswith(GRANTABLE) for n in names) else text


def _opening(
    detail: Mapping[str, Any], change: Change, world: World, grantee: str, gained: frozenset[str]
) -> tuple[Severity, str]:
    """How bad new privileges are, and what to add to the reason."""
    reaches = world.reach(grantee)
    if not reaches:
        return _to_others(world, grantee, gained)
    kind, names = str(detail["object_kind"]), bare(gained)
    before = frozenset(change.old.get("privileges") or ())
    if names <= before:
        return Severity.HIGH, ": the privilege can be passed on to others"
    judges = {
        "table": _rows, "view": _rows, "matview": _rows, "column": _rows, "function": _execute,
        "schema": _schema, "sequence": _sequence, "domain": _type, "parameter": _parameter,
        "database": _database, "type": _type, "language": _language,
    }  # fmt: skip
    judge_ = _system if detail.get("system") else judges.get(kind)
    return judge_(change, world, names - before) if judge_ else (Severity.HIGH, "")


def _to_others(world: World, grantee: str, gained: frozenset[str]) -> tuple[Severity, str]:
    if grantee == SERVICE_ROLE or world.now.above_rls(grantee):
        return Severity.LOW, ", which no policy holds back in any case"
    return (Severity.HIGH if gained & _ROWS else Severity.MEDIUM), ""


def _rows(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    if not names & _ROWS:
        return Severity.HIGH, ""
    kind, name = str(change.any["object_kind"]), str(change.any["object"])
    if kind == "matview":
        return Severity.CRITICAL, ": policies do not guard materialised views"
    if kind == "view":
        return Severity.CRITICAL, ""
    if "TRUNCATE" in names:
        return Severity.CRITICAL, ": no policy holds back truncate"
    table, _, column = name.partition(".") if kind == "column" else (name, "", "")
    if personal(column):
        return Severity.CRITICAL, ", which looks like personal data or a secret"
    if not world.guarded(change.key.schema, table):
        return Severity.CRITICAL, ", which has no row level security"
    return Severity.CRITICAL, ", as far as its policies let them"


def _execute(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    fact = world.found.get("function", change.key.schema, str(change.any["object"]))
    if fact is not None and fact.detail.get("definer"):
        return (
            Severity.CRITICAL,
            f", which runs with the rights of {fact.detail.get('owner')}, past all policies",
        )
    return Severity.HIGH, ""


def _schema(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    if "CREATE" in names:
        return Severity.CRITICAL, ": what they make there is run and trusted by others"
    name = str(change.any["object"])
    open_ = _reachable(name, world, str(change.any["grantee"]))
    return (Severity.CRITICAL, f": that opens {open_}") if open_ else (Severity.HIGH, "")


def _reachable(schema: str, world: World, grantee: str) -> str | None:
    """Something in ``schema`` that the new right to enter it opens to a caller."""
    roles = {reach.role for reach in world.reach(grantee)}
    for fact in world.now.of("grant"):
        detail = fact.detail
        if fact.key.schema != schema or not roles & {r.role for r in world.reach(detail["grantee"])}:
            continue
        kind, name = detail["object_kind"], detail["object"]
        used = set(detail["privileges"])
        bare_table = kind == "table" and used & _ROWS and not world.guarded(schema, name)
        function = world.found.get("function", schema, name) if kind == "function" else None
        if (
            bare_table
            or (kind in ("view", "matview") and used & _ROWS)
            or (function and function.detail.get("definer") and function.detail["returns"] != "trigger")
        ):
            return f"{kind} {schema}.{name}"
    return None


def _sequence(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    if "UPDATE" in names:
        return Severity.HIGH, ": its numbers can be set back, and then new rows are refused"
    return Severity.MEDIUM, ""


def _system(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    dangerous = str(change.any["object"]).startswith(_DANGEROUS)
    return (Severity.CRITICAL if dangerous else Severity.HIGH), ", part of the server itself"


def _parameter(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    return Severity.CRITICAL, ", a switch of the server that only superusers may use otherwise"


def _database(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    return (Severity.HIGH if "CREATE" in names else Severity.MEDIUM), ""


def _type(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    return Severity.LOW, ""


def _language(change: Change, world: World, names: frozenset[str]) -> tuple[Severity, str]:
    return Severity.HIGH, ": they can write functions in it"


def _lost(change: Change, world: World, grantee: str, lost: frozenset[str]) -> Verdict:
    reaches = world.reach(grantee)
    options_only = bare(lost) <= frozenset(change.new.get("privileges") or ())
    who = crowd(reaches) if reaches else people(grantee)
    before, after = _texts(change)
    if options_only:
        reason = refused(f"{who} can no longer pass on the right to {verbs(bare(lost))} {target(change)}")
        return Verdict("grant_missing", Severity.MEDIUM, reason, before, after, "stronger", resource(change))
    needed = (
        (reaches or grantee == SERVICE_ROLE) and change.any["object_kind"] != "type" and grantee != PUBLIC
    )
    severity = Severity.HIGH if needed or _asked_by_policies(change, world) else Severity.MEDIUM
    reason = refused(f"{who} may no longer {verbs(bare(lost))} {target(change)}: requests are refused")
    return Verdict("grant_missing", severity, reason, before, after, "stronger", resource(change))


def _as_at_the_start(change: Change, world: World, grantee: str) -> Verdict:
    """An empty list: something was taken from a role that holds it in every new database."""
    taken = change.before is None
    reaches = world.reach(grantee)
    who = crowd(reaches) if reaches else people(grantee)
    if taken:
        reason = refused(f"{who} may no longer use {target(change)}, as in a new database")
    else:
        reason = sentence(f"{who} may use {target(change)} again, as in a new database")
    grave = _asked_by_policies(change, world) if taken else bool(reaches)
    severity = Severity.HIGH if grave else Severity.MEDIUM
    before, after = _texts(change)
    name, direction = ("grant_missing", "stronger") if taken else ("grant_added", "weaker")
    return Verdict(name, severity, reason, before, after, direction, resource(change))  # type: ignore[arg-type]


def _asked_by_policies(change: Change, world: World) -> bool:
    if change.any["object_kind"] != "function":
        return False
    users = world.blast.direct(Key("function", change.key.schema, str(change.any["object"])))
    return any(user.kind == "policy" for user in users)


def _owners_own(change: Change, old: frozenset[str], new: frozenset[str]) -> Verdict:
    before, after = _texts(change)
    reason = f"The owner of {target(change)} holds other privileges on it than before; it can take them back."
    return Verdict("grant_changed", Severity.LOW, reason, before, after, "both", resource(change))
