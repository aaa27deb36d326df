"""The statements of a schema diff that depend on both states: columns, swapped types, default privileges."""

from __future__ import annotations

import re

from architect.embedded.platform.catalog_units import Unit
from architect.sql import quote_identifier

#: What the old one of a swapped type is called until nothing uses it any more.
_ASIDE = "__replaced"
#: Types that Postgres casts to one another with more sense than their text would give.
_CASTS = (
    frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"timestamp with time zone", "time without time zone"}),
    frozenset({"boolean", "integer"}),
)
_MODIFIER = re.compile(r"\(.*?\)")


def add(column: Unit) -> list[str]:
    """A column more on a table that exists. Its rows get the default."""
    statement = next(iter(column.make or ()))
    default, required = column.extra["default"], " not null" if column.fact["not_null"] else ""
    if default is None:
        return [statement + required]
    if "nextval(" in default:
        # The sequence belongs to the column and cannot be there before it.
        return [statement]
    return [f"{statement} default {default}{required}"]


def waits(default: Unit) -> bool:
    """Whether a default can only be set once its column is there."""
    return "nextval(" in default.fact["expression"]


def change(old: Unit, new: Unit, *, retyped: bool) -> list[str]:
    """From one state of a column to the other, its default apart."""
    alter = f"alter table {new.extra['table']} alter column {new.extra['name']}"
    before, after = old.fact, new.fact
    done: list[str] = []
    if before["identity"] and not after["identity"]:
        done.append(f"{alter} drop identity")
    if retyped:
        collation = f" collate {after['collation']}" if after["collation"] else ""
        kind = after["type"]
        done.append(f"{alter} type {kind}{collation} using {_cast(old, new)}")
    if before["not_null"] != after["not_null"]:
        done.append(f"{alter} {'set' if after['not_null'] else 'drop'} not null")
    if after["identity"] and before["identity"] != after["identity"]:
        always = "always" if after["identity"] == "a" else "by default"
        done.append(
            f"{alter} {'set' if before['identity'] else 'add'} generated {always}"
            + ("" if before["identity"] else " as identity")
        )
    return done


def set_aside(kind: Unit) -> str:
    """Move the old type out of the way of the new one."""
    aside = quote_identifier(kind.extra["name"] + _ASIDE)
    return f"alter {_word(kind)} {kind.extra['path']} rename to {aside}"


def drop_aside(kind: Unit) -> str:
    """Drop the old type."""
    return f"drop {_word(kind)} {quote_identifier(kind.extra['schema'], kind.extra['name'] + _ASIDE)}"


def default_privileges(old: Unit | None, new: Unit | None) -> list[str]:
    """From one list of default privileges to the other; ``None`` is what Postgres itself gives."""
    known = new or old
    if known is None:
        return []
    before = old.fact if old else known.extra["base"]
    after = new.fact if new else known.extra["base"]
    scope, plural = known.extra["scope"], known.extra["plural"]
    done: list[str] = []
    for grantee in sorted({*before, *after}):
        lost = set(before.get(grantee, ())) - set(after.get(grantee, ()))
        gained = set(after.get(grantee, ())) - set(before.get(grantee, ()))
        if lost:
            done.append(f"{scope} revoke {', '.join(sorted(lost))} on {plural} from {grantee}")
        if gained:
            done.append(f"{scope} grant {', '.join(sorted(gained))} on {plural} to {grantee}")
    return done


def _cast(old: Unit, new: Unit) -> str:
    name, kind = new.extra["name"], new.fact["type"]
    plain = {_MODIFIER.sub("", old.fact["type"]), _MODIFIER.sub("", kind)}
    if len(plain) > 1 and any(plain <= family for family in _CASTS):
        return f"{name}::{kind}"
    # Only the text of the values is common to both, also where a type was replaced by one of the same name.
    return f"{name}::text{'[]' if kind.endswith('[]') else ''}::{kind}"


def _word(kind: Unit) -> str:
    return "domain" if kind.fact["kind"] == "d" else "type"
