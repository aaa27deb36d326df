"""Words that templates are written in. Keys and time stamps are conventions, all else is the template's."""

from __future__ import annotations

from collections.abc import Sequence

from architect.plan.model import (
    AUTH_USERS,
    Check,
    Column,
    ColumnType,
    CurrentUser,
    Default,
    ForeignKey,
    GenUuid,
    LiteralValue,
    NotBlank,
    Now,
    OneOf,
    Origin,
    Policy,
    Table,
    TouchUpdatedAt,
    Trigger,
)

#: A column, alone or with its foreign key.
Part = tuple[Column, ForeignKey | None]


def table(
    name: str,
    description: str,
    parts: Sequence[Part],
    policies: Sequence[Policy],
    *,
    key: Sequence[str] = ("id",),
    uniques: Sequence[Sequence[str]] = (),
    triggers: Sequence[Trigger] = (),
) -> Table:
    """A table with ``created_at``; one with ``updated_at`` also gets its trigger."""
    columns = [column for column, _ in parts]
    touch: list[Trigger] = (
        [TouchUpdatedAt(origin=Origin.CONVENTION)] if any(c.name == "updated_at" for c in columns) else []
    )
    return Table(
        id=name,
        name=name,
        description=description,
        origin=Origin.TEMPLATE,
        columns=columns,
        primary_key=list(key),
        foreign_keys=[foreign for _, foreign in parts if foreign],
        uniques=[list(u) for u in uniques],
        policies=list(policies),
        triggers=[*triggers, *touch],
    )


def column(
    name: str,
    type: ColumnType = "text",
    *checks: Check,
    nullable: bool = False,
    unique: bool = False,
    default: Default | None = None,
    origin: Origin = Origin.TEMPLATE,
    description: str = "",
) -> Part:
    made = Column(
        name=name,
        type=type,
        nullable=nullable,
        unique=unique,
        default=default,
        checks=list(checks),
        origin=origin,
        description=description,
    )
    return made, None


def key() -> Part:
    """``id``: a random uuid."""
    return column("id", "uuid", default=GenUuid(), origin=Origin.CONVENTION)


def created_at() -> Part:
    return column("created_at", "timestamptz", default=Now(), origin=Origin.CONVENTION)


def updated_at() -> Part:
    return column("updated_at", "timestamptz", default=Now(), origin=Origin.CONVENTION)


def words(name: str, *checks: Check) -> Part:
    """A text that must not be blank."""
    return column(name, "text", NotBlank(), *checks)


def status(*values: str, name: str = "status") -> Part:
    """A text out of ``values``; the first is the default."""
    return column(name, "text", OneOf(values=list(values)), default=LiteralValue(value=values[0]))


def user(name: str, *, keep: bool = False, self_default: bool = True) -> Part:
    """A user of Supabase Auth, by default the caller. ``keep``: the row outlives the account."""
    made, _ = column(name, "uuid", nullable=keep, default=CurrentUser() if self_default else None)
    link = ForeignKey(
        columns=[name],
        table=AUTH_USERS,
        references=["id"],
        on_delete="set_null" if keep else "cascade",
        origin=Origin.TEMPLATE,
    )
    return made, link


def reference(name: str, target: str, *, keep: bool = False, restrict: bool = False) -> Part:
    """A row of ``target``. ``keep``: this row outlives it; ``restrict``: it stays while this row is there."""
    made, _ = column(name, "uuid", nullable=keep)
    link = ForeignKey(
        columns=[name],
        table=target,
        references=["id"],
        on_delete="set_null" if keep else "restrict" if restrict else "cascade",
        origin=Origin.TEMPLATE,
    )
    return made, link
