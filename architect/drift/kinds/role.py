"""Roles and memberships: whom policies and grants hold for at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from architect.catalog.facts.snapshot import Key
from architect.drift.change import Change, Verdict, both
from architect.drift.effective import API_ROLES, AUTHENTICATOR, SERVICE_ROLE
from architect.drift.kinds.generic import rest
from architect.drift.model import Resource, Severity
from architect.drift.text import role as as_text
from architect.drift.world import World, people

#: What the predefined roles give away.
PREDEFINED = {
    "pg_read_all_data": "reads every row of every table that has no policies for it, and every sequence",
    "pg_write_all_data": "changes every table",
    "pg_read_server_files": "reads files of the server",
    "pg_write_server_files": "writes files of the server",
    "pg_execute_server_program": "runs programs on the server",
    "pg_maintain": "locks and rewrites every table",
    "pg_monitor": "sees what others run",
    "pg_read_all_stats": "sees what others run",
    "pg_read_all_settings": "reads every setting, secrets too",
    "pg_signal_backend": "ends the sessions of others",
    "pg_database_owner": "owns the database's public schema",
    "pg_create_subscription": "takes in data from other servers",
    "pg_checkpoint": "makes the server write everything out",
}
_POWERS = {
    "superuser": "stands above every rule of the server",
    "bypass_rls": "is no longer held by any policy",
    "create_role": "can make roles and take their rights",
    "replication": "can copy the whole server",
    "create_db": "can make databases",
    "login": "can log in by itself",
}


def judge(change: Change, world: World) -> list[Verdict]:
    """A role gone, extra, or with other attributes."""
    name = change.key.name
    if change.after is None:
        api = world.is_api(name) or name in (SERVICE_ROLE, AUTHENTICATOR)
        why = "requests that come as it fail" if api else "what ran as it fails"
        severity = Severity.HIGH if api else Severity.MEDIUM
        return [Verdict("role_missing", severity, f"Role {name} is gone: {why}.", as_text(name, change.old))]
    if change.before is None:
        return [_extra(change)]
    verdicts = [v for v in (_gained(change, world), _lost(change, world)) if v is not None]
    left = change.differing - set(_POWERS) - {"inherit"}
    if left:
        verdicts.append(rest(change, left).at(_limit(change, world)))
    return verdicts


def held_by(world: World, role: str, powers: Collection[str] = ()) -> frozenset[Key]:
    """The tables, views and functions that a role, or one with these powers, comes by."""
    fact = world.found.get("role", "", role)
    everything = role.startswith("pg_") or "superuser" in powers or (fact and fact.detail.get("superuser"))
    if everything:
        return frozenset(key for key in world.found.facts if key.kind in ("table", "view", "matview"))
    held = {
        Key(str(f.detail["object_kind"]), f.key.schema, str(f.detail["object"]).split(".")[0])
        for f in world.now.of("grant")
        if f.detail["grantee"] == role and f.detail["object_kind"] in ("table", "view", "matview", "function")
    }
    named = {
        Key("table", f.key.schema, str(f.detail["table"]))
        for f in world.now.of("policy")
        if role in (f.detail.get("roles") or ())
    }
    return frozenset(held | named)


def _limit(change: Change, world: World) -> Severity:
    return (
        Severity.MEDIUM if change.key.name == AUTHENTICATOR or world.is_api(change.key.name) else Severity.LOW
    )


def _extra(change: Change) -> Verdict:
    name, text = change.key.name, as_text(change.key.name, change.new)
    powers = [p for p in _POWERS if change.new.get(p)]
    if {"superuser", "bypass_rls"} & set(powers):
        severity = Severity.CRITICAL
    elif {"create_role", "replication", "login"} & set(powers):
        severity = Severity.HIGH
    else:
        severity = Severity.MEDIUM
    why = (
        "; it ".join(_POWERS[p].replace("is no longer held", "is not held") for p in powers)
        or "has no attributes"
    )
    return Verdict(
        "role_extra", severity, f"Role {name} is new: it {why}.", None, text, "weaker" if powers else None
    )


def _gained(change: Change, world: World) -> Verdict | None:
    name = change.key.name
    powers = [p for p in (*_POWERS, "inherit") if change.gained(p)]
    if not powers:
        return None
    api = world.is_api(name)
    if {"superuser", "bypass_rls"} & set(powers) or (api and {"create_role", "replication"} & set(powers)):
        severity = Severity.CRITICAL
    elif {"create_role", "replication"} & set(powers) or name in (AUTHENTICATOR, SERVICE_ROLE) or api:
        severity = Severity.HIGH
    else:
        severity = Severity.MEDIUM
    said = [_POWERS.get(p, "uses the rights of its roles without asking for them") for p in powers]
    who = f" ({people(name)})" if api and not people(name).startswith("role ") else ""
    reason = f"Role {name}{who} {' and '.join(said)}."
    texts = as_text(name, change.old), as_text(name, change.new)
    return Verdict("role_escalation", severity, reason, *texts, "weaker", None, held_by(world, name, powers))


def _lost(change: Change, world: World) -> Verdict | None:
    name = change.key.name
    powers = [p for p in (*_POWERS, "inherit") if change.old.get(p) and not change.new.get(p)]
    if not powers:
        return None
    needed = name in (SERVICE_ROLE, AUTHENTICATOR, *API_ROLES)
    words = ", ".join(p.replace("_", " ") for p in powers)
    return Verdict(
        "role_reduced",
        Severity.HIGH if needed else Severity.MEDIUM,
        f"Role {name} is no longer what it was ({words}): what ran as it may be refused.",
        as_text(name, change.old),
        as_text(name, change.new),
        "stronger",
    )


def judge_membership(change: Change, world: World) -> list[Verdict]:
    """A role that became, or is no longer, a member of another; named is the member."""
    member, role = str(change.any["member"]), str(change.any["role"])
    texts = both(change, lambda d: _membership(d) if d else f"{member} is not a member of {role}")
    resource = Resource(kind="membership", schema=None, name=f"{member} in {role}")
    affects = held_by(world, role)
    if change.after is None or (change.before is not None and _less(change)):
        needed = member == AUTHENTICATOR or world.is_api(member)
        severity = Severity.HIGH if needed else Severity.MEDIUM
        reason = f"Role {member} can no longer act as {role}, or only in part: what it did so is refused."
        return [
            Verdict("membership_missing", severity, reason, texts[0], texts[1], "stronger", resource, affects)
        ]
    reason = f"Role {member} can act as {role} now{_gives(role, member, world)}."
    return [
        Verdict(
            "role_escalation",
            _membership_severity(member, role, world),
            reason,
            texts[0],
            texts[1],
            "weaker",
            resource,
            affects,
        )
    ]


def _membership(detail: Mapping[str, Any]) -> str:
    get = detail.get
    flags = ", ".join(f"{f} {'true' if get(f) else 'false'}" for f in ("admin", "inherit", "set"))
    return f"grant {get('role')} to {get('member')} with {flags}"


def _less(change: Change) -> bool:
    flags = ("admin", "inherit", "set")
    return all(change.old.get(f) or not change.new.get(f) for f in flags)


def _powerful(role: str, world: World) -> bool:
    ways = world.now.memberships(role)
    return any(r.startswith("pg_") or world.now.above_rls(r) or r == SERVICE_ROLE for r in (role, *ways))


def _membership_severity(member: str, role: str, world: World) -> Severity:
    if world.now.above_rls(member) and member != SERVICE_ROLE and world.was.above_rls(member):
        return Severity.LOW
    if world.is_api(member) or world.reach(member):
        return Severity.CRITICAL
    if member == AUTHENTICATOR:
        return Severity.CRITICAL if _powerful(role, world) and role != SERVICE_ROLE else Severity.HIGH
    if _powerful(role, world):
        fact = world.now_role(member)
        return Severity.CRITICAL if fact.get("login") else Severity.HIGH
    return Severity.MEDIUM


def _gives(role: str, member: str, world: World) -> str:
    who = (
        f": {people(member)}"
        if world.is_api(member) and not people(member).startswith("role ")
        else ", which"
    )
    if role in PREDEFINED:
        return f"{who} {PREDEFINED[role]}"
    if world.now.above_rls(role) or role == SERVICE_ROLE:
        return f"{who} can step past every policy"
    return f"{who} has all its rights"
