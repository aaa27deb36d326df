"""supabase-js, under Deno, finds in Realtime what it finds on the hosted platform, in both versions."""

from __future__ import annotations

from tests.conformance.deno import drive_js
from tests.conformance.environment import HERE
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform


def test_supabase_js(platform: Platform, branch: str, drive: Drive) -> None:
    platform.sql(branch, (HERE / "realtime.sql").read_text())
    assert len(drive_js("realtime_js.ts", platform, branch, drive, "supabase-js realtime")) >= 40
