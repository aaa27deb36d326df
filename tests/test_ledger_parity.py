"""A project whose ledger does not make what it is, is explained before anything is built on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from architect.cli import db
from architect.embedded.postgres import Cluster
from architect.errors import LedgerMismatch, ProvisionError
from architect.provision import ledger, migrate
from architect.provision.ledger_differences import Facts, differences
from architect.render import Migration
from tests.fixtures.platform import Platform
from tests.provisioning import Tools, tools

NOTES = """
create table public.notes (id bigint generated always as identity primary key, owner_id uuid not null);
alter table public.notes enable row level security;
create policy notes_select on public.notes for select to authenticated using (owner_id = (select auth.uid()));
grant select on public.notes to authenticated;
"""


@pytest.fixture
async def t(platform: Platform, branch: str) -> AsyncIterator[Tools]:
    async with tools(platform) as opened:
        await opened.mcp.call("apply_migration", {"project_id": branch, "name": "notes", "query": NOTES})
        yield opened


async def check(t: Tools, ref: str, home: Path) -> list[str]:
    """The differences that are named; none when ledger and project agree."""
    try:
        parity = await ledger.check(t.mcp, ref, home)
        assert parity.skipped is None
        assert parity.facts > 0
    except LedgerMismatch as error:
        return list(error.details["differences"]) or ["nothing was named"]
    return []


async def test_the_ledger_of_an_untouched_project_makes_it(t: Tools, platform: Platform, branch: str) -> None:
    assert await check(t, platform.workspace_ref, platform.home) == []
    assert await check(t, branch, platform.home) == []
    entries = await ledger.read(t.mcp, branch)
    assert [entry.name for entry in entries] == ["notes"]
    assert len(entries[0].statements) == 4


@pytest.mark.parametrize(
    ("by_hand", "said"),
    [
        (
            "create table public.stray (id int, note text); grant select on public.stray to anon",
            ["table public.stray is there, but no migration makes it"],
        ),
        (
            "alter policy notes_select on public.notes using (true)",
            ["policy public.notes.notes_select is not as the migrations make it"],
        ),
        (
            "drop table public.notes",
            ["table public.notes is made by the migrations, but is not there"],
        ),
        (
            "alter table public.notes add column note text",
            ["column public.notes.note is there, but no migration makes it"],
        ),
        (
            "alter table public.notes disable row level security",
            ["row security public.notes is not as the migrations make it"],
        ),
        (
            "grant insert on public.notes to anon",
            ["grant relation public.notes to anon is there, but no migration makes it"],
        ),
    ],
    ids=["stray table", "policy", "dropped", "column", "rls", "grant"],
)
async def test_what_was_made_by_hand_is_named(
    t: Tools, platform: Platform, branch: str, by_hand: str, said: list[str]
) -> None:
    platform.sql(branch, by_hand)
    assert await check(t, branch, platform.home) == said


async def test_a_migration_that_does_not_replay_is_named(t: Tools, platform: Platform, branch: str) -> None:
    """A baseline that was marked as applied and never was: the branch would end in MIGRATIONS_FAILED."""
    platform.sql(
        branch,
        "insert into supabase_migrations.schema_migrations (version, name, statements)"
        " values ('20200101000000', 'baseline', array['alter table public.older add column x int'])",
    )
    with pytest.raises(LedgerMismatch, match=r"20200101000000.*baseline.*does not replay.*older") as caught:
        await ledger.check(t.mcp, branch, platform.home)
    assert caught.value.details["sqlstate"] == "42P01"
    assert "--mode project" in (caught.value.hint or "")


async def test_an_entry_without_statements_makes_nothing(t: Tools, platform: Platform, branch: str) -> None:
    platform.sql(branch, "update supabase_migrations.schema_migrations set statements = null")
    assert await check(t, branch, platform.home) == ["table public.notes is there, but no migration makes it"]


async def test_nothing_is_compared_without_a_place_to_replay(t: Tools, branch: str, tmp_path: Path) -> None:
    parity = await ledger.check(t.mcp, branch, tmp_path)
    assert parity.skipped == "there is no embedded Postgres to replay the ledger on"


async def test_no_scratch_database_is_left(
    t: Tools, platform: Platform, branch: str, cluster: Cluster
) -> None:
    cluster.create_database("scratch_1700000000_0a")  # of a comparison that was killed long ago
    await check(t, branch, platform.home)
    left = platform.sql(branch, "select datname from pg_database where datname like 'scratch%'")
    assert left == []


async def test_a_migration_that_cannot_run_in_a_transaction_replays(
    t: Tools, platform: Platform, branch: str
) -> None:
    """As the CLI may have pushed it."""
    statement = "create index concurrently notes_owner on public.notes (owner_id)"
    record(platform, branch, "20990101000000", statement)
    platform.sql(branch, "create index notes_owner on public.notes (owner_id)")
    assert await check(t, branch, platform.home) == []


HOSTED = [
    "create extension pg_cron",
    "select net.http_post('http://127.0.0.1')",
    "alter table public.notes alter column owner_id set default extensions.uuid_generate_v4()",
]


@pytest.mark.parametrize("statement", HOSTED, ids=["extension", "schema", "function"])
async def test_what_only_the_hosted_platform_has_is_no_mismatch_there(
    t: Tools, platform: Platform, branch: str, statement: str
) -> None:
    record(platform, branch, "20990101000000", statement)
    with pytest.raises(LedgerMismatch, match=r"20990101000000.*by_hand.*does not replay"):
        await ledger.check(t.mcp, branch, platform.home)
    parity = await ledger.check(t.mcp, branch, platform.home, hosted=True)
    assert "20990101000000 (by_hand) needs what only the hosted platform has" in (parity.skipped or "")


async def test_a_role_of_the_project_is_in_the_way_of_its_replay(
    t: Tools, platform: Platform, branch: str, cluster: Cluster
) -> None:
    record(platform, branch, "20990101000000", "create role parity_reader")
    with cluster.connect() as connection:
        connection.execute("create role parity_reader")
        try:
            parity = await ledger.check(t.mcp, branch, platform.home)
        finally:
            connection.execute("drop role parity_reader")
    assert "makes a role" in (parity.skipped or "")


def test_grants_of_a_hosted_project_are_compared_under_equal_default_privileges_only() -> None:
    default = ("grant", "default r in public for postgres to anon")
    granted = ("grant", "relation public.notes to anon")
    table = {("relation", "public.notes"): {"kind": "r"}, ("extension", "pg_cron"): {}, ("schema", "app"): {}}
    live: Facts = {**table, default: ["SELECT"], granted: ["SELECT"]}
    made: Facts = {("relation", "public.notes"): {"kind": "r"}}
    assert differences(live, made, hosted=True) == []
    assert differences({**live, default: ["INSERT"]}, {**made, default: ["INSERT"]}, hosted=True) == [
        "grant relation public.notes to anon is there, but no migration makes it"
    ]
    assert [said.split(" is ")[0] for said in differences(live, made)] == [
        "extension pg_cron",
        "grant relation public.notes to anon",
        "schema app",
    ]


async def test_an_applied_migration_is_held_against_the_ledger(
    t: Tools, platform: Platform, branch: str
) -> None:
    made = Migration("verified", "tables", "create table public.verified (id int); -- done\n", ())
    name = migrate.ledger_name(made)
    version = await migrate.apply(t.mcp, branch, made)
    assert await ledger.verify(t.mcp, branch, name, made.sql) == version
    assert await ledger.verify(t.mcp, branch, "never ' applied", made.sql) is None
    changed = (
        "update supabase_migrations.schema_migrations set statements = array['select 1'] where version = "
    )
    platform.sql(branch, f"{changed}'{version}'")
    with pytest.raises(ProvisionError, match="other statements"):
        await migrate.apply(t.mcp, branch, made)


def test_the_command_tells_whether_a_project_is_what_its_ledger_makes(
    platform: Platform, branch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHITECT_HOME", str(platform.home))
    runner = CliRunner()
    agreed = runner.invoke(db.app, ["parity", branch])
    assert agreed.exit_code == 0, agreed.output
    assert f"{branch} is what its 0 migrations make" in agreed.output
    platform.sql(branch, "create table public.stray (id int)")
    differs = runner.invoke(db.app, ["parity", branch])
    assert isinstance(differs.exception, LedgerMismatch)


def record(platform: Platform, ref: str, version: str, statement: str) -> None:
    """Put an entry into the ledger behind everybody's back."""
    quoted = statement.replace("'", "''")
    platform.sql(
        ref,
        "insert into supabase_migrations.schema_migrations (version, name, statements)"
        f" values ('{version}', 'by_hand', array['{quoted}'])",
    )
