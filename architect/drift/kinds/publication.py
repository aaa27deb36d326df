"""Publications: which rows leave the database, to Realtime and to other servers."""

from __future__ import annotations

from architect.drift.change import Change, Verdict, both
from architect.drift.kinds.generic import by_property, plain
from architect.drift.kinds.ownership import owner
from architect.drift.model import Severity
from architect.drift.text import dotted
from architect.drift.world import World


def judge(change: Change, world: World) -> list[Verdict]:
    """A publication gone, extra, or different."""
    name, text = change.key.name, plain(change.any)
    if change.after is None:
        why = "subscribers get nothing from it any more"
        return [Verdict("publication_missing", Severity.MEDIUM, f"Publication {name} is gone: {why}.", text)]
    if change.before is None:
        severity, why = _sends(change, world)
        return [Verdict("publication_extra", severity, f"Publication {name} is new: {why}.", None, text)]
    return by_property(change, world, _RULES)


def _sends(change: Change, world: World) -> tuple[Severity, str]:
    """How bad a new publication is, by what it sends out."""
    if change.new.get("all_tables"):
        return Severity.HIGH, "every table is sent out"
    mine = [
        fact
        for fact in world.now.of("publication_table", "publication_schema")
        if fact.detail["publication"] == change.key.name
    ]
    open_ = [f for f in mine if "table" in f.detail and not world.guarded(f.key.schema, f.detail["table"])]
    if open_:
        listed = ", ".join(dotted(f.key.schema, f.detail["table"]) for f in open_)
        return Severity.HIGH, f"it sends out {listed}, which no policy guards"
    if any("schema" in fact.detail for fact in mine):
        return Severity.HIGH, "it sends out whole schemas"
    return Severity.MEDIUM, "nobody expected it"


def _all(change: Change, world: World) -> Verdict:
    everything = bool(change.new.get("all_tables"))
    why = "sends out every table now" if everything else "no longer sends out every table"
    return Verdict(
        "publication_changed",
        Severity.HIGH if everything else Severity.MEDIUM,
        f"Publication {change.key.name} {why}.",
        *both(change, lambda d: f"all tables: {'yes' if d.get('all_tables') else 'no'}"),
    )


def _events(change: Change, world: World) -> Verdict:
    before, after = (
        ", ".join(e for e in ("insert", "update", "delete", "truncate") if d.get(e)) or "nothing"
        for d in (change.old, change.new)
    )
    return Verdict(
        "publication_changed",
        Severity.MEDIUM,
        f"Publication {change.key.name} sends out {after} now, not {before}.",
        f"publish = '{before}'",
        f"publish = '{after}'",
    )


_RULES = {
    "all_tables": _all,
    "owner": owner,
    **dict.fromkeys(("insert", "update", "delete", "truncate"), _events),
}


def judge_table(change: Change, world: World) -> list[Verdict]:
    """A table taken into a publication, out of it, or sent with other rows or columns."""
    table, publication = str(change.any["table"]), str(change.any["publication"])
    where = dotted(change.key.schema, table)
    if change.after is None:
        name, severity = "publication_table_missing", Severity.MEDIUM
        reason = f"{where} left publication {publication}: its subscribers get no changes any more."
    elif change.before is not None:
        name, severity = "publication_table_changed", Severity.HIGH if _wider(change) else Severity.MEDIUM
        what = "more rows or columns than before" if _wider(change) else "other rows or columns than before"
        reason = f"Publication {publication} sends {what} of {where}."
    elif world.guarded(change.key.schema, table):
        name, severity = "publication_table_extra", Severity.HIGH
        reason = f"{where} is in publication {publication} now: its changes are sent to who may read them."
    else:
        name, severity = "publication_table_extra", Severity.CRITICAL
        why = "it has no row level security, so every subscriber gets every change"
        reason = f"{where} is in publication {publication} now: {why}."
    return [Verdict(name, severity, reason, *_sent(change, where))]


def _sent(change: Change, where: str) -> tuple[str | None, str | None]:
    old, new = (
        None
        if side is None
        else f"table {where}"
        + (f" ({', '.join(side.detail['columns'])})" if side.detail.get("columns") else "")
        + (f" where {side.detail['filter']}" if side.detail.get("filter") else "")
        for side in (change.before, change.after)
    )
    return old, new


def _wider(change: Change) -> bool:
    old, new = (set(d.get("columns") or ()) for d in (change.old, change.new))
    columns = bool(old) and (not new or bool(new - old))
    return columns or (
        bool(change.old.get("filter")) and change.old.get("filter") != change.new.get("filter")
    )


def judge_schema(change: Change, world: World) -> list[Verdict]:
    """A whole schema taken into a publication, or out of it."""
    schema, publication = change.any["schema"], change.any["publication"]
    texts = both(change, lambda d: f"tables in schema {schema}" if d else None)
    if change.after is None:
        reason = f"Schema {schema} left publication {publication}: its tables are no longer sent."
        return [Verdict("publication_schema_missing", Severity.MEDIUM, reason, *texts)]
    reason = f"Schema {schema} is in publication {publication} now: every table of it is sent, new ones too."
    return [Verdict("publication_schema_extra", Severity.HIGH, reason, *texts)]
