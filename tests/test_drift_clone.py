"""The scratch server, the proof of a fix, and what the probe says about who can do what."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.read import read
from architect.catalog.facts.reader import DsnReader
from architect.catalog.facts.snapshot import Key, Snapshot
from architect.drift.check import with_fixes
from architect.drift.clone import Scratch, ScratchUnavailable, slot
from architect.drift.clone import scratch as scratch_module
from architect.drift.compare import drift
from architect.drift.model import Alert, Finding, Fix
from architect.drift.prove import prove

BASE = Path(__file__).parent / "drift" / "base.sql"
HOLDER = """
import sys, time
from pathlib import Path
from architect.drift.clone import Scratch
with Scratch(root=Path(sys.argv[1])) as scratch:
    with scratch.connect() as conn:
        print(conn.execute("select current_setting('data_directory')").fetchone()[0], flush=True)
        time.sleep(600)
"""


class Guarded:
    """A guarded database on a server of its own, its baseline, and clones of it that drift."""

    def __init__(self, server: Scratch) -> None:
        self.server = server
        with server.connect() as conn:
            conn.execute("create role tester superuser login")
        self._create("base", "template0")
        self.run("base", BASE.read_text())
        self.baseline = Baseline.of(self.facts("base"))

    def _create(self, name: str, template: str) -> None:
        self.server.drop_database(name)
        self.server.create_database(name, template)
        with self.server.connect() as conn:
            conn.execute(f"alter database {name} owner to tester".encode())
            conn.execute(f"revoke all on database {name} from public".encode())

    def run(self, database: str, script: str) -> None:
        with self.server.connect(database, "tester") as conn:
            conn.execute(script.encode())

    def facts(self, database: str) -> Snapshot:
        with DsnReader(self.server.dsn(database, "tester")) as reader:
            return read(reader)

    def drifted(self, *changes: str) -> tuple[Snapshot, list[Finding]]:
        """The facts after ``changes`` and the findings with their fixes."""
        self._create("drifted", "base")
        self.run("drifted", ";\n".join(changes))
        found = self.facts("drifted")
        expected = self.baseline.snapshot
        findings = with_fixes(drift(expected, found), expected, found)
        return found, findings


def with_fix(finding: Finding, fix: Fix | None) -> Finding:
    return replace(finding, alert=finding.alert.model_copy(update={"fix": fix}))


@pytest.fixture(scope="module")
def slots(architect_home: Path) -> Path:
    """The folder that all scratch servers of this module share, as those of one user do."""
    root = architect_home / "scratch"
    root.mkdir(mode=0o711, exist_ok=True)
    return root


@pytest.fixture(scope="module")
def guarded(slots: Path) -> Iterator[Guarded]:
    with Scratch(root=slots) as server:
        yield Guarded(server)


def sentences(findings: list[Finding]) -> dict[str, str | None]:
    """What is said of each alert: its witness, or "latent", by its type and resource."""
    return {f"{f.alert.type} {f.alert.resource.name}": said(f.alert) for f in findings}


def said(alert: Alert) -> str | None:
    return alert.witness.sentence if alert.witness else "latent" if alert.latent else None


def test_every_fix_is_proven_and_every_opening_has_a_witness(guarded: Guarded) -> None:
    told: list[str] = []
    found, findings = guarded.drifted(
        "alter table public.tasks disable row level security",
        'alter policy "owner writes" on public.documents using (owner_id = (select auth.uid()))',
        'alter policy "author writes" on public.comments with check (true)',
        'drop policy "own vehicles" on public.vehicles',
        "grant select (secret_note) on public.documents to anon",
        "grant select on public.countries to reporting with grant option",
        "grant truncate on public.drafts to authenticated",
        "grant insert on public.invoices to authenticated",
        "alter table public.profiles add column nickname text",
        "drop index public.tasks_owner_idx",
        "drop extension unaccent",
        "update storage.buckets set public = true where id = 'documents'",
        "grant usage on schema private to anon",
        "grant execute on function private.purge_audit() to anon",
        "grant select on public.org_stats to anon",
    )
    done = prove(guarded.baseline, found, findings, progress=told.append)
    assert [f.alert.id for f in done] == [f.alert.id for f in findings]
    unproven = [
        (f.alert.type, f.alert.fix and f.alert.fix.proof)
        for f in done
        if not (f.alert.fix and f.alert.fix.proven)
    ]
    assert unproven == []
    proof = done[0].alert.fix.proof if done[0].alert.fix else None
    assert proof is not None
    assert proof.differing == 0
    assert proof.compared > 400
    assert proof.source
    words = sentences(done)
    assert words["rls_disabled tasks"] == (
        "User A can now read row 2 of public.tasks (user B's, org 2, project 2), and 3 more."
    )
    assert "set status of row" in str(words["policy_weakened documents.owner writes"])
    assert words["policy_weakened comments.author writes"] == (
        "User A can now insert rows into public.comments in the name of somebody else."
    )
    assert str(words["policy_missing vehicles.own vehicles"]).startswith("User A can no longer read row 1")
    assert "latent" in [
        said(f.alert) for f in done if f.alert.resource.name.startswith("documents.secret_note")
    ]
    assert any("empty public.drafts" in str(text) for text in words.values())
    assert (
        words["grant_added purge_audit()"]
        == "Anybody with the public key can now call private.purge_audit()."
    )
    assert (
        words["grant_added org_stats"]
        == "Anybody with the public key can now read 2 rows of public.org_stats."
    )
    assert any("building a clone" in step for step in told)


def test_who_somebody_is_opens_every_table(guarded: Guarded) -> None:
    """Roles belong to the whole server: both clones have them as they were, and the guarded one again."""
    try:
        found, findings = guarded.drifted(
            "alter role authenticated bypassrls", "grant pg_read_all_data to anon"
        )
    finally:
        guarded.run("base", "alter role authenticated nobypassrls; revoke pg_read_all_data from anon")
    done = prove(guarded.baseline, found, findings)
    assert all(f.alert.fix is not None and f.alert.fix.proven for f in done)
    words = " ".join(str(said(f.alert)) for f in done)
    assert "User A can now read row" in words
    assert "Anybody with the public key as pg_read_all_data can now read row 1 of private.cache" in words


def test_a_fix_that_fails_or_harms_is_not_proven(guarded: Guarded) -> None:
    found, (finding,) = guarded.drifted("alter table public.tasks disable row level security")
    assert finding.alert.fix is not None
    fixes = {
        "select 1": "it leaves table public.tasks",
        "alter table public.nothing enable row level security": 'relation "public.nothing" does not exist',
        f'{finding.alert.fix.sql} drop policy "owner all" on public.tasks': (
            "it also changes policy public.tasks.owner all"
        ),
    }
    wrong = [
        with_fix(
            replace(finding, alert=finding.alert.model_copy(update={"id": str(number)})),
            finding.alert.fix.model_copy(update={"sql": script}),
        )
        for number, script in enumerate(fixes)
    ]
    done = prove(guarded.baseline, found, wrong)
    assert [f.alert.fix and f.alert.fix.proven for f in done] == [False, False, False]
    proofs = [f.alert.fix.proof for f in done if f.alert.fix is not None]
    assert [proof and proof.why_not for proof in proofs] == list(fixes.values())


def test_functions_of_the_clone_gain_nothing(guarded: Guarded, architect_home: Path) -> None:
    """Drifted helpers that try to become everybody they can think of, and to start a program."""
    folder = architect_home / "reached"
    folder.mkdir()
    folder.chmod(0o777)
    mark = folder / "mark"
    evil = f"""declare become text; begin
      foreach become in array array['none', 'tester', 'vibe_scratch'] loop
        begin execute 'set ' || 'role ' || become; exception when others then null; end;
        begin execute 'copy (select 1) to pro' || 'gram ' || quote_literal('touch {mark}');
        exception when others then null; end;
      end loop;
      return true; end"""
    helper = (
        "create or replace function private.{}(target uuid) returns boolean language plpgsql {} as $e${}$e$"
    )
    found, findings = guarded.drifted(
        helper.format("is_org_admin", "volatile security invoker", evil),
        helper.format(
            "is_org_member", "stable security definer", "begin return private.is_org_admin(target); end"
        ),
        # The server evaluates this default at once, with the rights of whoever runs the statement.
        "alter table public.profiles add column fine boolean default private.is_org_member(null)",
    )
    assert mark.exists()  # they do what they say where a superuser calls them: the test would notice
    mark.unlink()
    done = prove(guarded.baseline, found, findings)
    assert not mark.exists()
    assert any("can now" in str(said(f.alert)) for f in done)
    proofs = [f.alert.fix.proof for f in done if f.alert.fix and f.alert.fix.proof]
    assert any("with the rights of a superuser" in " ".join(proof.missing) for proof in proofs)


def test_what_a_clone_cannot_hold_is_said(guarded: Guarded) -> None:
    """Facts of a database with parts that the scratch server does not have."""
    snapshot = guarded.baseline.snapshot
    key = Key("function", "private", "is_org_member(uuid)")
    foreign = replace(snapshot.facts[key], detail={**snapshot.facts[key].detail, "language": "plpython3u"})
    before = Baseline.of(replace(snapshot, facts={**snapshot.facts, key: foreign}))
    drifted = replace(foreign, detail={**foreign.detail, "body": "return True"})
    found = replace(snapshot, facts={**snapshot.facts, key: drifted})
    findings = with_fixes(drift(before.snapshot, found), before.snapshot, found)
    (done,) = [f for f in prove(before, found, findings) if key in f.keys]
    assert done.alert.fix is not None
    assert not done.alert.fix.proven
    assert done.alert.fix.proof is not None
    assert "plpython3u is not run in a clone" in " ".join(done.alert.fix.proof.missing)


def test_no_scratch_server_is_no_error(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    found, findings = guarded.drifted("alter table public.tasks disable row level security")
    monkeypatch.setattr(slot, "SLOTS", 0)
    (done,) = prove(guarded.baseline, found, findings)
    assert done.alert.fix is not None
    assert done.alert.fix.proof is not None
    assert not done.alert.fix.proven
    assert "in use" in str(done.alert.fix.proof.why_not)


def test_each_holder_has_a_server_of_its_own(slots: Path) -> None:
    with Scratch("a", slots) as one, Scratch("a", slots) as two:
        with one.connect() as conn:
            conn.execute("create role only_here")
            assert conn.execute("select current_setting('listen_addresses')").fetchone() == ("",)
        with two.connect() as conn:
            assert conn.execute("select 1 from pg_roles where rolname = 'only_here'").fetchone() is None
        folders = list(slots.glob("*/s"))
        assert len(folders) >= 2
        assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
        one.create_database("kept")
        one.keep("a")
    with Scratch("a", slots) as again:
        assert again.reused
        with again.connect("kept") as conn:
            assert conn.execute("select 1 from pg_roles where rolname = 'only_here'").fetchone() == (1,)
    with Scratch("a", slots) as fresh:  # whoever does not say "keep" leaves nothing
        assert not fresh.reused
        with pytest.raises(psycopg.OperationalError):
            fresh.connect("kept")


def test_a_killed_holder_leaves_nothing_running(slots: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(slots)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    data = Path(holder.stdout.readline().strip())
    server = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    deadline = time.monotonic() + 60
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.is_running()
    with Scratch(root=slots) as scratch, scratch.connect() as conn:
        assert conn.execute("select current_setting('data_directory')").fetchone() == (str(data),)


def test_a_server_that_does_not_start_says_why(slots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scratch_module.SETTINGS, "shared_buffers", "nonsense")
    with pytest.raises(ScratchUnavailable, match="shared_buffers"), Scratch(root=slots):
        pass
