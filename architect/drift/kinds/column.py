"""Columns: gone, extra, or of another shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.drift.change import Change, Verdict, both
from architect.drift.evidence import personal
from architect.drift.kinds.generic import by_property, plain
from architect.drift.model import Severity
from architect.drift.text import dotted
from architect.drift.world import World


def judge(change: Change, world: World) -> list[Verdict]:
    """A column gone, extra, or different."""
    where = named(change)
    if change.after is None:
        return [
            Verdict(
                "column_missing",
                Severity.CRITICAL,
                f"Column {where} is gone, and what was stored in it.",
                definition(change, change.old),
            )
        ]
    if change.before is None:
        required = change.new.get("not_null") and not _filled(change)
        more = ": rows cannot be added without it" if required else ""
        exposed = personal(change.key.name.split(".")[-1]) and _readable(change, world)
        if exposed:
            more += "; it looks like personal data, and API users may read the table"
        return [
            Verdict(
                "column_extra",
                Severity.HIGH if exposed else Severity.MEDIUM,
                f"Column {where} is there and nobody expected it{more}.",
                None,
                definition(change, change.new),
            )
        ]
    return by_property(change, world, _RULES)


def named(change: Change) -> str:
    """``public.orders.total``."""
    return f"{change.key.schema}.{change.key.name}" if change.key.schema else change.key.name


def _readable(change: Change, world: World) -> bool:
    rights = world.now.rights(change.key.schema, str(change.any.get("table")), "table")
    return any("SELECT" in held for held in rights.values())


def _filled(change: Change) -> bool:
    return any(change.new.get(p) for p in ("default", "identity", "generated"))


def definition(change: Change, detail: Mapping[str, Any]) -> str:
    """The column as in ``create table``."""
    get = detail.get
    table = dotted(change.key.schema, str(get("table")))
    text = f"{table}: {change.key.name.removeprefix(str(get('table')) + '.')} {get('type')}"
    if get("collation"):
        text += f" collate {get('collation')}"
    if get("generated"):
        kind = "stored" if get("generated") == "s" else "virtual"
        text += f" generated always as ({get('default')}) {kind}"
    elif get("identity"):
        text += f" generated {'always' if get('identity') == 'a' else 'by default'} as identity"
    elif get("default") is not None:
        text += f" default {get('default')}"
    return text + (" not null" if get("not_null") else "")


def _verdict(change: Change, name: str, severity: Severity, why: str) -> Verdict:
    return Verdict(
        name,
        severity,
        f"Column {named(change)} {why}.",
        definition(change, change.old),
        definition(change, change.new),
    )


def _type(change: Change, world: World) -> Verdict:
    types = f"is of type {change.new.get('type')} now, not {change.old.get('type')}"
    return _verdict(change, "column_type", Severity.MEDIUM, f"{types}: clients and stored values may not fit")


def _not_null(change: Change, world: World) -> Verdict:
    if change.gained("not_null"):
        return _verdict(
            change, "column_not_null", Severity.MEDIUM, "must have a value now: what worked may be refused"
        )
    return _verdict(
        change, "column_nullable", Severity.MEDIUM, "may be empty now, where it always had a value"
    )


def _default(change: Change, world: World) -> Verdict:
    generated = change.old.get("generated") or change.new.get("generated")
    if generated:
        return _verdict(
            change, "column_generated", Severity.MEDIUM, "is computed in another way, or no longer"
        )
    if change.new.get("default") is None:
        why = "has no default any more: rows that leave it out get nothing there, or are refused"
    elif change.old.get("default") is None:
        why = "has a default now, where it had none"
    else:
        why = "has another default: new rows get another value"
    return _verdict(change, "column_default", Severity.MEDIUM, why)


def _identity(change: Change, world: World) -> Verdict:
    why = "numbers its rows in another way, or no longer"
    return _verdict(change, "column_identity", Severity.MEDIUM, why)


def _collation(change: Change, world: World) -> Verdict:
    return _verdict(change, "column_collation", Severity.MEDIUM, "sorts and compares by other rules")


def _storage(change: Change, world: World) -> Verdict:
    return Verdict(
        "column_options",
        Severity.INFO,
        f"Column {named(change)} is stored in another way.",
        *both(change, lambda d: plain({p: d.get(p) for p in ("storage", "compression", "options", "local")})),
    )


_RULES = {
    "type": _type, "not_null": _not_null, "default": _default, "generated": _default, "identity": _identity,
    "collation": _collation, "not_null_state": _not_null, "storage": _storage, "compression": _storage,
    "options": _storage, "local": _storage,
}  # fmt: skip
