"""Every requirement text becomes a plan that applies to a real Postgres, each table locked and decided about.

``ARCHITECT_REQUIREMENTS`` names a JSONL file of ``{"id", "text"}`` that is read in place of the project's own
texts; ``pytest -s`` shows the count.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from architect.catalog.access import compare, observed, probe_sql, promised
from architect.plan.model import Plan
from architect.plan.planner import make_plan
from tests.plans import apply
from tests.test_access_matrix import answer_on

OWN = Path(__file__).parent / "data" / "requirements.jsonl"
#: What each table says about access: locked, its policies, and the privileges of those who sign in or do not.
TABLES = """
select c.relname, c.relrowsecurity,
  array(select polname::text from pg_policy p where p.polrelid = c.oid),
  array(select a.privilege_type from aclexplode(c.relacl) a where a.grantee in
    (0, 'anon'::regrole, 'authenticated'::regrole))
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"""
#: Policies for everybody whatever the role, or that let through every row for writing.
UNSCOPED = """
select tablename, policyname from pg_policies where schemaname = 'public' and (
  roles && array['public']::name[] or with_check = 'true' or cmd <> 'SELECT' and qual = 'true')"""


def requirements() -> list[dict[str, Any]]:
    path = Path(os.environ.get("ARCHITECT_REQUIREMENTS", OWN))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture
def conn(database: Any) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        yield connection


def assert_decided(conn: psycopg.Connection[Any], plan: Plan) -> None:
    found = {name: rest for name, *rest in conn.execute(TABLES).fetchall()}
    assert found.keys() == {t.name for t in plan.tables}
    for table in plan.tables:
        locked, policies, privileges = found[table.name]
        assert locked, table.name
        assert policies, f"{table.name} has no policy"
        closed = all(p.kind == "service_only" for p in table.policies)
        assert closed == (privileges == []), table.name
    assert conn.execute(UNSCOPED).fetchall() == []


@pytest.mark.parametrize("template", ["blank", "saas", "marketplace"])
def test_every_text_applies_and_gives_exactly_the_access_it_promises(
    conn: psycopg.Connection[Any], template: str
) -> None:
    # A template brings the same tables to each text: a few texts show how they go together.
    cases = requirements()[:: 1 if template == "blank" else 12]
    assert cases
    tables = 0
    for case in cases:
        plan = make_plan(case["text"], template=template, kind="reader")
        conn.execute("begin")
        apply(conn, plan)
        assert_decided(conn, plan)
        matrix = observed(answer_on(conn, probe_sql(plan)))  # takes the plan back too
        assert compare(promised(plan), matrix) == [], case["id"]
        tables += len(plan.tables)
    assert tables > len(cases)
    print(f"{template}: {len(cases)} texts apply, {tables} tables, each locked with a policy of its own")
