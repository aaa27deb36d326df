"""Whatever plan the schema admits: it breaks a rule with a name, or its SQL applies and locks every table.

And whatever text there is: the reader does not raise, and says the same thing in the same bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from architect.errors import PlanInvalid, SpecError
from architect.plan import rules
from architect.plan.model import Check, ColumnType, LiteralValue, Plan, Range
from architect.plan.planner import make_plan
from architect.plan.rules.columns import fits, passes
from architect.render import render
from architect.render.text import typed
from architect.spec.chunker import chunk
from architect.spec.secrets import masked
from tests import plans
from tests.judging import TABLES, rows
from tests.plans import apply
from tests.reading import EXAMPLES as SPECS
from tests.test_plans_apply import OWN
from tests.wild_plans import TYPES, VALUES, wild_plans

EXAMPLES = int(os.environ.get("ARCHITECT_PROPERTY_EXAMPLES", "80"))
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@pytest.fixture
def conn(database: Any) -> Iterator[psycopg.Connection[Any]]:
    with database.connect("postgres") as connection:
        yield connection


def test_any_plan_breaks_a_named_rule_or_applies(conn: psycopg.Connection[Any]) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH
    )
    @given(plan=wild_plans())
    def holds(plan: Plan) -> None:
        broken = rules.check(plan)
        seen.update({v.code for v in broken} or {"sound"})
        if not broken:
            assert_applies(conn, plan)
            return
        assert all(v.message and v.path for v in broken)
        with pytest.raises(PlanInvalid):
            render(plan)

    holds()
    assert seen["sound"] > EXAMPLES / 10, seen
    assert len(seen) > 8, seen


def assert_applies(conn: psycopg.Connection[Any], plan: Plan) -> None:
    """Its SQL is the same bytes after a round through JSON, applies, and leaves no table open."""
    again = Plan.model_validate_json(plan.canonical_json())
    assert [m.sql for m in render(again)] == [m.sql for m in render(plan)]
    with conn.transaction(force_rollback=True):
        apply(conn, plan)
        found = {name: (locked, policies) for name, locked, policies, _ in rows(conn, TABLES)}
        assert found.keys() == {t.name for t in plan.tables}
        assert all(locked and policies for locked, policies in found.values())


def test_every_value_that_fits_a_type_is_one_that_postgres_takes(conn: psycopg.Connection[Any]) -> None:
    """As a default, and as the bound of a check; what fits no type is none that the rules let pass."""
    taken = 0
    for kind in TYPES:
        for value in VALUES:
            if fits(value, kind):
                row = conn.execute(f"select {typed(value, kind)} is null".encode()).fetchone()
                assert row == (False,), (kind, value)
                taken += 1
    assert taken > 80


def test_a_default_passes_its_checks_in_postgres_when_the_rules_say_so(
    conn: psycopg.Connection[Any],
) -> None:
    bounds = [v for v in VALUES if isinstance(v, (int, float)) and not isinstance(v, bool)]
    kinds: list[ColumnType] = ["integer", "bigint", "numeric", "double precision"]
    columns = []
    for kind in kinds:
        for low in bounds:
            check: Check = Range(min=low, exclusive_min=len(columns) % 2 == 0)
            default = next((v for v in VALUES if fits(v, kind) and passes(v, check)), None)
            name = f"c{len(columns)}"
            more = {"default": LiteralValue(value=default)} if default is not None else {"nullable": True}
            columns.append(plans.column(name, kind, checks=[check], **more))
    made = [c for c in columns if not rules.check(plans.plan(plans.table("things", [c])))]
    assert len(made) > 20
    with conn.transaction(force_rollback=True):
        apply(conn, plans.plan(plans.table("things", made)))
        conn.execute("insert into things default values")


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=80), max_size=12).map("\n".join))
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_a_text_is_refused_or_becomes_a_plan_without_a_broken_rule(text: str) -> None:
    try:
        plan = make_plan(text, kind="reader")
    except SpecError:
        return
    assert rules.check(plan, chunk(masked(text))) == []
    assert masked(masked(text)) == masked(text)


#: Writes the digest of each text's plan; run in processes of their own.
DIGESTS = """
import json, sys
from architect.plan.planner import make_plan
for line in sys.stdin:
    print(make_plan(json.loads(line)["text"], kind="reader").digest())
"""


def test_the_same_text_gives_the_same_bytes_in_every_process() -> None:
    texts = [json.loads(line)["text"] for line in OWN.read_text(encoding="utf-8").splitlines()]
    texts += [path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("*.md"))]
    written = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            input="".join(json.dumps({"text": text}) + "\n" for text in texts),
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "77")
    }
    here = [make_plan(text, kind="reader").digest() for text in texts]
    assert written == {"\n".join(here) + "\n"}
