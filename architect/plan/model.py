"""The Plan: the closed, typed answer to "what backend does this spec ask for".

No field holds SQL. A plan is data that the renderer turns into migrations; whatever the spec asks and the
plan cannot say becomes an open question. Structural rules are here, semantic ones in
``architect.plan.rules``.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Literal[1] = 1

#: Names that pass are lower-case ASCII, start with a letter and fit Postgres' 63 bytes.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
#: Edge function names, as the Management API takes them.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]

#: The one table outside the plan that a foreign key may reference.
AUTH_USERS = "auth.users"


class Origin(StrEnum):
    """Who asked for an item."""

    SPEC = "spec"  # the written spec
    TEMPLATE = "template"  # the chosen template
    CONVENTION = "convention"  # our own habits: surrogate keys, timestamps, indexes


class Command(StrEnum):
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", use_enum_values=False)


class Quote(Model):
    """Where in the spec an item comes from; ``quote`` occurs verbatim in that chunk (white space folded)."""

    chunk_index: int = Field(ge=0)
    quote: str = Field(min_length=1, max_length=500)


class Item(Model):
    """Anything that somebody asked for."""

    origin: Origin
    because: list[Quote] = []


ColumnType = Literal[
    "text", "integer", "bigint", "numeric", "double precision", "boolean", "uuid", "date", "time",
    "timestamptz", "interval", "jsonb", "text[]",
]  # fmt: skip


class Now(Model):
    kind: Literal["now"] = "now"


class GenUuid(Model):
    kind: Literal["gen_uuid"] = "gen_uuid"


class CurrentUser(Model):
    """``auth.uid()`` of the caller."""

    kind: Literal["current_user"] = "current_user"


class EmptyJson(Model):
    kind: Literal["empty_json"] = "empty_json"


class EmptyArray(Model):
    kind: Literal["empty_array"] = "empty_array"


class LiteralValue(Model):
    kind: Literal["literal"] = "literal"
    value: bool | int | float | str


Default = Annotated[
    Now | GenUuid | CurrentUser | EmptyJson | EmptyArray | LiteralValue, Field(discriminator="kind")
]


class OneOf(Model):
    """A status column: only these values."""

    kind: Literal["one_of"] = "one_of"
    values: list[str] = Field(min_length=1, max_length=50)


class Range(Model):
    kind: Literal["range"] = "range"
    min: float | None = None
    max: float | None = None
    exclusive_min: bool = False


class NotBlank(Model):
    kind: Literal["not_blank"] = "not_blank"


class MaxLength(Model):
    kind: Literal["max_length"] = "max_length"
    value: int = Field(ge=1, le=1_000_000)


Check = Annotated[OneOf | Range | NotBlank | MaxLength, Field(discriminator="kind")]


class Column(Item):
    name: Name
    type: ColumnType
    nullable: bool = False
    unique: bool = False
    default: Default | None = None
    checks: list[Check] = []
    description: str = Field(default="", max_length=500)


class ForeignKey(Item):
    """``columns`` of this table reference ``references`` of ``table`` (a table id, or ``auth.users``)."""

    columns: list[Name] = Field(min_length=1, max_length=8)
    table: str
    references: list[Name] = Field(min_length=1, max_length=8)
    on_delete: Literal["cascade", "restrict", "set_null", "no_action"] = "restrict"


class ColumnEquals(Model):
    """A row filter on a read policy: "published articles are public"."""

    column: Name
    value: bool | int | str


class PolicyBase(Item):
    name: Name
    commands: list[Command] = Field(min_length=1)

    @property
    def roles(self) -> tuple[str, ...]:
        """The API roles the policy is written ``TO``."""
        return ("authenticated",)


class PublicRead(PolicyBase):
    """Everybody may select (the rows that match ``where``)."""

    kind: Literal["public_read"] = "public_read"
    commands: list[Literal[Command.SELECT]] = [Command.SELECT]  # type: ignore[assignment]
    where: ColumnEquals | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        return ("anon", "authenticated")


class AuthenticatedRead(PolicyBase):
    """Every signed-in user may select (the rows that match ``where``)."""

    kind: Literal["authenticated_read"] = "authenticated_read"
    commands: list[Literal[Command.SELECT]] = [Command.SELECT]  # type: ignore[assignment]
    where: ColumnEquals | None = None


class Owner(PolicyBase):
    """The caller's own rows: ``column = (select auth.uid())``."""

    kind: Literal["owner"] = "owner"
    column: Name


class InsertSelf(PolicyBase):
    """The caller may insert rows that name the caller in ``column``."""

    kind: Literal["insert_self"] = "insert_self"
    commands: list[Literal[Command.INSERT]] = [Command.INSERT]  # type: ignore[assignment]
    column: Name


class Tenant(PolicyBase):
    """``column`` equals a claim of ``app_metadata`` in the caller's token (never ``user_metadata``)."""

    kind: Literal["tenant"] = "tenant"
    column: Name
    claim: Name = "tenant_id"


class Member(PolicyBase):
    """The caller has a row in the membership table ``via`` for the tenant in ``column``.

    ``via`` is a table id. Its ``tenant_column`` holds what ``column`` holds, its ``user_column`` the user,
    and, where ``roles_in`` is given, its ``role_column`` one of those roles.
    """

    kind: Literal["member"] = "member"
    column: Name
    via: Name
    tenant_column: Name
    user_column: Name = "user_id"
    role_column: Name | None = None
    roles_in: list[str] = []


class ParentOwner(PolicyBase):
    """The caller owns the row that ``column`` references: ``table.owner_column = auth.uid()``."""

    kind: Literal["parent_owner"] = "parent_owner"
    column: Name
    table: Name
    references: Name = "id"
    owner_column: Name


class ParentMember(PolicyBase):
    """The caller is a member of the tenant of the row that ``column`` references (a project's tasks)."""

    kind: Literal["parent_member"] = "parent_member"
    column: Name
    table: Name
    references: Name = "id"
    parent_tenant_column: Name
    via: Name
    tenant_column: Name
    user_column: Name = "user_id"
    role_column: Name | None = None
    roles_in: list[str] = []


class Staff(PolicyBase):
    """The caller has a row in the table ``via`` (staff, doctors, admins), whichever the row at hand."""

    kind: Literal["staff"] = "staff"
    via: Name
    user_column: Name = "user_id"
    role_column: Name | None = None
    roles_in: list[str] = []


class ServiceOnly(PolicyBase):
    """Nobody but ``service_role``: documents the intent, renders no policy."""

    kind: Literal["service_only"] = "service_only"

    @property
    def roles(self) -> tuple[str, ...]:
        return ()


Policy = Annotated[
    PublicRead | AuthenticatedRead | Owner | InsertSelf | Tenant | Member | ParentOwner | ParentMember
    | Staff | ServiceOnly,
    Field(discriminator="kind"),
]  # fmt: skip


class CreatorMembership(Item):
    """After insert on this table its creator becomes a member with ``role`` (else nobody could enter)."""

    kind: Literal["creator_membership"] = "creator_membership"
    via: Name
    tenant_column: Name
    user_column: Name = "user_id"
    creator_column: Name = "created_by"
    role_column: Name | None = None
    role: str | None = None


class TouchUpdatedAt(Item):
    """Before update, ``column`` becomes now()."""

    kind: Literal["touch_updated_at"] = "touch_updated_at"
    column: Name = "updated_at"


Trigger = Annotated[CreatorMembership | TouchUpdatedAt, Field(discriminator="kind")]


class Table(Item):
    """``id`` stays when ``name`` changes; everything that refers to a table does so by id."""

    id: Name
    name: Name
    description: str = Field(default="", max_length=1000)
    columns: list[Column] = Field(min_length=1, max_length=200)
    primary_key: list[Name] = Field(min_length=1, max_length=8)
    foreign_keys: list[ForeignKey] = []
    uniques: list[list[Name]] = []
    indexes: list[list[Name]] = []
    policies: list[Policy] = []
    triggers: list[Trigger] = []

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


class EdgeFunction(Item):
    """A function of our own catalogue (``supabase/functions/{source}``), deployed under ``slug``."""

    slug: Slug
    source: Literal["drift_check", "spec_gate"]
    verify_jwt: bool = True


class Bucket(Item):
    name: Slug
    public: bool = False


class AnalyticsStep(Item):
    kind: Literal["iceberg_demo"] = "iceberg_demo"
    dataset: Literal["nycflights13"] = "nycflights13"


#: A sentence in the words of a spec.
Sentence = Annotated[str, Field(min_length=1, max_length=300)]


class OpenQuestion(Model):
    """What the spec asks and the plan cannot say, with the way it was left.

    Each of ``choices`` is a sentence that would answer the question if it stood in the spec.
    """

    question: str = Field(min_length=1, max_length=1000)
    because: list[Quote] = []
    choices: list[Sentence] = Field(default=[], max_length=6)


class PlannerRecord(Model):
    """How the plan came about."""

    kind: Literal["reader", "llm"]
    model: str | None = None
    attempts: int = 1
    violations: list[str] = []
    fallback_reason: str | None = None
    prompt_hash: str | None = None


class Plan(Model):
    schema_version: Literal[1] = SCHEMA_VERSION
    title: str = Field(default="", max_length=200)
    template: Literal["marketplace", "saas", "blank"]
    planner: PlannerRecord
    tables: list[Table] = Field(default=[], max_length=200)
    functions: list[EdgeFunction] = []
    buckets: list[Bucket] = []
    analytics: list[AnalyticsStep] = []
    open_questions: list[OpenQuestion] = []

    def table(self, table_id: str) -> Table | None:
        return next((t for t in self.tables if t.id == table_id), None)

    def canonical_json(self) -> str:
        """Sorted keys, no white space: the bytes that :meth:`digest` hashes."""
        return canonical_json(self.model_dump(mode="json"))

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hex."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space, UTF-8 kept."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
