"""Tables: row level security, owners, partitions, and that they are there at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict, both
from architect.drift.effective import PUBLIC
from architect.drift.kinds.generic import by_property, plain
from architect.drift.kinds.ownership import owner
from architect.drift.model import Severity
from architect.drift.text import dotted
from architect.drift.world import World, crowd, people

Detail = Mapping[str, Any]
RELATIONS = ("table", "view", "matview")


def judge(change: Change, world: World) -> list[Verdict]:
    """A table gone, extra, or different."""
    if change.before is None:
        return [_extra(change, world)]
    if change.after is None:
        return [_missing(change)]
    return by_property(change, world, _RULES)


def _where(change: Change) -> str:
    return dotted(change.key.schema, change.key.name)


def _missing(change: Change) -> Verdict:
    where = _where(change)
    return Verdict(
        "table_missing",
        Severity.CRITICAL,
        f"Table {where} is gone, and its rows with it.",
        f"table {where}",
        None,
    )


def _extra(change: Change, world: World) -> Verdict:
    where, schema, name = _where(change), change.key.schema, change.key.name
    rights = world.now.rights(schema, name, "table")
    guarded = bool(change.new.get("rls"))
    text = f"table {where}, row level security {'on' if guarded else 'off'}"
    if change.new.get("relkind") == "f" and rights:
        severity, why = Severity.CRITICAL, "is a foreign table, which policies never guard"
    elif not guarded and rights:
        severity, why = Severity.CRITICAL, "has no row level security"
    elif not guarded and (schema in world.now.exposed or _parents(change.new)):
        severity, why = Severity.CRITICAL, "has no row level security; only missing grants keep API users out"
    elif rights and _opened(schema, name, world):
        severity, why = Severity.HIGH, "has a policy that lets every row through"
    else:
        severity, why = Severity.MEDIUM, "is not part of what was built"
    holders = f", and {_holders(rights)} may use it" if rights else ""
    weaker = severity is not Severity.MEDIUM
    return Verdict(
        "table_extra",
        severity,
        f"New table {where} {why}{holders}.",
        None,
        text,
        "weaker" if weaker else None,
    )


def _opened(schema: str, name: str, world: World) -> bool:
    """Whether a policy shows every row of a table over the API."""
    return any(
        fact.detail.get("permissive", True)
        and "true" in (fact.detail.get("using"), fact.detail.get("check"))
        and any(world.reach(role) for role in fact.detail.get("roles") or [PUBLIC])
        for fact in world.now.policies(schema, name)
    )


def _holders(rights: dict[str, set[str]]) -> str:
    return people("anon" if "anon" in rights else min(rights))


def _rls(change: Change, world: World) -> Verdict:
    where = _where(change)
    before, after = (f"alter table {where} {w} row level security" for w in ("enable", "disable"))
    if not change.gained("rls"):
        return Verdict("rls_disabled", Severity.CRITICAL, _why_rls(change, world), before, after, "weaker")
    policies = world.now.policies(change.key.schema, change.key.name)
    why = "" if policies else ", and it has no policy: nobody but its owner and service_role sees a row"
    return Verdict(
        "rls_enabled",
        Severity.MEDIUM if policies else Severity.HIGH,
        f"Row level security is on for {where}, where it was off{why}.",
        after,
        before,
        "stronger",
    )


def _why_rls(change: Change, world: World) -> str:
    where, schema, name = _where(change), change.key.schema, change.key.name
    rights = world.now.rights(schema, name, *RELATIONS)
    held = "its policies no longer hold" if world.now.policies(schema, name) else "no policy can guard it"
    start = f"Row level security is off for {where}: {held}"
    partition = " when it is addressed by its own name" if _parents(change.new) else ""
    if not rights:
        return f"{start}{partition}; only missing grants still keep API users out."
    first = "anon" if "anon" in rights else min(rights)
    told = f"{start}{partition}, and {people(first)} can {_verbs(rights[first])} every row"
    for role in sorted(rights.keys() - {first}):
        if more := rights[role] - rights[first]:
            return f"{told}; {people(role)} can {_verbs(more)} them, too."
    return f"{told}."


def _verbs(names: set[str]) -> str:
    words = [
        w
        for p, w in (("SELECT", "read"), ("INSERT", "add"), ("UPDATE", "change"), ("DELETE", "delete"))
        if p in names
    ]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "reach"


def _forced(change: Change, world: World) -> Verdict:
    where, name = _where(change), str(change.new.get("owner"))
    on, off = (f"alter table {where} {w} row level security" for w in ("force", "no force"))
    if change.gained("forced"):
        return Verdict(
            "rls_forced",
            Severity.MEDIUM,
            f"Policies of {where} now hold for its owner {name} too.",
            off,
            on,
            "stronger",
        )
    reaches = world.reach(name)
    more = (
        f", and so for {crowd(reaches)}" if reaches else ", and for definer functions and views of that owner"
    )
    return Verdict(
        "rls_not_forced",
        Severity.CRITICAL if reaches else Severity.HIGH,
        f"Policies of {where} no longer hold for its owner {name}{more}.",
        on,
        off,
        "weaker",
    )


def _fk_triggers(change: Change, world: World) -> Verdict:
    off = not change.new.get("fk_triggers_enabled", True)
    what = "no longer checked" if off else "checked again"
    return Verdict(
        "trigger_disabled" if off else "trigger_enabled",
        Severity.HIGH if off else Severity.LOW,
        f"Foreign keys of {_where(change)} are {what}: "
        f"the triggers that keep them are {'disabled' if off else 'enabled'}.",
        *both(
            change,
            lambda d: f"foreign key triggers off: {', '.join(d.get('fk_triggers_off') or ()) or 'none'}",
        ),
    )


def _parents(detail: Detail) -> list[str]:
    whole = [detail["partition_of"]] if detail.get("partition_of") else []
    return whole + list(detail.get("inherits") or ())


def _partition(change: Change, world: World) -> Verdict:
    before, after = _parents(change.old), _parents(change.new)
    where = _where(change)
    if before and not after:
        why = f"is no longer part of {', '.join(before)}: its rows are missing there"
    else:
        why = f"is part of {', '.join(after)} now: its rows appear there"
    return Verdict(
        "table_partition_changed",
        Severity.HIGH,
        f"Table {where} {why}.",
        _part(change.old),
        _part(change.new),
    )


def _part(detail: Detail) -> str:
    return f"part of {', '.join(_parents(detail)) or 'no table'} {detail.get('bound') or ''}".strip()


def _persistence(change: Change, world: World) -> Verdict:
    lost = change.new.get("persistence") == "u"
    why = "unlogged now: its rows are lost when the server crashes" if lost else "logged now"
    return Verdict(
        "table_changed",
        Severity.HIGH if lost else Severity.LOW,
        f"Table {_where(change)} is {why}.",
        *both(change, lambda d: "unlogged" if d.get("persistence") == "u" else "logged"),
    )


def _replica(change: Change, world: World) -> Verdict:
    names = {"d": "default", "n": "nothing", "f": "full", "i": "using index"}

    def text(detail: Detail) -> str:
        name = names.get(str(detail.get("replica_identity")), "?")
        return f"replica identity {name} {detail.get('replica_index') or ''}".strip()

    full = change.new.get("replica_identity") == "f"
    why = (
        "old rows are now sent whole to subscribers"
        if full
        else "what subscribers learn of changed and deleted rows is different"
    )
    return Verdict(
        "replica_identity_changed",
        Severity.MEDIUM,
        f"Replica identity of {_where(change)} is different: {why}.",
        *both(change, text),
    )


def _options(change: Change, world: World) -> Verdict:
    before, after = change.old.get("options") or {}, change.new.get("options") or {}
    off = str(after.get("autovacuum_enabled", "on")).lower() in ("off", "false")
    return Verdict(
        "table_options",
        Severity.LOW if off else Severity.INFO,
        f"Storage parameters of {_where(change)} are different{': it is not vacuumed' if off else ''}.",
        plain({"options": before}),
        plain({"options": after}),
    )


_RULES = {
    "rls": _rls, "forced": _forced, "owner": owner,
    "fk_triggers_enabled": _fk_triggers, "fk_triggers_off": _fk_triggers,
    "partition_of": _partition, "inherits": _partition, "bound": _partition, "partition_key": _partition,
    "persistence": _persistence, "replica_identity": _replica, "replica_index": _replica, "options": _options,
}  # fmt: skip
