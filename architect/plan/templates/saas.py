"""A B2B service: organizations with members and roles, and data that belongs to an organization."""

from __future__ import annotations

from architect.plan.model import (
    Command,
    CreatorMembership,
    InsertSelf,
    LiteralValue,
    Member,
    Origin,
    Owner,
    ParentMember,
    Table,
)
from architect.plan.templates.parts import (
    column,
    created_at,
    key,
    reference,
    status,
    table,
    updated_at,
    user,
    words,
)

_T = Origin.TEMPLATE
_SELECT, _INSERT, _UPDATE, _DELETE = Command
_ADMINS = ("owner", "admin")


def tables() -> list[Table]:
    return [
        _profiles(),
        _organizations(),
        _memberships(),
        _invitations(),
        _subscriptions(),
        _projects(),
        _tasks(),
    ]


def _members(name: str, commands: list[Command], *roles: str, column: str = "organization_id") -> Member:
    """Members of the row's organization, or those with one of ``roles``."""
    return Member(
        name=name,
        origin=_T,
        commands=commands,
        column=column,
        via="memberships",
        tenant_column="organization_id",
        user_column="user_id",
        role_column="role" if roles else None,
        roles_in=list(roles),
    )


def _profiles() -> Table:
    return table(
        "profiles",
        "A person's own settings.",
        [
            user("id"),
            column("full_name", nullable=True),
            column("avatar_url", nullable=True),
            created_at(),
            updated_at(),
        ],
        [Owner(name="profiles_own", origin=_T, commands=[_SELECT, _INSERT, _UPDATE], column="id")],
    )


def _organizations() -> Table:
    # An insert that returns its row is checked against the read policies before the trigger below has run, so
    # the creator reads the row as its creator.
    creator = Owner(
        name="organizations_creator_read", origin=Origin.CONVENTION, commands=[_SELECT], column="created_by"
    )
    joins = CreatorMembership(
        origin=_T, via="memberships", tenant_column="organization_id", role_column="role", role="owner"
    )
    return table(
        "organizations",
        "A tenant: everything else belongs to one.",
        [key(), words("name"), column("slug", nullable=True, unique=True), user("created_by", keep=True),
         created_at(), updated_at()],
        [
            creator,
            _members("organizations_member_read", [_SELECT], column="id"),
            InsertSelf(name="organizations_insert_self", origin=_T, column="created_by"),
            _members("organizations_admin_update", [_UPDATE], *_ADMINS, column="id"),
            _members("organizations_owner_delete", [_DELETE], "owner", column="id"),
        ],
        triggers=[joins],
    )  # fmt: skip


def _memberships() -> Table:
    # Only owners write here: an admin who could would make himself an owner.
    role, _ = status("member", "admin", "owner", name="role")
    return table(
        "memberships",
        "Who belongs to an organization, and as what.",
        [
            reference("organization_id", "organizations"),
            user("user_id", self_default=False),
            (role, None),
            created_at(),
        ],
        [
            _members("memberships_member_read", [_SELECT]),
            _members("memberships_owner_write", [_INSERT, _UPDATE, _DELETE], "owner"),
            Owner(name="memberships_leave", origin=_T, commands=[_DELETE], column="user_id"),
        ],
        key=("organization_id", "user_id"),
    )


def _invitations() -> Table:
    role, _ = status("member", "admin", name="role")
    return table(
        "invitations",
        "An e-mail address that may join; the service accepts it.",
        [key(), reference("organization_id", "organizations"), words("email"), (role, None),
         user("invited_by", keep=True), status("pending", "accepted", "revoked"),
         column("expires_at", "timestamptz", nullable=True), created_at()],
        [_members("invitations_admin", [_SELECT, _INSERT, _UPDATE, _DELETE], *_ADMINS)],
        uniques=[("organization_id", "email")],
    )  # fmt: skip


def _subscriptions() -> Table:
    tenant, link = reference("organization_id", "organizations")
    tenant.unique = True
    return table(
        "subscriptions",
        "What an organization pays for, written by the service when billing reports it.",
        [key(), (tenant, link), column("plan", default=LiteralValue(value="free")),
         status("active", "trialing", "past_due", "canceled"), column("seats", "integer", nullable=True),
         column("current_period_end", "timestamptz", nullable=True), created_at(), updated_at()],
        [_members("subscriptions_admin_read", [_SELECT], *_ADMINS)],
    )  # fmt: skip


def _projects() -> Table:
    return table(
        "projects",
        "A piece of work of an organization.",
        [key(), reference("organization_id", "organizations"), words("name"),
         column("description", nullable=True), status("active", "archived"), user("created_by", keep=True),
         created_at(), updated_at()],
        [
            _members("projects_member_write", [_SELECT, _INSERT, _UPDATE]),
            _members("projects_admin_delete", [_DELETE], *_ADMINS),
        ],
    )  # fmt: skip


def _tasks() -> Table:
    by_members = ParentMember(
        name="tasks_member", origin=_T, commands=[_SELECT, _INSERT, _UPDATE, _DELETE],
        column="project_id", table="projects", parent_tenant_column="organization_id",
        via="memberships", tenant_column="organization_id",
    )  # fmt: skip
    return table(
        "tasks",
        "A step of a project.",
        [key(), reference("project_id", "projects"), words("title"), column("description", nullable=True),
         user("assignee_id", keep=True, self_default=False), status("todo", "in_progress", "done"),
         column("due_date", "date", nullable=True), created_at(), updated_at()],
        [by_members],
    )  # fmt: skip
