"""One run of the probe in one clone: the world is seeded, everybody tries every door."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from architect.catalog.facts.snapshot import Snapshot
from architect.drift.clone.scratch import Scratch
from architect.drift.probe.atoms import Atoms, Table
from architect.drift.probe.calls import callable_function
from architect.drift.probe.people import TENANT, USERS, Person
from architect.drift.probe.world import Column, Relation, Row, World
from architect.sql import query, quote_identifier

#: The role that tries; no role of a guarded database has its name.
PROBER = "vibe_scratch_prober"
#: How an attempt ends that nothing stopped.
DONE = "VA000"
#: Values of one column that rows are changed to.
MAX_VALUES = 4


class Door(NamedTuple):
    """One thing one person may try with one relation."""

    table: Table
    person: str
    operation: str
    variant: str


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``rows`` are the numbers of seeded rows, None where only their amount is known."""

    state: str
    rows: frozenset[int] | None = None
    amount: int = 0
    message: str | None = None
    names: frozenset[str] = frozenset()

    @property
    def reached(self) -> int:
        """How much was reached: rows, or 1 for a write that went through; 0 when it was refused."""
        if self.state != DONE and not self.state.startswith("23"):
            return 0
        return max(len(self.rows or ()), self.amount) if self.state == DONE else 1


@dataclass
class Vector:
    """All outcomes in one clone, and the rows they speak of."""

    outcomes: dict[Door, Outcome] = field(default_factory=dict)
    relations: dict[Table, Relation] = field(default_factory=dict)
    #: Relations that hold no row, or that could not be asked, and why.
    blind: dict[Table, str] = field(default_factory=dict)


@contextmanager
def tamed(scratch: Scratch) -> Iterator[None]:
    """Inside, no role of the clone is a superuser, and the prober may take every one of them."""
    superusers: list[tuple[str, bool]] = []
    with scratch.connect() as conn:
        if not conn.execute("select 1 from pg_catalog.pg_roles where rolname = %s", (PROBER,)).fetchone():
            conn.execute(query("drift_probe", "make_prober"))
        for role, superuser, bypass, lent in conn.execute(query("drift_probe", "roles")).fetchall():
            if superuser:
                superusers.append((role, bypass))
                _run(conn, "tame", role=sql.Identifier(role))
            if not lent:
                _run(conn, "lend", role=sql.Identifier(role))
        try:
            yield
        finally:
            for role, bypass in superusers:
                words = sql.SQL("bypassrls" if bypass else "nobypassrls")
                _run(conn, "untame", role=sql.Identifier(role), bypass=words)


def probe(
    scratch: Scratch,
    database: str,
    state: Snapshot,
    asked: Atoms,
    people: Sequence[Person],
    relations: Iterable[Table],
    needed: Iterable[Table] = (),
) -> Vector:
    """Try everything on ``relations``; rows of ``needed`` are seeded too, as policies ask for them.

    The clone ``database`` is changed: its checks are dropped, so that rows can be made, and the rows stay.
    """
    world = World(state, asked)
    tables = list(dict.fromkeys(relations))
    made = {t: r for t in dict.fromkeys([*tables, *needed]) if (r := world.relation(t)) is not None}
    _loosen(scratch, database, state, made)
    vector = Vector(relations=made)
    with psycopg.connect(scratch.dsn(database, PROBER), autocommit=True) as conn:
        for block in ("session", "functions"):
            conn.execute(query("drift_probe", block))
        numbers = {table: number for number, table in enumerate(made)}
        _seed(conn, made, numbers)
        _refresh(scratch, database, state, tables)
        _blind(conn, vector, numbers, tables)
        present = [person for person in people if person.exists(state)]
        for table in tables:
            _ask(conn, vector, world, table, numbers, present)
    return vector


def _ask(
    conn: psycopg.Connection[Any],
    vector: Vector,
    world: World,
    table: Table,
    numbers: dict[Table, int],
    people: Sequence[Person],
) -> None:
    view = "table" if table in vector.relations else "view"
    relation = vector.relations.get(table) or _view(world.state, table) or Relation(table, [])
    asked = callable_function(world.state, table) or _relation_json(relation, numbers.get(table, -1), view)
    if not relation.columns and asked["kind"] != "function":
        return
    for person in people:
        about = {"role": person.role, "claims": person.token()} | _attempts(world, relation, asked, person)
        try:
            row = conn.execute(
                query("drift_probe", "door"), (json.dumps(asked), json.dumps(about))
            ).fetchone()
        except psycopg.Error as error:
            vector.blind[table] = str(error).splitlines()[0]
            return
        for operation, variant, state, rows, amount, message, *names in row[0] if row else ():
            door = Door(table, person.name, operation, variant)
            unknown = rows is None and bool(amount)
            numbered = None if unknown or operation == "insert" else frozenset(rows or ())
            vector.outcomes[door] = Outcome(
                state, numbered, amount or 0, message, frozenset(names[0] if names else ())
            )


def _relation_json(relation: Relation, number: int, kind: str) -> dict[str, Any]:
    plain = [c.name for c in relation.columns if c.role == "plain" and not c.choices and not c.always]
    rest = [c.name for c in relation.columns if c.name not in plain and not c.always]
    example = next(iter(relation.rows.values()), {})
    return {
        "name": quote_identifier(*relation.table),
        "schema": relation.table[0],
        "number": number,
        "kind": kind,
        "columns": relation.readable or [c.name for c in relation.columns],
        "key": relation.key,
        "numbers": {row[relation.key]: n for n, row in relation.rows.items()} if relation.key else {},
        "touch": [*plain, *rest],
        "values": {name: example.get(name) for name in [*plain, *rest]},
    }


def _attempts(world: World, relation: Relation, asked: dict[str, Any], person: Person) -> dict[str, Any]:
    number = str(asked["number"])
    if asked["kind"] != "table" or not relation.columns:
        return {"inserts": {}, "hand_overs": {}}
    own, other = person.user or "A", "A" if person.user == "B" else "B"
    tenant = TENANT.get(own, 1)
    variants: dict[str, Row] = {"own": world.fresh(relation, own, tenant)}
    users = [c.name for c in relation.columns if c.role == "user"]
    if users:
        spoofed = world.fresh(relation, other, tenant)
        variants["other user"] = variants["own"] | {name: spoofed[name] for name in users}
    variants["other tenant"] = world.fresh(relation, own, 3 - tenant)
    hand_overs = [
        {"column": column.name, "value": value, "variant": f"{column.name}={value}"}
        for column in relation.columns
        if column.choices and not column.always
        for value in _handed(column, world.fresh(relation, other, 3 - tenant))
    ]
    inserts = [{"variant": name, "row": _sent(row)} for name, row in variants.items()]
    return {"inserts": {number: inserts}, "hand_overs": {number: hand_overs}}


def _handed(column: Column, theirs: Row) -> Sequence[str | None]:
    """What a row is changed to: another owner or tenant, or every value that a policy asks for."""
    if column.role == "plain":
        return [value for value in column.choices if value is not None][:MAX_VALUES]
    value = theirs[column.name]
    return [USERS["F"] if column.role == "user" and value is None else value]


def _sent(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None} or row


def _view(state: Snapshot, table: Table) -> Relation | None:
    fact = state.get("view", *table) or state.get("matview", *table)
    if fact is None:
        return None
    names = [str(c).rsplit(" ", 1)[0] for c in fact.detail.get("columns") or []]
    return Relation(table, [Column(n, "", True, "plain", False) for n in names], seeded=False)


def _seed(conn: psycopg.Connection[Any], made: dict[Table, Relation], numbers: dict[Table, int]) -> None:
    for table, relation in made.items():
        name = quote_identifier(*table)
        conn.execute(query("drift_probe", "places"), (numbers[table], name) * 3)
        for number, row in relation.rows.items() if relation.seeded else ():
            sent = {column: value for column, value in row.items() if value is not None}
            columns = sql.SQL(", ").join(map(sql.Identifier, sent))
            values = sql.SQL(", ").join(map(sql.Literal, sent.values()))
            insert = sql.SQL("insert into {} ({}) overriding system value values ({})").format(
                sql.Identifier(*table), columns, values
            )
            if sent:
                conn.execute(query("drift_probe", "seed"), (numbers[table], insert.as_string(conn), number))


def _refresh(scratch: Scratch, database: str, state: Snapshot, tables: Sequence[Table]) -> None:
    """Fill the materialized views; the server runs their queries as their owners, who are no superusers."""
    with scratch.connect(database) as conn:
        conn.execute(query("drift_clone", "session"))
        for table in tables:
            if state.get("matview", *table) is not None:
                with contextlib.suppress(psycopg.Error):  # it stays empty then, as the clone made it
                    _run(conn, "refresh", name=sql.Identifier(*table))


def _blind(
    conn: psycopg.Connection[Any], vector: Vector, numbers: dict[Table, int], tables: Sequence[Table]
) -> None:
    """Note the relations without any row: nothing but grants can be shown about them."""
    filled = {row[0] for row in conn.execute(query("drift_probe", "filled")).fetchall()}
    for table in tables:
        if table in numbers and numbers[table] not in filled:
            vector.blind[table] = "no row could be made for it"


def _loosen(scratch: Scratch, database: str, state: Snapshot, made: dict[Table, Relation]) -> None:
    """Drop what would refuse seeded rows and says nothing about who may do what."""
    with scratch.connect(database) as conn:
        conn.execute(query("drift_clone", "session"))
        _run(conn, "admit", database=sql.Identifier(database))
        for fact in state.of("constraint"):
            table = (fact.key.schema, str(fact.detail["table"]))
            if table in made and fact.detail.get("type") in ("c", "x") and not fact.detail.get("inherited"):
                name = str(fact.detail["constraint"])
                _run(conn, "drop_check", table=sql.Identifier(*table), name=sql.Identifier(name))
        for fact in state.of("publication"):
            # A publication that names columns refuses updates of rows that it could not identify.
            _run(conn, "drop_publication", name=sql.Identifier(fact.key.name))
        for fact in state.of("domain"):
            for name in fact.detail.get("checks") or {}:
                domain = sql.Identifier(fact.key.schema, fact.key.name)
                _run(conn, "drop_domain_check", domain=domain, name=sql.Identifier(name))


def _run(conn: psycopg.Connection[Any], block: str, **parts: sql.Composable) -> None:
    conn.execute(sql.SQL(query("drift_probe", block)).format(**parts))
