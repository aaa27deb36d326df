"""What a plan made of a database, judged by the database: what exists, who gets in, which texts it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import psycopg

from architect.catalog.access import compare, observed, probe_sql, promised
from architect.catalog.fingerprint import facts
from architect.plan.model import Command, Plan, Policy, Table
from tests.plans import apply
from tests.test_access_matrix import answer_on

#: How many objects of which kind stand in schemas that no plan owns.
ELSEWHERE = """
select 'relation', relnamespace::regnamespace::text, count(*) from pg_class
  where relnamespace::regnamespace::text !~ '^(public|private|pg_toast.*)$' group by 2
union all select 'function', pronamespace::regnamespace::text, count(*) from pg_proc
  where pronamespace::regnamespace::text !~ '^(public|private)$' group by 2
union all select 'policy', relnamespace::regnamespace::text, count(*) from pg_policy
  join pg_class c on c.oid = polrelid where relnamespace <> 'public'::regnamespace group by 2
union all select 'trigger', relnamespace::regnamespace::text, count(*) from pg_trigger
  join pg_class c on c.oid = tgrelid where not tgisinternal and relnamespace <> 'public'::regnamespace
  group by 2
union all select 'schema', nspname::text, 1 from pg_namespace where nspname not in ('public', 'private')
union all select 'role', rolname::text, (rolsuper::int + rolbypassrls::int * 2) from pg_roles
union all select 'event trigger', evtname::text, 1 from pg_event_trigger
union all select 'setting', setdatabase::text || setrole::text || setconfig::text, 1 from pg_db_role_setting
union all select 'user', 'auth.users', count(*) from auth.users
order by 1, 2"""
TABLES = """
select c.relname, c.relrowsecurity, array(select polname::text from pg_policy p where p.polrelid = c.oid),
  array(select a.grantee::regrole::text || ' ' || lower(a.privilege_type) from aclexplode(c.relacl) a
    where a.grantee in (0, 'anon'::regrole, 'authenticated'::regrole))
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')"""
POLICIES = """
select tablename, cmd, roles::text[], permissive, coalesce(qual, ''), coalesce(with_check, '')
from pg_policies where schemaname = 'public'"""
#: Functions that somebody may call who must not, or that look up names in a path a caller can set.
LOOSE_FUNCTIONS = """
select p.oid::regprocedure::text from pg_proc p
where pronamespace::regnamespace::text in ('public', 'private') and (
  has_function_privilege('anon', p.oid, 'execute')
  or proname = 'catalog_fingerprint' and has_function_privilege('authenticated', p.oid, 'execute')
  or prorettype = 'trigger'::regtype and has_function_privilege('authenticated', p.oid, 'execute')
  or proconfig is distinct from array['search_path=""'])"""
#: Every text of the catalog that a plan can have put there.
TEXTS = """
select string_agg(t, E'\\n') from (
  select nspname::text from pg_namespace
  union all select relname::text from pg_class union all select attname::text from pg_attribute
  union all select description from pg_description union all select proname::text || prosrc from pg_proc
  union all select polname::text || coalesce(pg_get_expr(polqual, polrelid), '')
    || coalesce(pg_get_expr(polwithcheck, polrelid), '') from pg_policy
  union all select conname::text || pg_get_constraintdef(oid) from pg_constraint
  union all select pg_get_expr(adbin, adrelid) from pg_attrdef
  union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
) as texts (t)"""

_UID = r"\( SELECT auth\.uid\(\) AS uid\)"
_NAME = r'"?([a-z_][a-z0-9_]*)"?'
_HELPER = rf"private\.{_NAME}\(\) AS {_NAME}"
_MINE = rf"{_NAME} = {_UID}"
_AMONG = rf"{_NAME} = ANY \(ARRAY\( SELECT {_HELPER}\)\)"
_CLAIM = r"\(auth\.jwt\(\) -> 'app_metadata'::text\) ->> '([a-z0-9_]+)'::text"
#: The condition of each template as Postgres writes it, the column first.
SHAPES = {
    "owner": _MINE,
    "insert_self": _MINE,
    "tenant": rf"{_NAME} = \( SELECT \(+{_CLAIM}\)+(?:::[a-z]+)? AS [a-z0-9]+\)",
    "member": _AMONG,
    "parent_owner": _AMONG,
    "parent_member": _AMONG,
}
_STAFF = rf"SELECT {_HELPER}"


def assert_only_the_plan_came_of_it(conn: psycopg.Connection[Any], plan: Plan) -> None:
    """Apply the plan, look at everything, and take it back: its tables, locked, each with its decision; each
    policy of the shape of its template; exactly the access it promises; and nothing else, anywhere."""
    before, elsewhere = facts(conn), rows(conn, ELSEWHERE)
    conn.execute("begin")
    try:
        apply(conn, plan)
        _assert_catalog(conn, plan, before, facts(conn))
        assert rows(conn, ELSEWHERE) == elsewhere
        _assert_tables(conn, plan)
        _assert_policies(conn, plan)
        assert rows(conn, LOOSE_FUNCTIONS) == []
        assert compare(promised(plan), observed(answer_on(conn, probe_sql(plan)))) == []
    finally:
        conn.execute("rollback")
    assert rows(conn, ELSEWHERE) == elsewhere


def texts(conn: psycopg.Connection[Any], plan: Plan) -> str:
    """All texts of a catalog in which the plan is applied."""
    with conn.transaction(force_rollback=True):
        apply(conn, plan)
        return str(rows(conn, TEXTS)[0][0])


def rows(conn: psycopg.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    return conn.execute(sql.encode()).fetchall()


def assert_no_secret(text: str, secrets: Iterable[str]) -> None:
    """Neither the secrets as they are nor folded to a name."""
    folded = re.sub(r"[^a-z0-9]", "", text.lower())
    for secret in secrets:
        assert secret not in text
        assert re.sub(r"[^a-z0-9]", "", secret.lower()) not in folded, secret


def _assert_catalog(
    conn: psycopg.Connection[Any], plan: Plan, before: dict[Any, Any], after: dict[Any, Any]
) -> None:
    assert {k: v for k, v in after.items() if k in before} == before
    made = after.keys() - before.keys()
    tables = {f"public.{t.name}" for t in plan.tables}
    assert {identity for kind, identity in made if kind == "relation"} == tables
    assert {identity for kind, identity in made if kind == "row_security"} == tables
    assert {kind for kind, _ in made} & {"role", "extension", "publication", "view"} == set()
    assert {identity for kind, identity in made if kind == "schema"} == {"private"}
    assert not any(identity.endswith("to PUBLIC") for _, identity in made)


def _assert_tables(conn: psycopg.Connection[Any], plan: Plan) -> None:
    found = {name: rest for name, *rest in rows(conn, TABLES) if name != "Kept"}
    assert found.keys() == {t.name for t in plan.tables}
    for table in plan.tables:
        locked, policies, granted = found[table.name]
        assert locked, table.name
        assert policies, table.name
        assert set(granted) == {
            f"{role} {command.value}" for p in table.policies for role in p.roles for command in p.commands
        }


def _assert_policies(conn: psycopg.Connection[Any], plan: Plan) -> None:
    """Each condition is one that the plan's policies for that table, command and role give."""
    for name, command, roles, permissive, using, check in rows(conn, POLICIES):
        table = next(t for t in plan.tables if t.name == name)
        assert set(roles) <= {"anon", "authenticated"}
        if permissive == "RESTRICTIVE":
            assert (command, using, check) == ("ALL", "false", "false")
            assert {p.kind for p in table.policies} == {"service_only"}
            continue
        asked = [p for p in table.policies if Command(command.lower()) in p.commands]
        for role in roles:
            may = [p for p in asked if role in p.roles]
            for condition in filter(None, (using, check)):
                _assert_condition(condition, table, may)


def _assert_condition(condition: str, table: Table, may: list[Policy]) -> None:
    for arm in _arms(condition):
        assert any(_is_of(arm, policy) for policy in may), (table.name, condition)


def _is_of(arm: str, policy: Policy) -> bool:
    """Whether ``arm`` is what the template of ``policy`` says, about the policy's own column and claim."""
    if policy.kind in ("public_read", "authenticated_read"):
        if policy.where is None:
            return arm == "true"
        value = _literal(policy.where.value)
        return re.fullmatch(rf'"?{policy.where.column}"? = {value}', arm) is not None
    if policy.kind == "staff":
        return re.fullmatch(_STAFF, arm) is not None
    found = re.fullmatch(SHAPES[policy.kind], arm)
    if found is None or found[1] != getattr(policy, "column", None):
        return False
    return policy.kind != "tenant" or found[2] == policy.claim


def _literal(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return rf"\(?'?{value}'?\)?(?:::[a-z]+)?"
    quoted = value.replace("'", "''")
    return re.escape(f"'{quoted}'::text")


def _arms(condition: str) -> list[str]:
    """The parts of a condition that OR joins, each without the parentheses around it."""
    condition = _bare(condition)
    parts, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(condition):
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if depth == 0 and not quoted and condition.startswith(" OR ", at):
            parts.append(condition[start:at])
            start = at + 4
    parts.append(condition[start:])
    return [_bare(part) for part in parts]


def _bare(text: str) -> str:
    """``text`` without the parentheses that enclose all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth, quoted = 0, False
        for at, character in enumerate(text):
            quoted ^= character == "'"
            depth += 0 if quoted else (character == "(") - (character == ")")
            if depth == 0 and at < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


__all__ = ["assert_no_secret", "assert_only_the_plan_came_of_it", "rows", "texts"]
