"""``architect drift baseline`` and ``check`` on databases that nobody here built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from click.testing import Result
from typer.testing import CliRunner

from architect.catalog.facts.baseline import Baseline
from architect.catalog.facts.snapshot import Blind, Fact, Key, Snapshot
from architect.cli.main import app
from architect.drift import check as checks
from architect.drift.report import Outcome
from tests.fixtures.cluster import Database

VARIABLE = "ARCHITECT_DRIFT_DATABASE_URL"
PASSWORD = "Canary-of-the-URL-0123"
KEYS = {
    "id", "type", "severity", "resource", "direction", "before", "after", "reason", "witness", "latent",
    "blast_radius", "spec_chunk", "fix", "first_seen",
}  # fmt: skip
SHOP = """
create table public.orders (id bigint primary key, owner uuid, state text);
alter table public.orders enable row level security;
create policy "owner [red]reads" on public.orders for select to authenticated
  using (owner = (select auth.uid()) and state <> 'gone');
create view public.mine with (security_invoker = on) as select id from public.orders;
"""
Drift = Callable[..., Result]


@pytest.fixture
def drift(monkeypatch: pytest.MonkeyPatch) -> Drift:
    """Runs ``architect drift ...`` in this process, where no setting of the machine counts."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str | Path, input: str | None = None) -> Result:
        return CliRunner().invoke(app, ["drift", *map(str, arguments)], input=input, catch_exceptions=False)

    return run


@pytest.fixture
def shop(database: Database) -> Database:
    with database.connect("supabase_admin") as connection:
        connection.execute(SHOP)
    return database


def run_sql(database: Database, *statements: str) -> None:
    with database.connect("supabase_admin") as connection:
        for statement in statements:
            connection.execute(statement)


def document(result: Result) -> dict[str, Any]:
    """The one JSON document on stdout."""
    told: dict[str, Any] = json.loads(result.stdout)
    assert {"checked_at", "compared", "drift", "blind", "alerts"} <= told.keys()
    assert all(alert.keys() >= KEYS for alert in told["alerts"])
    return told


def test_a_database_is_recorded_and_checked(
    shop: Database, drift: Drift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, file = shop.dsn("supabase_admin"), tmp_path / "baseline.json"
    recorded = drift("baseline", "--database-url", url, "-o", file)
    assert recorded.exit_code == 0, recorded.output
    assert "facts of" in recorded.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert urlsplit(url).password not in file.read_text(encoding="utf-8") + recorded.output
    monkeypatch.setenv(VARIABLE, url)
    again = drift("baseline")
    assert json.loads(again.stdout)["facts"] == json.loads(file.read_text(encoding="utf-8"))["facts"]

    same = drift("check", "--baseline", file, "--json")
    assert same.exit_code == 0, same.output
    assert (document(same)["drift"], document(same)["alerts"]) == (False, [])
    assert "✓ no drift" in drift("check", "--baseline", file).stdout

    # The same meaning in other words is told and does not alarm.
    run_sql(
        shop,
        "alter policy \"owner [red]reads\" on orders using (state <> 'gone' and owner = (select auth.uid()))",
    )
    cosmetic = drift("check", "--baseline", file, "--json", "--no-prove")
    assert cosmetic.exit_code == 0, cosmetic.output
    assert [alert["severity"] for alert in document(cosmetic)["alerts"]] == ["info"]

    run_sql(shop, "alter table orders disable row level security", "create index on orders (state)")
    opened = drift("check", "--baseline", file, "--json", "--no-prove")
    assert opened.exit_code == 1, opened.output
    alert = document(opened)["alerts"][0]
    assert (alert["type"], alert["severity"]) == ("rls_disabled", "critical")
    assert alert["resource"] == {"kind": "table", "schema": "public", "name": "orders"}
    assert "enable row level security" in alert["fix"]["sql"]
    assert document(opened)["compared"] > 100

    shown = drift("check", "--baseline", file, "--no-prove").stdout
    assert shown.startswith("DRIFT   1 critical ")
    for part in (
        "table public.orders",
        alert["reason"][:40],
        "enable row level security;",
        f"--baseline {file}",
    ):
        assert part in shown, shown
    assert "policy public.orders.owner [red]reads" in shown
    full = drift("check", "--baseline", file, "--no-prove", "--full").stdout
    assert full.count("\n  was ") == len(document(opened)["alerts"])

    report = tmp_path / "drift.json"
    report.write_text(opened.stdout, encoding="utf-8")
    one = drift("show", report, alert["id"][:6])
    assert (one.exit_code, "enable row level security;" in one.stdout) == (0, True)
    assert json.loads(drift("show", report, alert["id"], "--json").stdout) == alert


def test_the_url_need_not_stand_in_argv(shop: Database, drift: Drift, tmp_path: Path) -> None:
    url, file, kept = shop.dsn("supabase_admin"), tmp_path / "b.json", tmp_path / "url"
    kept.write_text(f"{url}\n", encoding="utf-8")
    assert drift("baseline", "--database-url", f"@{kept}", "-o", file).exit_code == 0
    assert drift("check", "--database-url", "-", "--baseline", file, input=f"{url}\n").exit_code == 0


def test_whatever_goes_wrong_is_blind_and_never_no_drift(
    shop: Database, drift: Drift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, url = tmp_path / "good.json", shop.dsn("supabase_admin")
    assert drift("baseline", "--database-url", url, "-o", good).exit_code == 0
    parts = urlsplit(url)
    nobody = urlunsplit(parts._replace(netloc=f"nobody:{PASSWORD}@{parts.netloc.rpartition('@')[2]}"))
    closed = f"postgresql://x:{PASSWORD}@127.0.0.1:9/x"
    cut, other = tmp_path / "cut.json", tmp_path / "other.json"
    cut.write_text(good.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    other.write_text('{"format": 1}', encoding="utf-8")
    for arguments in (
        ("--baseline", good),
        ("--baseline", good, "--database-url", nobody),
        ("--baseline", good, "--database-url", closed),
        ("--baseline", good, "--database-url", f"postgresql://x:{PASSWORD}@127.0.0.1:nonsense/x"),
        ("--baseline", good, "--database-url", "mysql"),
        ("--baseline", good, "--database-url", f"@{tmp_path / 'missing'}"),
        ("--baseline", cut, "--database-url", url),
        ("--baseline", other, "--database-url", url),
        ("--baseline", tmp_path, "--database-url", url),
        ("--baseline", tmp_path / "missing.json", "--database-url", url),
        ("--database-url", url),
        ("last", "--database-url", url, "--baseline", good),
    ):
        result = drift("check", *arguments, "--json")
        assert result.exit_code == 2, (arguments, result.output)
        told = document(result)
        assert told["drift"] is True
        assert [alert["type"] for alert in told["alerts"]] == ["sentinel_blind"]
        assert set(told["error"]) == {"code", "message", "hint", "details"}
        assert told["blind"][0]["why"] == told["error"]["message"]
        plain = drift("check", *arguments)
        assert (plain.exit_code, plain.stdout[:5]) == (2, "BLIND")
        assert PASSWORD not in result.output + plain.output
    refused = drift("baseline", "--database-url", closed, "-o", tmp_path / "new.json")
    assert (refused.exit_code, (tmp_path / "new.json").exists()) == (2, False)
    assert PASSWORD not in refused.output

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checks, "drift", stop)
    stopped = drift("check", "--baseline", good, "--database-url", url, "--json")
    assert (stopped.exit_code, stopped.stdout) == (130, "")


TABLE = Fact(
    Key("table", "public", "orders"), {"owner": "postgres", "relkind": "r", "rls": True, "forced": False}
)
SEEN = Snapshot(180000, {TABLE.key: TABLE})


def test_what_is_newly_out_of_sight_counts_for_more_than_drift() -> None:
    spot = Blind("rows of cron.job", "not all of them can be seen")
    known = replace(SEEN, blind=(Blind("cast x", "not modelled"),))
    assert checks.judge(Baseline.of(known), known, prove=False).outcome is Outcome.NO_DRIFT
    blind = checks.judge(Baseline.of(known), replace(known, blind=(*known.blind, spot)), prove=False)
    assert blind.outcome is Outcome.BLIND
    assert [(alert.type, alert.resource.name) for alert in blind.alerts] == [("sentinel_blind", spot.what)]
    upgraded = checks.judge(Baseline.of(SEEN), replace(SEEN, server_version_num=190000), prove=False)
    assert upgraded.outcome is Outcome.BLIND
    patched = checks.judge(Baseline.of(SEEN), replace(SEEN, server_version_num=180003), prove=False)
    assert patched.outcome is Outcome.NO_DRIFT


def test_names_out_of_the_database_do_not_steer_the_terminal(
    shop: Database, drift: Drift, tmp_path: Path
) -> None:
    file, url = tmp_path / "baseline.json", shop.dsn("supabase_admin")
    assert drift("baseline", "--database-url", url, "-o", file).exit_code == 0
    run_sql(shop, 'create table "x\x1b]0;harm\x07\x1b[2J" (id int)', "grant select on orders to anon")
    # A process of its own, which takes its terminal for one that shows colours.
    command = [
        sys.executable,
        "-m",
        "architect.cli.main",
        "drift",
        "check",
        "--baseline",
        str(file),
        "--no-prove",
    ]
    env = {**os.environ, VARIABLE: url, "FORCE_COLOR": "1"}
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stderr) == (1, "")
    assert "harm" in told.stdout
    assert "\x1b[" in told.stdout
    assert not any(sign in told.stdout for sign in ("\x1b]0", "\x1b[2J", "\x07"))
