"""``architect users``: who is added can sign in and sees the tenant; who is removed can and does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from architect.cli.main import app
from architect.errors import InputError, NotFound
from tests.fixtures.stack import Stack

pytestmark = pytest.mark.stack
EMAIL = "ada@example.com"
TENANT = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def control(stack: Stack) -> dict[str, str]:
    """URL and keys of the control plane's project."""
    headers = {"authorization": f"Bearer {stack.state.management_token}"}
    address = f"http://127.0.0.1:{stack.state.platform_port}/platform/control"
    found: dict[str, str] = httpx.get(address, headers=headers, trust_env=False).raise_for_status().json()
    return found


Users = Callable[..., Any]


@pytest.fixture
def users(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Users:
    """Runs ``architect users ... --json`` in this process and reads what it prints. Raises what it raises."""
    monkeypatch.setenv("ARCHITECT_HOME", str(stack.home))

    def run(*arguments: str, input: str | None = None) -> Any:
        done = CliRunner().invoke(app, ["users", *arguments, "--json"], input=input, catch_exceptions=False)
        return json.loads(done.stdout)

    return run


def sign_in(control: dict[str, str], password: str) -> httpx.Response:
    return httpx.post(
        f"{control['url']}/auth/v1/token", params={"grant_type": "password"}, trust_env=False, timeout=60,
        headers={"apikey": control["publishable_key"]}, json={"email": EMAIL, "password": password},
    )  # fmt: skip


def memberships(control: dict[str, str], token: str, user: str) -> Any:
    headers = {"apikey": control["publishable_key"], "authorization": f"Bearer {token}"}
    address = f"{control['url']}/rest/v1/tenant_members"
    mine = {"select": "tenant_id,role", "user_id": f"eq.{user}"}
    return httpx.get(address, params=mine, headers=headers, trust_env=False).json()


def listed(users: Users) -> Any:
    """The entry of our own user: others share the stack."""
    return next((one for one in users("list") if one["email"] == EMAIL), None)


def test_the_life_of_a_member(stack: Stack, control: dict[str, str], users: Users) -> None:
    shown = stack.architect("users", "add", EMAIL)
    assert shown.returncode == 0, shown.stderr
    assert f"{EMAIL} added, role member" in shown.stdout
    password = shown.stdout.split("password", 1)[1].split()[0]
    session = sign_in(control, password).raise_for_status().json()
    me = (control, session["access_token"], session["user"]["id"])
    assert memberships(*me) == [{"tenant_id": TENANT, "role": "member"}]

    again = users("add", EMAIL.upper(), "--role", "owner")
    assert (again["role"], again["created"], again["password"]) == ("owner", False, None)
    changed = users("add", EMAIL, "--password-stdin", input="another horse\n")
    assert (changed["role"], changed["id"], changed["password"]) == ("owner", session["user"]["id"], None)
    assert sign_in(control, password).status_code == 400
    assert sign_in(control, "another horse").status_code == 200
    entry = listed(users)
    assert (entry["role"], entry["lastSignIn"] is None) == ("owner", False)
    assert EMAIL in CliRunner().invoke(app, ["users", "list"]).stdout

    assert users("remove", EMAIL) == {"email": EMAIL, "accountDeleted": True}
    assert sign_in(control, "another horse").status_code == 400
    assert memberships(*me) == []
    assert listed(users) is None


def test_what_cannot_be_is_said(users: Users) -> None:
    for arguments, input, error in [
        (("add", "ada"), None, InputError),
        (("add", EMAIL, "--role", "king"), None, InputError),
        (("add", EMAIL, "--password-stdin"), "short\n", InputError),
        (("remove", "nobody@example.com"), None, NotFound),
    ]:
        with pytest.raises(error):
            users(*arguments, input=input)
