"""Random valid plans: every kind of policy, key and reference, from a seed."""

from __future__ import annotations

import random

from architect.plan.model import (
    AUTH_USERS,
    AuthenticatedRead,
    Column,
    ColumnEquals,
    Command,
    CreatorMembership,
    ForeignKey,
    InsertSelf,
    MaxLength,
    Member,
    NotBlank,
    OneOf,
    Origin,
    Owner,
    ParentMember,
    ParentOwner,
    Plan,
    PlannerRecord,
    Policy,
    PublicRead,
    Range,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
    TouchUpdatedAt,
)

HERE = Origin.CONVENTION
ROLES = ["boss", "clerk", "guest"]
STATES = ["draft", "open", "closed"]


def random_plan(seed: int) -> Plan:
    """The plan number ``seed``: people, organizations with seats, staff, and some tables of things."""
    return _Maker(random.Random(seed)).plan()


def _column(name: str, kind: str, **options: object) -> Column:
    return Column.model_validate({"origin": HERE, "name": name, "type": kind, **options})


def _key(column: str, table: str, references: str = "id", on_delete: str = "cascade") -> ForeignKey:
    return ForeignKey.model_validate(
        {
            "origin": HERE,
            "columns": [column],
            "table": table,
            "references": [references],
            "on_delete": on_delete,
        }
    )


class _Maker:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.claim_type = dice.choice(["uuid", "text", "bigint"])
        self.roles = dice.random() < 0.7
        self.tables: list[Table] = []

    def plan(self) -> Plan:
        self.tables += [self._people(), self._orgs(), self._seats(), self._staff()]
        for number in range(self.dice.randint(3, 5)):
            self.tables.append(self._things(number))
        if self.dice.random() < 0.5:
            self._circle()
        order = self.tables[:]
        self.dice.shuffle(order)
        return Plan(template="blank", planner=PlannerRecord(kind="reader"), tables=order)

    def _table(self, name: str, columns: list[Column], key: list[str], **rest: object) -> Table:
        fields = {
            "origin": HERE,
            "id": f"t_{name}",
            "name": name,
            "columns": columns,
            "primary_key": key,
            **rest,
        }
        return Table.model_validate(fields)

    def _commands(self) -> list[Command]:
        return self.dice.sample(list(Command), self.dice.randint(1, 4))

    def _people(self) -> Table:
        policies: list[Policy] = [Owner(origin=HERE, name="self", commands=self._commands(), column="id")]
        if self.dice.random() < 0.5:
            where = ColumnEquals(column="listed", value=True)
            policies.append(PublicRead(origin=HERE, name="listed", where=where))
        columns = [_column("id", "uuid"), _column("listed", "boolean"), _column("nick", "text", unique=True)]
        return self._table(
            "people", columns, ["id"], foreign_keys=[_key("id", AUTH_USERS)], policies=policies
        )

    def _orgs(self) -> Table:
        policies: list[Policy] = [
            self._member("see", "id", [Command.SELECT]),
            InsertSelf(origin=HERE, name="found", column="created_by"),
        ]
        trigger = CreatorMembership(
            origin=HERE,
            via="t_seats",
            tenant_column="org_id",
            role_column="role" if self.roles else None,
            role="boss" if self.roles else None,
        )
        columns = [_column("id", "uuid"), _column("created_by", "uuid"), _column("title", "text")]
        triggers = [trigger] if self.dice.random() < 0.7 else []
        keys = [_key("created_by", AUTH_USERS)]
        return self._table("orgs", columns, ["id"], foreign_keys=keys, policies=policies, triggers=triggers)

    def _seats(self) -> Table:
        columns = [_column("org_id", "uuid"), _column("user_id", "uuid")]
        if self.roles:
            checks = [OneOf(values=ROLES)] if self.dice.random() < 0.7 else []
            columns.append(_column("role", "text", checks=checks))
        policies: list[Policy] = [self._member("fellows", "org_id", self._commands())]
        if self.dice.random() < 0.5:
            policies.append(Owner(origin=HERE, name="mine", commands=self._commands(), column="user_id"))
        keys = [_key("org_id", "t_orgs"), _key("user_id", AUTH_USERS)]
        return self._table("seats", columns, ["org_id", "user_id"], foreign_keys=keys, policies=policies)

    def _staff(self) -> Table:
        columns = [_column("id", "uuid"), _column("user_id", "uuid", unique=True)]
        columns.append(_column("post", "text", checks=[OneOf(values=["chief", "aide"])]))
        policies: list[Policy] = [Owner(origin=HERE, name="me", commands=self._commands(), column="user_id")]
        if self.dice.random() < 0.3:
            policies = [ServiceOnly(origin=HERE, name="closed", commands=list(Command))]
        keys = [_key("user_id", AUTH_USERS)]
        return self._table("staff", columns, ["id"], foreign_keys=keys, policies=policies)

    def _member(self, name: str, column: str, commands: list[Command]) -> Member:
        roles = (
            self.dice.sample(ROLES, self.dice.randint(1, 2))
            if self.roles and self.dice.random() < 0.6
            else []
        )
        return Member(
            origin=HERE,
            name=name,
            commands=commands,
            column=column,
            via="t_seats",
            tenant_column="org_id",
            role_column="role" if roles else None,
            roles_in=roles,
        )

    def _things(self, number: int) -> Table:
        dice, name = self.dice, f"things{number}"
        things = [t for t in self.tables if t.name.startswith("things")]
        key_type = dice.choice(["uuid", "bigint", "text", "integer"])
        columns = self._thing_columns(key_type)
        keys = [_key("owner_id", dice.choice([AUTH_USERS, "t_people"])), _key("org_id", "t_orgs")]
        parent = dice.choice(things) if things and dice.random() < 0.7 else None
        if parent is not None:
            kind = parent.columns[0]
            columns.append(_column("parent_id", kind.type, nullable=dice.random() < 0.3))
            keys.append(_key("parent_id", parent.id, on_delete=dice.choice(["cascade", "restrict"])))
        if dice.random() < 0.3:
            columns.append(_column("same_id", key_type, nullable=dice.random() < 0.6))
            keys.append(_key("same_id", f"t_{name}"))
        primary = ["id"] if parent is not None or dice.random() < 0.7 else ["id", "state"]
        return self._table(
            name,
            columns,
            primary,
            foreign_keys=[k for k in keys if k.table != f"t_{name}" or primary == ["id"]],
            uniques=[["id"]]
            if primary != ["id"]
            else ([["owner_id", "state"]] if dice.random() < 0.3 else []),
            policies=self._policies(parent),
            triggers=[TouchUpdatedAt(origin=HERE, column="at")] if dice.random() < 0.4 else [],
        )

    def _thing_columns(self, key_type: str) -> list[Column]:
        dice = self.dice
        checks = [MaxLength(value=4), NotBlank()] if key_type == "text" else []
        maybe = {"nullable": dice.random() < 0.3}
        return [
            _column("id", key_type, checks=checks),
            _column("owner_id", "uuid", **maybe),
            _column("org_id", "uuid", nullable=dice.random() < 0.3),
            _column("realm", self.claim_type),
            _column("state", "text", checks=[OneOf(values=STATES)]),
            _column("open", "boolean"),
            _column(
                "amount",
                dice.choice(["integer", "numeric"]),
                checks=[Range(min=0, max=9, exclusive_min=True)],
            ),
            _column("at", "timestamptz"),
            _column("notes", "jsonb"),
            _column("tags", "text[]"),
            _column("span", "interval", nullable=True),
        ]

    def _policies(self, parent: Table | None) -> list[Policy]:
        dice = self.dice
        where = dice.choice(
            [
                None,
                ColumnEquals(column="state", value="open"),
                ColumnEquals(column="open", value=True),
                ColumnEquals(column="amount", value=3),
            ]
        )
        made: list[Policy] = [
            PublicRead(origin=HERE, name="a", where=where),
            AuthenticatedRead(origin=HERE, name="b", where=where),
            Owner(origin=HERE, name="c", commands=self._commands(), column="owner_id"),
            InsertSelf(origin=HERE, name="d", column="owner_id"),
            Tenant(origin=HERE, name="e", commands=self._commands(), column="realm", claim="realm"),
            self._member("f", "org_id", self._commands()),
            Staff(origin=HERE, name="g", commands=self._commands(), via="t_staff"),
            Staff(
                origin=HERE,
                name="h",
                commands=self._commands(),
                via="t_staff",
                role_column="post",
                roles_in=["aide"],
            ),
        ]
        if parent is not None:
            made += self._inherited(parent)
        if dice.random() < 0.1:
            return [ServiceOnly(origin=HERE, name="z", commands=list(Command))]
        return dice.sample(made, dice.randint(1, 3))

    def _inherited(self, parent: Table) -> list[Policy]:
        return [
            ParentOwner(
                origin=HERE,
                name="i",
                commands=self._commands(),
                column="parent_id",
                table=parent.id,
                owner_column="owner_id",
            ),
            ParentMember(
                origin=HERE,
                name="j",
                commands=self._commands(),
                column="parent_id",
                table=parent.id,
                parent_tenant_column="org_id",
                via="t_seats",
                tenant_column="org_id",
            ),
        ]

    def _circle(self) -> None:
        """Two tables that reference each other, so that neither can be filled first."""
        nullable = self.dice.random() < 0.5
        for name, other in (("left", "right"), ("right", "left")):
            columns = [_column("id", "uuid"), _column("owner_id", "uuid")]
            columns.append(_column("peer_id", "uuid", nullable=nullable and name == "left"))
            policies: list[Policy] = [
                Owner(origin=HERE, name="own", commands=self._commands(), column="owner_id"),
                ParentOwner(
                    origin=HERE,
                    name="peer",
                    commands=self._commands(),
                    column="peer_id",
                    table=f"t_{other}_side",
                    owner_column="owner_id",
                ),
            ]
            keys = [_key("owner_id", AUTH_USERS), _key("peer_id", f"t_{other}_side")]
            self.tables.append(
                self._table(f"{name}_side", columns, ["id"], foreign_keys=keys, policies=policies)
            )
