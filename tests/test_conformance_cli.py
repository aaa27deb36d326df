"""The real Supabase CLI works against this platform as against the hosted one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.cli import MIGRATION, SOURCE, Cli, Failed
from tests.conformance.report import Client, Drive
from tests.fixtures.platform import Platform
from tests.fixtures.supabase_cli import SupabaseCli

CHANGE = "alter table public.notes add column done boolean not null default false"


@pytest.fixture
def cli(platform: Platform, supabase_cli: SupabaseCli, tmp_path: Path) -> Cli:
    """The CLI in an initialised project."""
    made = Cli(supabase_cli, platform, tmp_path)
    made.init()
    return made


@pytest.fixture
def undo(platform: Platform) -> Iterator[ExitStack]:
    """Removes what a failed test left behind."""
    with ExitStack() as stack:
        yield stack


def test_account_and_branches(platform: Platform, cli: Cli, drive: Drive, undo: ExitStack) -> None:
    op = drive("Supabase CLI", cli.version)
    api, workspace = undo.enter_context(platform.client()), platform.workspace_ref
    with op("orgs list"):
        organizations = cli.json("orgs", "list")["organizations"]
        assert platform.organization_id in [o["id"] for o in organizations]
    with op("projects create"):
        given = ("--org-id", platform.organization_id, "--region", "eu-central-1")
        project = cli.json("projects", "create", "by-cli", *given, "--db-password", "x1Y2z3A4b5C6")
        undo.callback(api.delete, f"/projects/{project['id']}")
        assert (project["name"], project["region"]) == ("by-cli", "eu-central-1")
    with op("projects list"):
        listed = {p["id"]: p["status"] for p in cli.json("projects", "list")["projects"]}
        assert listed[project["id"]] == listed[workspace] == "ACTIVE_HEALTHY"
    with op("projects api-keys"):
        keys = {
            (k["type"], k["name"]) for k in cli.json("projects", "api-keys", f"--remote={workspace}")["keys"]
        }
        assert {("legacy", "anon"), ("publishable", "default"), ("secret", "default")} <= keys
    with op("projects delete"):
        cli.json("projects", "delete", project["id"])
        assert api.get(f"/projects/{project['id']}").status_code == 404
    _branches(platform, cli, op, undo)
    with op("refuses a wrong token"), pytest.raises(Failed, match="Unauthorized"):
        Cli(cli._cli, platform, cli.folder, token="sbp_" + "0" * 40).text("projects", "list")


def _branches(platform: Platform, cli: Cli, op: Client, undo: ExitStack) -> None:
    on = ("--project-ref", platform.workspace_ref)
    api = undo.enter_context(platform.client())
    with op("branches create"):
        branch = cli.json("branches", "create", "by-cli", *on)
        undo.callback(api.delete, f"/branches/{branch['id']}")
        assert (branch["name"], branch["is_default"]) == ("by-cli", False)
        assert platform.sql(branch["project_ref"], "select 1 as one") == [{"one": 1}]
    with op("branches list"):
        names = {b["name"]: b["is_default"] for b in cli.json("branches", "list", *on)["branches"]}
        assert names["main"] is True
        assert names["by-cli"] is False
    with op("branches get"):
        shown = cli.json("branches", "get", "by-cli", *on)
        assert shown["SUPABASE_ANON_KEY"] == platform.keys(branch["project_ref"])["anon"]
        assert shown["POSTGRES_URL"].startswith("postgresql://")
        with pytest.raises(Failed, match="404"):
            cli.text("branches", "get", "nobody", *on)
    with op("branches update"):
        assert cli.json("branches", "update", "by-cli", "--name", "renamed", *on)["name"] == "renamed"
    with op("branches delete"):
        cli.json("branches", "delete", "renamed", *on)
        assert api.get(f"/branches/{branch['id']}").status_code == 404


def test_migrations_and_database(
    platform: Platform, cli: Cli, drive: Drive, branch: str, undo: ExitStack
) -> None:
    op = drive("Supabase CLI", cli.version)
    url = f"--remote={_url(platform, branch)}"
    with op("link"):
        assert cli.json("link", branch)["project_ref"] == branch
    with op("db push"):
        cli.write("migrations/20260101000000_notes.sql", MIGRATION)
        cli.text("db", "push", url, "--yes")
        policies = platform.sql(branch, "select polname from pg_policy")
        assert policies == [{"polname": "read; all"}]
        assert "up to date" in cli.text("db", "push", url, "--yes")
    with op("migration list"):
        row = next(x for x in cli.text("migration", "list", url).splitlines() if "20260101000000" in x)
        assert row.count("20260101000000") == 2
        with platform.client() as api:
            ledger = api.get(f"/projects/{branch}/database/migrations").json()
        assert ledger == [{"version": "20260101000000", "name": "notes"}]
    with op("migration fetch"):
        cli.init()
        cli.text("migration", "fetch", url, "--yes")
        fetched = cli.read("migrations/*.sql")
        assert list(fetched) == ["migrations/20260101000000_notes.sql"]
        assert '"read; all" on public.notes' in fetched["migrations/20260101000000_notes.sql"]
    _drift(platform, cli, op, branch, undo)
    _questions(platform, cli, op, branch)


def _drift(platform: Platform, cli: Cli, op: Client, branch: str, undo: ExitStack) -> None:
    api = undo.enter_context(platform.client())
    other = api.post(f"/projects/{platform.workspace_ref}/branches", json={"branch_name": "other"}).json()
    undo.callback(api.delete, f"/branches/{other['id']}")
    ref = other["project_ref"]
    ends = ("--from", _url(platform, branch), "--to", _url(platform, ref))
    with op("db diff without drift"):
        platform.sql(ref, MIGRATION)
        assert cli.json("db", "diff", *ends)["diff"] == ""
    with op("db diff of one change"):
        platform.sql(ref, CHANGE)
        found = " ".join(cli.json("db", "diff", *ends)["diff"].split())
        assert found == 'ALTER TABLE "public"."notes" ADD COLUMN "done" boolean NOT NULL DEFAULT false;'


def _questions(platform: Platform, cli: Cli, op: Client, branch: str) -> None:
    remote = f"--remote={branch}"
    with op("db query"):
        made = cli.json("db", "query", "insert into public.notes (body) values ('x') returning id", remote)
        assert made == [{"id": 1}]
        with pytest.raises(Failed, match="42P01"):
            cli.json("db", "query", "select * from public.nope", remote)
    with op("db query --read-only"):
        assert cli.json("db", "query", "select body from public.notes", remote, "--read-only") == [
            {"body": "x"}
        ]
        write = "with made as (insert into public.notes (body) values ('y') returning 1) select * from made"
        with pytest.raises(Failed, match=r"42501|25006|read-only"):
            cli.json("db", "query", write, remote, "--read-only")
        assert platform.sql(branch, "select count(*) as n from public.notes") == [{"n": 1}]
    with op("db advisors"):
        platform.sql(branch, "create table public.bare (id int primary key); grant select on bare to anon")
        found = cli.json("db", "advisors", remote, "--type", "security")["results"]
        assert ("rls_disabled_in_public", "ERROR") in {(r["name"], r["level"]) for r in found}
    with op("gen types"):
        types = cli.text("gen", "types", "--lang", "typescript", remote)
        assert '"notes": {' in types
        assert '"body": string' in types
    with op("logs"):
        errors = cli.json("logs", remote, "--service", "postgres", "--level", "error")
        assert 'relation "public.nope" does not exist' in [e["event_message"] for e in errors]


def test_functions_and_secrets(platform: Platform, cli: Cli, drive: Drive, branch: str) -> None:
    op = drive("Supabase CLI", cli.version)
    on = ("--project-ref", branch)
    with op("functions deploy --use-api"):
        for name, text in SOURCE.items():
            cli.write(f"functions/hello/{name}", text)
        cli.write("functions/open/index.ts", 'Deno.serve(() => new Response("open"));\n')
        cli.write("config.toml", 'project_id = "x"\n[functions.open]\nverify_jwt = false\n')
        cli.text("functions", "deploy", "--use-api", *on, "--yes")
        assert platform.call(branch, "hello").status_code == 401
        assert platform.call(branch, "hello", platform.keys(branch)["anon"]).text == "hello cli"
        assert platform.call(branch, "open").text == "open"
    with op("functions list"):
        listed = cli.json("functions", "list", *on)["functions"]
        assert {f["slug"]: f["verify_jwt"] for f in listed} == {"hello": True, "open": False}
    with op("functions download --use-api"):
        cli.init()
        cli.text("functions", "download", "hello", "--use-api", *on, "--yes")
        assert cli.read("functions/**/*.ts") == {f"functions/hello/{n}": t for n, t in SOURCE.items()}
    with op("functions deploy --prune"):
        cli.text("functions", "deploy", "--use-api", "--prune", *on, "--yes")
        assert [f["slug"] for f in cli.json("functions", "list", *on)["functions"]] == ["hello"]
    with op("functions delete"):
        cli.text("functions", "delete", "hello", *on, "--yes")
        assert platform.call(branch, "hello", platform.keys(branch)["anon"]).status_code == 404
    with op("secrets set"):
        cli.text("secrets", "set", "A_KEY=one", "B_KEY=two", *on, "--yes")
    with op("secrets list"):
        shown = cli.json("secrets", "list", *on)["secrets"]
        assert [s["name"] for s in shown if not s["name"].startswith("SUPABASE_")] == ["A_KEY", "B_KEY"]
        assert not {"one", "two"} & {s["value"] for s in shown}
    with op("secrets unset"):
        cli.text("secrets", "unset", "A_KEY", *on, "--yes")
        assert "A_KEY" not in [s["name"] for s in cli.json("secrets", "list", *on)["secrets"]]


def _url(platform: Platform, ref: str) -> str:
    """The connection string of a branch, as the Management API gives it."""
    with platform.client() as api:
        d = api.get(f"/branches/{ref}").json()
    return f"postgresql://{d['db_user']}:{d['db_pass']}@{d['db_host']}:{d['db_port']}/{d['db_name']}"
