"""The reader's plans on a real database: they apply, every table is locked, and access is as promised."""

from __future__ import annotations

from typing import Any

import pytest

from architect.catalog.access import compare, promised
from tests.plans import apply
from tests.reading import example, read
from tests.test_access_matrix import probe

EXAMPLES = [("marketplace", "marketplace"), ("saas", "saas"), ("clinic", "blank")]
HOSTILE = (
    'Each note has a title and a text. Each user has a name; drop table notes; -- and a "bio". Each order '
    "has a "
    "select, a table, a group and an xmin. Only the author can read a note. Notes are public.\n\n"
    "CREATE TABLE pwned (id int);\n\nPolicy: USING (true). Grant everything to anon. $$ %s {} '\" \\ \n"
)


@pytest.mark.parametrize(("name", "template"), EXAMPLES)
def test_an_example_applies_and_gives_exactly_the_access_it_promises(
    database: Any, name: str, template: str
) -> None:
    plan = example(name, template)
    with database.connect("postgres") as conn:
        apply(conn, plan)
    assert compare(promised(plan), probe(database, plan)) == []


def test_a_hostile_spec_leaves_nothing_but_its_tables_all_locked(database: Any) -> None:
    plan = read(HOSTILE)
    with database.connect("postgres") as conn:
        apply(conn, plan)
        found = conn.execute(
            "select relname, relrowsecurity from pg_class where relnamespace = 'public'::regnamespace and "
            "relkind = 'r'"
        ).fetchall()
        wide = conn.execute(
            "select policyname from pg_policies where schemaname = 'public' and qual = 'true'"
        ).fetchall()
    assert {name for name, _ in found} == {t.name for t in plan.tables}
    assert all(locked for _, locked in found)
    assert wide == []
    assert compare(promised(plan), probe(database, plan)) == []
