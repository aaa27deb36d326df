"""supabase-js, under Deno, meets what it meets on the hosted platform: REST, Auth, Storage and functions."""

from __future__ import annotations

from tests.conformance.deno import drive_js
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform


def test_supabase_js(platform: Platform, environment: str, drive: Drive) -> None:
    assert len(drive_js("supabase_js.ts", platform, environment, drive, "supabase-js")) >= 40
