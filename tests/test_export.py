"""An export is the same backend wherever the real CLI pushes it."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from architect import migrations
from architect.catalog.fingerprint import fingerprint
from architect.cli import export
from architect.embedded.platform.statements import split
from architect.embedded.postgres import Cluster
from architect.errors import InputError
from architect.export import folder
from architect.export.project import file_name
from architect.export.text import config
from architect.provision import ledger
from architect.sessions import Session
from tests.fixtures.cluster import Database
from tests.fixtures.examples import Examples
from tests.fixtures.platform import Platform
from tests.fixtures.stack import REPOSITORY, Stack
from tests.fixtures.supabase_cli import SupabaseCli
from tests.provisioning import tools

SECRET = re.compile(r"sb_secret_|sbp_|eyJ[\w-]{20,}\.|postgres(ql)?://[^\s]*:[^\s]*@")


def url(database: Database, role: str = "postgres") -> str:
    """What the CLI takes: a URL. It goes by the environment of the child only where the CLI reads one."""
    cluster = database.cluster
    password = cluster.state.passwords[role]
    return f"postgresql://{role}:{password}@127.0.0.1:{cluster.state.postgres_port}/{database.name}?sslmode=disable"


def push(cli: SupabaseCli, database: Database, project: Path) -> str:
    done = cli.run("db", "push", "--yes", "--include-all", f"--db-url={url(database)}", cwd=project)
    return done.stdout + done.stderr


def measured(database: Database) -> str:
    with database.connect() as connection:
        return str(fingerprint(connection)["fingerprint"])


@pytest.mark.stack
def test_an_export_pushed_by_the_real_cli_is_the_same_catalog(
    stack: Stack, examples: Examples, supabase_cli: SupabaseCli, database: Database, tmp_path: Path
) -> None:
    session = examples("marketplace")
    project = tmp_path / "project"
    done = stack.architect("export", session["id"], str(project))
    assert done.returncode == 0, done.stderr
    assert "README.md" in done.stdout

    push(supabase_cli, database, project)
    assert measured(database) == session["outputs"]["fingerprint"]
    assert "up to date" in push(supabase_cli, database, project)

    _ledger_and_files_agree(stack, supabase_cli, database, project, session)
    _functions_are_all_there(project, session)
    for path in project.rglob("*"):
        assert not path.is_file() or not SECRET.search(path.read_text(encoding="utf-8")), path


@pytest.mark.stack
def test_an_export_is_written_once_and_replaced_only_when_told(
    stack: Stack, examples: Examples, supabase_cli: SupabaseCli, tmp_path: Path
) -> None:
    session = examples("marketplace")
    project = tmp_path / "new" / "project"
    done = stack.architect("export", session["id"], str(project), "--json")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["files"]) == {
        path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()
    }
    again = stack.architect("export", session["id"], str(project))
    assert again.returncode == 2
    assert "not empty" in again.stderr
    (project / "supabase" / "seed.sql").write_text("-- edited\n", encoding="utf-8")
    assert stack.architect("export", session["id"], str(project), "--force").returncode == 0
    assert "edited" not in (project / "supabase" / "seed.sql").read_text(encoding="utf-8")
    assert [path.name for path in project.parent.iterdir()] == ["project"]

    live = Database(Cluster(stack.home, stack.state), f"env_{session['environment']['ref']}")
    remote = ("--remote", url(live), "--schema", "public")
    types = supabase_cli.run("gen", "types", "--lang", "typescript", *remote).stdout
    written = (project / "types.ts").read_text(encoding="utf-8")
    assert "".join(written.split()) == "".join(types.split())


def _ledger_and_files_agree(
    stack: Stack, cli: SupabaseCli, database: Database, project: Path, session: dict[str, Any]
) -> None:
    ledger = stack.rows(
        "select version, name from supabase_migrations.schema_migrations order by version",
        database=f"env_{session['environment']['ref']}",
    )
    files = sorted(path.name for path in (project / "supabase" / "migrations").iterdir())
    assert files == [f"{row['version']}_{row['name']}.sql" for row in ledger]
    listed = cli.run("migration", "list", f"--db-url={url(database)}", cwd=project).stdout
    for row in ledger:
        assert listed.count(row["version"]) == 2, "once local, once remote"


def _functions_are_all_there(project: Path, session: dict[str, Any]) -> None:
    config = tomllib.loads((project / "supabase" / "config.toml").read_text(encoding="utf-8"))
    slugs = {function["slug"] for function in session["outputs"]["functions"]}
    assert set(config["functions"]) == slugs
    for settings in config["functions"].values():
        assert isinstance(settings["verify_jwt"], bool)
        assert (project / "supabase" / settings["entrypoint"]).is_file()
    manifest = json.loads((project / "architect.json").read_text(encoding="utf-8"))
    assert manifest["fingerprint"] == session["outputs"]["fingerprint"]


def test_our_own_control_plane_is_the_same_pushed_by_either(
    supabase_cli: SupabaseCli, database: Database, tmp_path: Path
) -> None:
    # The CLI keeps notes in the folder it works in.
    shutil.copytree(REPOSITORY / "supabase", tmp_path / "supabase")
    copy = f"{database.name}_cli"
    database.cluster.create_database(copy)
    try:
        by_cli = Database(database.cluster, copy)
        push(supabase_cli, by_cli, tmp_path)
        migrations.push(database.dsn(), REPOSITORY / "supabase", seed=False)
        assert measured(by_cli) == measured(database)
    finally:
        database.cluster.drop_database(copy)


async def test_a_session_without_environment_is_not_exported(
    control_dsn: str, build_session: Session, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHITECT_DATABASE_URL", control_dsn)
    with pytest.raises(InputError, match="has no environment") as raised:
        await export.collect(build_session.id)
    assert f"architect retry {build_session.id}" in (raised.value.hint or "")


TRICKY = r"""
-- A comment, then a table; with a semicolon in it.
create table public.odd (id int primary key, "semi;colon" text default 'a;b' /* ; /* nested ; */ ; */) -- odd;
;
create function public.quoted() returns text language plpgsql set search_path = '' as $body$
begin
  -- it's; fine
  return $in$ ; 'x' -- ; $in$;
end $body$;
create function public.atomic(n int) returns int language sql immutable
begin atomic;
  select case when n > 0 then n else -n end;
end;
comment on table public.odd is E'it\'s; --not a comment';
create view public.seen with (security_invoker = on) as select id, "semi;colon" from public.odd -- the end
"""


async def test_statements_that_are_hard_to_cut_survive_the_cli(
    platform: Platform, branch: str, supabase_cli: SupabaseCli, database: Database, tmp_path: Path
) -> None:
    async with tools(platform) as t:
        for name, text in (("tricky", TRICKY), ("Ünïcode näme; drop", "create table public.plain (id int)")):
            await t.mcp.call("apply_migration", {"project_id": branch, "name": name, "query": text})
        entries = await ledger.read(t.mcp, branch)
    files = {f"supabase/migrations/{file_name(entry)}": entry.sql for entry in entries}
    folder.write(tmp_path / "out", {**files, "supabase/config.toml": config("odd", [])}, force=False)
    push(supabase_cli, database, tmp_path / "out")
    assert measured(database) == measured(Database(database.cluster, f"env_{branch}"))
    with database.connect() as connection:
        statements = connection.execute(
            "select statements from supabase_migrations.schema_migrations"
        ).fetchone()
        assert statements is not None
        assert len(statements[0]) == len(entries[0].statements) == 5


def test_a_migration_recorded_as_one_text_is_written_in_single_statements() -> None:
    whole = ledger.Entry("20260101000000", "whole", (TRICKY,))
    assert len(whole.pieces) == 5
    assert split(whole.sql) == whole.pieces
    assert ledger.Entry("20260101000001", None, ("-- nothing;", "select 1; -- end")).pieces == ["select 1"]


@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_ours_is_never_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError):
        folder.write(tmp_path, {"README.md": "x"}, force=force)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_file_name_that_leaves_the_folder_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(InputError, match="leaves"):
        folder.write(target, {"README.md": "x", "supabase/functions/a/../../../../evil": "x"}, force=False)
    assert list(tmp_path.iterdir()) == []
