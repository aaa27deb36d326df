"""Any sound plan becomes SQL that applies, stays closed where the plan is silent, and keeps data as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from architect.errors import PlanInvalid
from architect.plan.model import Bucket, Command, LiteralValue, OneOf, Owner, Plan, PublicRead, ServiceOnly
from architect.plan.names import fit
from architect.plan.rules import check
from architect.plan.templates import template
from architect.render import Migration, render
from architect.render.constraints import index_columns
from tests import plans
from tests.plan_strategies import HOSTILE, sound_plans
from tests.plans import ALL, T, apply, column, reference, table, to_user

ORDER = ["tables", "constraints", "functions", "policies", "grants"]


@pytest.fixture
def conn(database: Any) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        yield connection


def rows(conn: psycopg.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    return conn.execute(sql.encode()).fetchall()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(built=sound_plans())
def test_any_sound_plan_applies_and_is_locked(conn: psycopg.Connection[Any], built: Plan) -> None:
    assert check(built) == []
    with conn.transaction(force_rollback=True):
        migrations = apply(conn, built)
        assert [m.concern for m in migrations] == [c for c in ORDER if c in {m.concern for m in migrations}]
        assert_locked(conn, built)
        assert_policies(conn, built)
        assert_indexed(conn, built)
        assert_data_stayed_data(conn, built)
        assert_created(conn, migrations)
    assert [m.sql for m in render(built)] == [m.sql for m in migrations]


TABLES = """
select relname, relrowsecurity, obj_description(oid) from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r'"""
GRANTS = """
select table_name, grantee, lower(privilege_type) from information_schema.role_table_grants
where table_schema = 'public' and grantee <> 'postgres'"""
OPEN_FUNCTIONS = """
select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('public', 'private') and (
  has_function_privilege('anon', p.oid, 'execute')
  or prorettype = 'trigger'::regtype and has_function_privilege('authenticated', p.oid, 'execute')
  or n.nspname = 'private' and proconfig is distinct from array['search_path=""'])"""
FUNCTIONS = """
select n.nspname || '.' || proname from pg_proc p join pg_namespace n on n.oid = pronamespace
where n.nspname in ('private', 'public')"""
POLICIES = """
select tablename, cmd, roles::text[], qual, with_check, permissive, policyname
from pg_policies where schemaname = 'public'"""
INDEXES = """
select c.relname, array(
  select a.attname::text from unnest(i.indkey) with ordinality k(n, o)
  join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n order by k.o)
from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace"""
PLAIN_INDEXES = """
select tablename, indexname from pg_indexes
where schemaname = 'public' and indexname::text not in (select conname::text from pg_constraint)"""
CONSTRAINTS = """
select c.relname, k.conname, k.contype from pg_constraint k join pg_class c on c.oid = k.conrelid
where k.connamespace = 'public'::regnamespace"""
COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull, col_description(c.oid, a.attnum),
  pg_get_expr(d.adbin, d.adrelid)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"""


def assert_locked(conn: psycopg.Connection[Any], built: Plan) -> None:
    found = {name: locked for name, locked, _ in rows(conn, TABLES)}
    assert found == {t.name: True for t in built.tables}
    held: dict[tuple[str, str], set[str]] = {}
    for name, role, privilege in rows(conn, GRANTS):
        held.setdefault((name, role), set()).add(privilege)
    assert {role for _, role in held} <= {"anon", "authenticated", "service_role"}
    for item in built.tables:
        public = any(isinstance(p, PublicRead) for p in item.policies)
        assert held.get((item.name, "anon"), set()) == ({"select"} if public else set())
        wanted = {c.value for p in item.policies if "authenticated" in p.roles for c in p.commands}
        assert held.get((item.name, "authenticated"), set()) == wanted
        assert held[item.name, "service_role"] == {c.value for c in Command}
    assert rows(conn, OPEN_FUNCTIONS) == []
    assert rows(conn, "select has_schema_privilege('anon', 'private', 'usage')") == [(False,)]


def assert_policies(conn: psycopg.Connection[Any], built: Plan) -> None:
    seen: set[tuple[str, str, str]] = set()
    shut = {t.name for t in built.tables if all(isinstance(p, ServiceOnly) for p in t.policies)}
    found = rows(conn, POLICIES)
    assert {row[0] for row in found} == {t.name for t in built.tables}
    for name, command, roles, using, check_, permissive, policy in found:
        assert "public" not in roles
        if name in shut:
            refused = ("ALL", {"anon", "authenticated"}, "false", "false", "RESTRICTIVE")
            assert (command, set(roles), using, check_, permissive) == refused
            assert policy == fit(f"{name}_service_only")
            continue
        assert command != "ALL"
        assert permissive == "PERMISSIVE"
        assert (using is None) == (command == "INSERT")
        assert (check_ is None) == (command in ("SELECT", "DELETE"))
        # A bare auth.uid() would run once per row.
        assert "auth.uid()" not in (using or check_).replace("( SELECT auth.uid() AS uid)", "")
        for role in roles:
            assert (name, command, role) not in seen
            seen.add((name, command, role))


def assert_indexed(conn: psycopg.Connection[Any], built: Plan) -> None:
    """Each foreign key and each column that a policy reads starts an index, and no index is there twice."""
    indexes: dict[str, list[list[str]]] = {}
    for name, columns in rows(conn, INDEXES):
        indexes.setdefault(name, []).append(columns)
    for item in built.tables:
        wanted = [(item.name, k.columns) for k in item.foreign_keys]
        for policy in item.policies:
            parent, via = (built.table(getattr(policy, f, "")) for f in ("table", "via"))
            where = getattr(policy, "where", None)
            wanted += [(item.name, [where.column])] if where else []
            wanted += [(via.name, [getattr(policy, "user_column", "")])] if via else []
            if hasattr(policy, "column"):
                wanted.append((item.name, [policy.column]))
            if parent:
                of_parent = getattr(policy, "owner_column", "") or getattr(policy, "parent_tenant_column", "")
                wanted.append((parent.name, [of_parent]))
        for name, columns in wanted:
            assert any(i[: len(columns)] == columns for i in indexes[name]), (name, columns)
        assert len({tuple(i) for i in indexes[item.name]}) == len(indexes[item.name])


def assert_data_stayed_data(conn: psycopg.Connection[Any], built: Plan) -> None:
    comments = {name: comment for name, _, comment in rows(conn, TABLES)}
    columns = {(name, column): rest for name, column, *rest in rows(conn, COLUMNS)}
    assert len(columns) == sum(len(t.columns) for t in built.tables)
    for item in built.tables:
        assert comments[item.name] == (item.description or None)
        for made in item.columns:
            kind, not_null, comment, default = columns[item.name, made.name]
            kind = kind.replace("timestamp with time zone", "timestamptz").replace(" without time zone", "")
            assert (kind, not_null, comment) == (made.type, not made.nullable, made.description or None)
            assert (default is None) == (made.default is None)
            if isinstance(made.default, LiteralValue) and made.type in VALUE_TYPES:
                assert rows(conn, f"select {default}") == [(made.default.value,)]


VALUE_TYPES = ("text", "integer", "bigint", "numeric", "boolean")


def assert_created(conn: psycopg.Connection[Any], migrations: list[Migration]) -> None:
    """What the migrations say they create is what the catalog holds."""
    said: dict[str, set[tuple[str, str]]] = {}
    for migration in migrations:
        for made in migration.creates:
            said.setdefault(made.kind, set()).add((made.table, made.name))
    for short, kind in (("u", "unique"), ("c", "check"), ("f", "foreign_key")):
        found = {(table, name) for table, name, short_ in rows(conn, CONSTRAINTS) if short_ == short}
        assert found == said.get(kind, set())
    assert {(row[0], row[-1]) for row in rows(conn, POLICIES)} == said.get("policy", set())
    assert set(rows(conn, PLAIN_INDEXES)) == said.get("index", set())
    assert {n for (n,) in rows(conn, FUNCTIONS)} == {n for _, n in said["function"]}


def test_hostile_text_is_stored_as_it_is(conn: psycopg.Connection[Any]) -> None:
    for text in HOSTILE:
        with conn.transaction(force_rollback=True):
            assert_stored(conn, text)


def assert_stored(conn: psycopg.Connection[Any], text: str) -> None:
    label = column(
        "label",
        default=LiteralValue(value=text),
        checks=[OneOf(values=[text, "other"])],
        description=text,
    )
    items = table(
        "items",
        [label, column("owner_id", "uuid")],
        [Owner(name="own", origin=T, commands=ALL, column="owner_id")],
        foreign_keys=[to_user("owner_id")],
        description=text,
    )
    apply(conn, plans.plan(items))
    user = conn.execute("insert into auth.users (id) values (gen_random_uuid()) returning id").fetchone()
    assert user is not None
    stored = conn.execute("insert into public.items (owner_id) values (%s) returning label", user).fetchone()
    assert stored == (text,)
    assert rows(conn, "select obj_description('public.items'::regclass)") == [(text,)]
    with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
        conn.execute("insert into public.items (owner_id, label) values (%s, 'x')", user)


def test_tables_are_closed_before_anything_else_is_applied(conn: psycopg.Connection[Any]) -> None:
    """Default privileges that would open every new table do not."""
    for scope in ("", "in schema public"):
        conn.execute(f"alter default privileges {scope} grant all on tables to anon, authenticated".encode())
        conn.execute(
            f"alter default privileges {scope} grant all on functions to anon, authenticated".encode()
        )
    built = plans.plan(table("items", [column("label")], [PublicRead(name="all", origin=T)]))
    conn.execute(render(built)[0].sql.encode())
    conn.execute("create table public.later (id int)")
    for name in ("items", "later"):
        for role in ("anon", "authenticated", "service_role"):
            found = conn.execute(
                "select has_table_privilege(%s, %s, 'select')", [role, f"public.{name}"]
            ).fetchone()
            assert found == (False,)
    conn.execute("create function public.later() returns int language sql as 'select 1'")
    assert rows(conn, "select has_function_privilege('anon', 'public.later()', 'execute')") == [(False,)]


def test_helpers_are_closed_whatever_the_schema_private_grants(conn: psycopg.Connection[Any]) -> None:
    conn.execute("create schema private")
    conn.execute("alter default privileges in schema private grant all on functions to anon, authenticated")
    conn.execute("grant usage on schema private to anon")
    apply(conn, template("saas"))
    assert rows(conn, OPEN_FUNCTIONS) == []
    assert rows(conn, "select has_schema_privilege('anon', 'private', 'usage')") == [(False,)]


def test_circles_of_required_references_can_be_filled(conn: psycopg.Connection[Any]) -> None:
    one = table("ones", [column("two_id", "uuid")], foreign_keys=[reference("two_id", "twos")])
    two = table("twos", [column("three_id", "uuid")], foreign_keys=[reference("three_id", "threes")])
    three = table("threes", [column("one_id", "uuid")], foreign_keys=[reference("one_id", "ones")])
    loop = table("loops", [column("loop_id", "uuid")], foreign_keys=[reference("loop_id", "loops")])
    apply(conn, plans.plan(one, two, three, loop))
    ids = {"a": "00000000-0000-0000-0000-00000000000a"}
    with conn.transaction():
        conn.execute("insert into public.ones values (%(a)s, %(a)s)", ids)
        conn.execute("insert into public.twos values (%(a)s, %(a)s)", ids)
        conn.execute("insert into public.threes values (%(a)s, %(a)s)", ids)
        conn.execute("insert into public.loops values (%(a)s, %(a)s)", ids)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute("insert into public.ones values (gen_random_uuid(), gen_random_uuid())")


def test_buckets_are_made_once(conn: psycopg.Connection[Any]) -> None:
    made = [Bucket(name="private-files", origin=T), Bucket(name="pictures", origin=T, public=True)]
    script = render(plans.plan(buckets=made))[0].sql
    for _ in range(2):
        conn.execute(script.encode())
    assert rows(conn, "select id, public from storage.buckets order by id") == [
        ("pictures", True),
        ("private-files", False),
    ]


def test_an_index_that_another_covers_is_left_out() -> None:
    items = table(
        "items",
        [column("a"), column("b"), column("owner_id", "uuid", unique=True)],
        [Owner(name="own", origin=T, commands=ALL, column="owner_id")],
        foreign_keys=[to_user("owner_id")],
        indexes=[["a"], ["a", "b"], ["b"], ["id"]],
    )
    assert index_columns(plans.plan(items)) == {"items": [("a", "b"), ("b",)]}


def test_an_invalid_plan_does_not_become_sql() -> None:
    broken = plans.plan(table("items", [column("label")], []))
    with pytest.raises(PlanInvalid):
        render(broken)


def test_two_hundred_tables_fit_one_transaction_each(conn: psycopg.Connection[Any]) -> None:
    many = [
        table(
            f"things{n}",
            [column("owner_id", "uuid"), column("next_id", "uuid", nullable=True)],
            [Owner(name="own", origin=T, commands=ALL, column="owner_id")],
            foreign_keys=[to_user("owner_id"), reference("next_id", f"things{(n + 1) % 200}")],
        )
        for n in range(200)
    ]
    apply(conn, plans.plan(*many))
    assert rows(conn, "select count(*) from pg_policies where schemaname = 'public'") == [(800,)]
