"""Types and advisors are those of the real Supabase CLI, on schemas that hold all there is to get wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from architect.embedded.platform.advisors import PLATFORM_ROLES
from architect.embedded.platform.typegen.collation import key
from architect.embedded.platform.typegen.nodes import parse
from architect.embedded.postgres import Cluster
from tests.fixtures.platform import Platform
from tests.fixtures.supabase_cli import SupabaseCli

GOLDEN = Path(__file__).parent / "golden"
#: Lints that only this platform has, as the hosted API does; the CLI does not bundle them.
BEYOND_THE_CLI = {
    "anon_security_definer_function_executable",
    "authenticated_security_definer_function_executable",
}
#: All the CLI bundles but the one about queues, for which there is no extension here.
LINTS = 22


def test_types_are_those_of_the_cli(
    platform: Platform, cluster: Cluster, branch: str, supabase_cli: SupabaseCli
) -> None:
    platform.sql(branch, (GOLDEN / "types_schema.sql").read_text())
    dsn = cluster.dsn(f"env_{branch}", "postgres")
    with platform.client() as api:
        path = f"/projects/{branch}/types/typescript"
        for schemas in ("public", "auth,other,public"):
            flags = [flag for name in schemas.split(",") for flag in ("--schema", name)]
            theirs = supabase_cli.run("gen", "types", "--lang", "typescript", "--remote", dsn, *flags).stdout
            answer = api.get(path, params={"included_schemas": schemas})
            assert answer.status_code == 200
            assert _squeezed(answer.json()["types"]) == _squeezed(theirs), schemas
        assert api.get(path).json() == api.get(path, params={"included_schemas": "public"}).json()
        nothing = api.get(path, params={"included_schemas": "nowhere"}).json()["types"]
        assert "export type Database = {}" in nothing


def test_advisors_are_those_of_the_cli(
    platform: Platform, cluster: Cluster, branch: str, supabase_cli: SupabaseCli
) -> None:
    dsn = cluster.dsn(f"env_{branch}", "postgres")
    with psycopg.connect(cluster.dsn(f"env_{branch}", "supabase_admin"), autocommit=True) as admin:
        admin.execute((GOLDEN / "lint_schema_admin.sql").read_text())
    platform.sql(branch, (GOLDEN / "lint_schema.sql").read_text())
    told = supabase_cli.run(
        "db", "advisors", f"--remote={dsn}", "--level", "info", "--fail-on", "none", "--output-format", "json"
    )
    theirs = {lint.pop("cacheKey"): lint for lint in json.loads(told.stdout)["results"]}
    # Roles of the embedded cluster itself are nobody's finding.
    own_roles = re.compile(rf"_({'|'.join(PLATFORM_ROLES)})_(SELECT|INSERT|UPDATE|DELETE)$")
    theirs = {cache_key: lint for cache_key, lint in theirs.items() if not own_roles.search(cache_key)}
    ours: dict[str, Any] = {}
    with platform.client() as api:
        for kind in ("security", "performance"):
            lints = api.get(f"/projects/{branch}/advisors/{kind}").json()["lints"]
            assert all(lint["categories"] == [kind.upper()] for lint in lints)
            ours |= {lint.pop("cache_key"): lint for lint in lints}
    assert {lint["name"] for k, lint in ours.items() if k not in theirs} == BEYOND_THE_CLI
    assert {k: lint for k, lint in ours.items() if k in theirs} == theirs
    assert len({lint["name"] for lint in theirs.values()}) == LINTS


def test_advisors_accept_the_careful_way(platform: Platform, branch: str) -> None:
    platform.sql(
        branch,
        "create table t (id int primary key, o uuid not null); create index on t (o);"
        " alter table t enable row level security;"
        " create policy r on t for select to anon using (true);"
        " create policy w on t for insert to authenticated with check (o = (select auth.uid()));"
        " create view v with (security_invoker = on) as select * from t; grant select on v to anon;",
    )
    with platform.client() as api:
        found = {
            kind: api.get(f"/projects/{branch}/advisors/{kind}").json()
            for kind in ("security", "performance")
        }
    assert found["security"] == {"lints": []}
    # Nobody has asked anything yet.
    assert [lint["name"] for lint in found["performance"]["lints"]] == ["unused_index"]


@pytest.mark.parametrize("tree", ["({QUERY :a", "(", "{", "({QUERY :targetList ({X"])
def test_a_broken_node_tree_is_an_error_and_no_loop(tree: str) -> None:
    with pytest.raises(ValueError, match="ends too early"):
        parse(tree)


def test_names_sort_as_people_expect() -> None:
    names = ["b", "B", "a_b", "ab", "a-b", "Ä", "a", "A", "1", "_x", "é", "e", "f"]
    expected = ["_x", "1", "a", "A", "Ä", "a_b", "a-b", "ab", "b", "B", "e", "é", "f"]
    assert sorted(names, key=key) == expected


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text[text.index("export type Json") :])
