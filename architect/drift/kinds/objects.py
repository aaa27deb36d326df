"""Schemas, types, domains, sequences, extensions, statistics: what tables are made of and stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds import generic
from architect.drift.kinds.generic import by_property, named, plain
from architect.drift.kinds.ownership import owner
from architect.drift.model import Severity
from architect.drift.world import World

#: Extensions that reach out of the database or run what they are told.
_REACHING = frozenset(
    {"dblink", "http", "pg_net", "file_fdw", "postgres_fdw", "plpython3u", "plperlu", "pltclu",
     "adminpack", "pg_cron", "lo", "pageinspect"}
)  # fmt: skip


def judge_schema(change: Change, world: World) -> list[Verdict]:
    """A schema gone, extra, or of another owner."""
    name = change.key.name
    if change.after is None:
        reason = f"Schema {name} is gone with everything in it."
        return [Verdict("schema_missing", Severity.CRITICAL, reason, f"schema {name}")]
    if change.before is None:
        exposed = name in world.now.exposed
        why = "the REST API serves it" if exposed else "nobody expected it"
        severity = Severity.HIGH if exposed else Severity.LOW
        return [Verdict("schema_extra", severity, f"Schema {name} is new: {why}.", None, f"schema {name}")]
    return by_property(change, world, {"owner": owner})


def judge_type(change: Change, world: World) -> list[Verdict]:
    """A type or domain gone, extra, or different."""
    if change.before is None or change.after is None:
        return [v.at(Severity.LOW) if change.before is None else v for v in generic.judge(change, world)]
    return by_property(
        change, world, {"owner": owner, "labels": _labels, "checks": _checks, "not_null": _checks}
    )


def _labels(change: Change, world: World) -> Verdict:
    old, new = list(change.old.get("labels") or ()), list(change.new.get("labels") or ())
    more, less = [x for x in new if x not in old], [x for x in old if x not in new]
    why = "; ".join(
        filter(None, [f"new: {', '.join(more)}" if more else "", f"gone: {', '.join(less)}" if less else ""])
    )
    return Verdict(
        "type_changed",
        Severity.MEDIUM,
        f"Type {named(change)} has other values ({why or 'in another order'}).",
        ", ".join(old),
        ", ".join(new),
    )


def _checks(change: Change, world: World) -> Verdict:
    old, new = (_rules(d) for d in (change.old, change.new))
    lost = bool(set(old) - set(new))
    why = "takes values now that it refused" if lost else "refuses values now that it took"
    severity = Severity.HIGH if lost else Severity.MEDIUM
    return Verdict(
        "domain_changed",
        severity,
        f"Domain {named(change)} {why}.",
        "; ".join(old) or "no checks",
        "; ".join(new) or "no checks",
    )


def _rules(detail: Mapping[str, Any]) -> list[str]:
    get = detail.get
    checks = [str(v[0]) for _, v in sorted((get("checks") or {}).items())]
    return checks + (["not null"] if get("not_null") else [])


def judge_sequence(change: Change, world: World) -> list[Verdict]:
    """A sequence gone, extra, or counting in another way."""
    if change.before is None:
        return [v.at(Severity.LOW) for v in generic.judge(change, world)]
    if change.after is None:
        return generic.judge(change, world)
    return by_property(change, world, {"owner": owner, "cache": _cache})


def _cache(change: Change, world: World) -> Verdict:
    before, after = (f"cache {d.get('cache')}" for d in (change.old, change.new))
    return Verdict(
        "sequence_changed",
        Severity.LOW,
        f"Sequence {named(change)} hands out numbers in other lots.",
        before,
        after,
    )


def judge_extension(change: Change, world: World) -> list[Verdict]:
    """An extension gone, extra, of another version, or with a function replaced."""
    name = change.key.name
    if change.after is None:
        why = "what uses its types and functions fails"
        return [
            Verdict(
                "extension_missing", Severity.HIGH, f"Extension {name} is gone: {why}.", plain(change.old)
            )
        ]
    if change.before is None:
        reaching = name in _REACHING
        why = "it reaches out of the database" if reaching else "nobody expected it"
        severity = Severity.HIGH if reaching else Severity.MEDIUM
        return [
            Verdict("extension_extra", severity, f"Extension {name} is new: {why}.", None, plain(change.new))
        ]
    rules = {"version": _version, "owner": owner, "contents": _contents, "functions": _contents}
    if "version" in change.differing:  # another version brings other functions
        rules |= {"contents": _version, "functions": _version}
    elif "schema" in change.differing:
        rules |= {"contents": _moved, "schema": _moved}
    return by_property(change, world, rules)


def _version(change: Change, world: World) -> Verdict:
    old, new = str(change.old.get("version")), str(change.new.get("version"))
    reason = f"Extension {change.key.name} is of version {new} now, not {old}."
    return Verdict("extension_version", Severity.INFO, reason, old, new)


def _moved(change: Change, world: World) -> Verdict:
    old, new = str(change.old.get("schema")), str(change.new.get("schema"))
    reason = f"Extension {change.key.name} stands in schema {new} now, not in {old}."
    return Verdict("extension_changed", Severity.MEDIUM, reason, old, new)


def _contents(change: Change, world: World) -> Verdict:
    reason = f"A function of extension {change.key.name} was replaced, and its version is the same."
    return Verdict(
        "extension_changed",
        Severity.HIGH,
        reason,
        *both(change, lambda d: plain({p: d.get(p) for p in ("functions", "contents")})),
    )


def judge_statistics(change: Change, world: World) -> list[Verdict]:
    """Extended statistics: they only make the planner guess better."""
    return [v.at(Severity.LOW) if v.type != "owner_changed" else v for v in generic.judge(change, world)]


def judge_database(change: Change, world: World) -> list[Verdict]:
    """The database itself: its owner and how many may connect."""
    return (
        by_property(change, world, {"owner": owner})
        if change.before and change.after
        else generic.judge(change, world)
    )


def judge_extension_table(change: Change, world: World) -> list[Verdict]:
    """A table of an extension: its row level security and its owner."""
    if change.before is None or change.after is None:
        return [v.at(Severity.LOW) for v in generic.judge(change, world)]
    from architect.drift.kinds import table

    return table.judge(change, world)
