"""An attribute becomes a column, with its checks, and a foreign key where it names another table's row."""

from __future__ import annotations

from architect.errors import InputError
from architect.plan import names
from architect.plan.model import (
    AUTH_USERS,
    Check,
    Column,
    ColumnType,
    CurrentUser,
    ForeignKey,
    GenUuid,
    LiteralValue,
    MaxLength,
    NotBlank,
    Now,
    OneOf,
    Origin,
    Quote,
    Range,
)
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, is_open, singular
from architect.plan.reader.sentence.states import limits, listed
from architect.plan.reader.tables.draft import USER, Attribute, Entity
from architect.plan.reader.tables.types import column_type

_NUMBERS: tuple[ColumnType, ...] = ("integer", "bigint", "numeric", "double precision")


def is_password(words: Key) -> bool:
    """Whether the attribute is a secret that Supabase Auth keeps."""
    return words[-1] in lex.KEPT_ELSEWHERE or (
        len(words) > 1 and words[-2] in lex.KEPT_ELSEWHERE and words[-1] in ("hash", "salt")
    )


def column_name(attribute: Attribute) -> str | None:
    """The column's name, None when none can be made of its words."""
    words = list(attribute.words)
    if attribute.target:
        while len(words) > 1 and words[-1] in lex.ID_TAILS | lex.COLLECTIVE:
            words.pop()
        words = [*words[:-1], singular(words[-1]), "id"]
    try:
        return names.slug(" ".join(words), "column")
    except InputError:
        return None


def make(
    attribute: Attribute, entity: Entity, ids: dict[Key, str]
) -> tuple[Column, ForeignKey | None] | None:
    """The column and, where it references a table, its foreign key."""
    name = column_name(attribute)
    if name is None:
        return None
    origin = Origin.SPEC if attribute.asked else Origin.CONVENTION
    if attribute.target:
        return _reference(attribute, entity, name, ids, origin)
    if name == "id":
        return surrogate(origin, attribute.quotes), None
    values, closed = attribute.values, attribute.closed
    if not values and attribute.words[-1] in lex.STATE_NAMES | {"condition", "currency"}:
        values, closed = listed(attribute.item.note), not is_open(attribute.item.note.replace("like ", ""))
        closed = closed and len(values) > 1
    kind = column_type(attribute.words, attribute.item.note, many=attribute.item.many)
    if values:
        kind = "text"
    checks = _checks(attribute, kind, values if closed else ())
    status = bool(checks) and isinstance(checks[0], OneOf) and name in ("status", "state", "stage")
    column = Column(
        name=name,
        type=kind,
        nullable=attribute.item.optional or bool(lex.SOFT & set(attribute.words)),
        unique=kind not in ("text[]", "jsonb")
        and (attribute.item.unique or attribute.words in (("number",), ("code",))),
        default=LiteralValue(value=values[0]) if status else None,
        checks=checks,
        description=_described(attribute, values if not closed else ()),
        origin=origin,
        because=attribute.quotes,
    )
    return column, None


def _described(attribute: Attribute, examples: tuple[str, ...]) -> str:
    if examples:
        return f"For example {', '.join(examples)}."[:500]
    return ""


def _checks(attribute: Attribute, kind: ColumnType, values: tuple[str, ...]) -> list[Check]:
    if values:
        return [OneOf(values=list(values))]
    low, high, exclusive, length = attribute.low, attribute.high, attribute.exclusive, attribute.length
    if low is None and high is None and length is None:
        low, high, exclusive, length = limits(attribute.item.note) or (None, None, False, None)
    checks: list[Check] = []
    if kind in _NUMBERS and (low is not None or high is not None) and _sensible(low, high, exclusive):
        checks.append(Range(min=low, max=high, exclusive_min=exclusive))
    if kind == "text" and attribute.words[-1] in ("name", "title") and not attribute.item.optional:
        checks.append(NotBlank())
    if kind == "text" and length and length <= 1_000_000:
        checks.append(MaxLength(value=length))
    return checks


def _sensible(low: float | None, high: float | None, exclusive: bool) -> bool:
    return low is None or high is None or low < high or (low == high and not exclusive)


def _reference(
    attribute: Attribute, entity: Entity, name: str, ids: dict[Key, str], origin: Origin
) -> tuple[Column, ForeignKey]:
    target = ids.get(attribute.target or USER, AUTH_USERS)
    own = attribute.target == entity.key
    nullable = (attribute.item.optional or own) and not entity.joins
    column = Column(
        name=name,
        type="uuid",
        nullable=nullable,
        unique=attribute.item.unique,
        origin=origin,
        because=attribute.quotes,
    )
    on_delete = (
        "set_null" if nullable else "cascade" if entity.joins or attribute.target == USER else "restrict"
    )
    key = ForeignKey(
        columns=[name], table=target, references=["id"], on_delete=on_delete,  # type: ignore[arg-type]
        origin=origin, because=attribute.quotes,
    )  # fmt: skip
    return column, key


def surrogate(origin: Origin = Origin.CONVENTION, because: list[Quote] | None = None) -> Column:
    """``id``, a random uuid."""
    return Column(name="id", type="uuid", default=GenUuid(), origin=origin, because=because or [])


def created_at() -> Column:
    return Column(name="created_at", type="timestamptz", default=Now(), origin=Origin.CONVENTION)


def user_column(name: str, quote: Quote, users: str) -> tuple[Column, ForeignKey]:
    """Who owns the row: an access sentence needs to know, so it is there."""
    column = Column(name=name, type="uuid", default=CurrentUser(), origin=Origin.CONVENTION, because=[quote])
    key = ForeignKey(
        columns=[name],
        table=users,
        references=["id"],
        on_delete="cascade",
        origin=Origin.CONVENTION,
        because=[quote],
    )
    return column, key


def account_column(quote: Quote | None) -> tuple[Column, ForeignKey]:
    """The account of a person the spec keeps a record of; null until they have signed up."""
    because = [quote] if quote else []
    column = Column(
        name="user_id", type="uuid", nullable=True, unique=True, origin=Origin.CONVENTION, because=because
    )
    key = ForeignKey(
        columns=["user_id"], table=AUTH_USERS, references=["id"], on_delete="set_null",
        origin=Origin.CONVENTION, because=because,
    )  # fmt: skip
    return column, key
