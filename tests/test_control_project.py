"""Where the control plane's own project is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from architect.control_project import control_project
from architect.errors import InputError, PlatformError, PlatformNotRunning
from architect.settings import Connections, Settings
from tests.fixtures.platform import Platform

SECRET = "sb_secret_canary0123456789_abcdef02"
HOSTED = Connections(
    database_url="postgresql://h/db",
    api_url="https://api.supabase.com",
    access_token="sbp_0123456789012345678901234567890123456789",
    organization_id="org",
    project_ref="abcdefghijklmnopqrst",
    environment_url_template="https://{ref}.supabase.co",
    prefect_api_url="http://prefect/api",
    home=Path("/nowhere"),
)


async def test_the_settings_name_a_hosted_project() -> None:
    named = Settings(
        control_url="https://ref.supabase.co/",
        control_publishable_key="sb_publishable_x",
        control_secret_key=SECRET,
    )
    found = await control_project(HOSTED, named)
    assert (found.url, found.secret_key, found.jwt_secret) == ("https://ref.supabase.co", SECRET, None)
    assert found.jwks_url == "https://ref.supabase.co/auth/v1/.well-known/jwks.json"
    assert SECRET not in repr(found)
    signed = await control_project(
        HOSTED, named.model_copy(update={"control_jwt_secret": named.control_secret_key})
    )
    assert (signed.jwt_secret, signed.jwks_url) == (SECRET, None)


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(InputError, match="not configured"):
        await control_project(HOSTED, Settings())
    with pytest.raises(InputError) as refused:
        await control_project(HOSTED, Settings(control_url="https://ref.supabase.co"))
    assert "ARCHITECT_CONTROL_PUBLISHABLE_KEY and ARCHITECT_CONTROL_SECRET_KEY" in str(refused.value.hint)


async def test_the_embedded_platform_tells(platform: Platform) -> None:
    here = replace(HOSTED, api_url=platform.api_url, access_token=platform.token)
    found = await control_project(here, Settings())
    assert found.url == platform.env_url(platform.state.control_ref)
    assert found.publishable_key.startswith("sb_publishable_")
    assert found.secret_key.startswith("sb_secret_")
    assert found.jwt_secret
    assert found.jwt_secret not in repr(found)
    with pytest.raises(PlatformError):
        await control_project(replace(here, access_token="sbp_wrong"), Settings())
    with pytest.raises(PlatformNotRunning):
        await control_project(replace(here, api_url="http://127.0.0.1:9"), Settings())
