"""A project whose ledger does not make what it is, is explained before anything is built on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from architect.errors import LedgerMismatch
from architect.provision import ledger
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
        assert await ledger.check(t.mcp, ref, home)
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
    assert not await ledger.check(t.mcp, branch, tmp_path)


async def test_no_scratch_database_is_left(t: Tools, platform: Platform, branch: str) -> None:
    await check(t, branch, platform.home)
    left = platform.sql(branch, "select datname from pg_database where datname like 'scratch%'")
    assert left == []
