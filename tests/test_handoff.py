"""``architect keys`` and ``architect delete``, and what a build hands out by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from architect.errors import InputError, ProvisionError
from architect.handoff import keys as handoff
from architect.provision.management import ManagementClient
from architect.provision.platform import Platform
from architect.sessions import ControlPlane, Session
from architect.sessions.keys import SessionKey
from architect.settings import HOSTED_ENVIRONMENT_URL
from tests.fixtures.examples import Examples
from tests.fixtures.platform import Platform as Server
from tests.fixtures.stack import Stack


def read(url: str, key: str, path: str = "/rest/v1/listings") -> int:
    headers = {"apikey": key, "authorization": f"Bearer {key}"}
    return httpx.get(f"{url}{path}", headers=headers, timeout=30, trust_env=False).status_code


def test_a_scope_that_makes_no_sense_is_refused() -> None:
    user = uuid4()
    agent: dict[str, Any] = {"purpose": "agent"}
    for scope, local, said in (
        ({**agent, "role": "service_role"}, True, "never handed out"),
        ({**agent, "role": "anon", "subject": user}, True, "Leave out --role"),
        ({"read_only": True}, True, "--for agent"),
        ({"subject": user, "role": "authenticated"}, True, "--for agent"),
        ({**agent, "services": ("kernel",)}, True, "rest"),
        ({**agent, "services": ("functions",), "read_only": True}, True, "nobody can tell"),
        ({**agent, "services": ("rest",)}, False, "Leave out --services"),
        ({**agent, "read_only": True}, False, "Leave out --services"),
    ):
        with pytest.raises(InputError) as refused:
            handoff.Scope(**scope).checked(local=local)
        assert said in f"{refused.value.message} {refused.value.hint}", scope
    for scope in (agent, {**agent, "role": "authenticated", "subject": user}, {}):
        assert handoff.Scope(**scope).checked(local=False)


async def test_a_key_nobody_has_seen_is_found_and_taken_back(
    control_plane: ControlPlane, build_session: Session, platform: Server, branch: str
) -> None:
    """Killed between the platform's answer and the note of it; or expired where no key expires by itself."""
    token = SecretStr(platform.token)
    where = Platform(platform.api_url, token, "org", platform.workspace_ref, HOSTED_ENVIRONMENT_URL)
    async with ManagementClient(where) as management:

        async def begin(name: str, ref: str, ends: datetime | None) -> tuple[SessionKey, str]:
            scope = handoff.Scope("agent")
            record = await control_plane.key_begun(
                build_session.id, **handoff.columns(scope), ref=ref, name=name, expires_at=ends
            )
            if ref != branch:
                return record, ""
            made = await management.create_api_key(
                ref, kind="secret", name=name, description=handoff.described(record), template=scope.template
            )
            return record, str(made["id"])

        now = datetime.now(UTC)
        _, ended = await begin("ended", branch, now)
        record, live = await begin("still_live", branch, None)
        assert record.status == "unfinished"
        await control_plane.key_made(record.id, platform_id=live, prefix="sb_secret_x")
        await begin("of_nothing", "z" * 20, now)
        assert await handoff.retire_due(control_plane, management) == 2
        assert await handoff.retire_due(control_plane, management) == 0
        status = {key.name: key.status for key in await control_plane.keys(build_session.id)}
        assert status == {"ended": "expired", "still_live": "active", "of_nothing": "expired"}
        left = set(await management.described_api_keys(branch))
        assert (ended in left, live in left) == (False, True)

        environment = {"ref": branch, "url": "http://localhost"}
        built = build_session.model_copy(update={"status": "succeeded", "environment": environment})
        agent = handoff.Scope("agent")
        with pytest.raises(ProvisionError, match="already exists"):
            await handoff.issue(control_plane, management, built, agent, name="still_live")
        # What was there under that name is not ours to take back.
        assert set(await management.described_api_keys(branch)) == left
        for closed, said in (
            (build_session, "no proven environment"),
            (built.model_copy(update={"environment": None}), "was deleted"),
        ):
            with pytest.raises(InputError, match=said):
                await handoff.issue(control_plane, management, closed, agent)
        for expires in ("soon", "0s", "-1h", "1 h", "99999999d", "12345678901s", "١h"):
            with pytest.raises(InputError, match="no lifetime"):
                await handoff.issue(control_plane, management, built, agent, expires=expires)
        for name in ("No Good", "abc", "a" * 65, "fine_name\n", "x'; drop"):
            with pytest.raises(InputError, match="cannot name a key"):
                await handoff.issue(control_plane, management, built, agent, name=name)
        assert set(await management.described_api_keys(branch)) == left
        assert len(await control_plane.keys(build_session.id)) == 4


@pytest.mark.stack
def test_the_command_issues_lists_and_revokes(stack: Stack, examples: Examples) -> None:
    session = examples("marketplace")
    session_id, url = session["id"], session["outputs"]["url"]

    refused = stack.architect("keys", session_id, "issue", "--for", "agent", "--role", "service_role")
    assert (refused.returncode, "never handed out" in refused.stderr) == (2, True)
    issued = stack.architect("keys", "issue", session_id, "--for", "agent", "--expires", "10m", "--raw")
    assert issued.returncode == 0, issued.stderr
    key = issued.stdout.strip()
    assert key.startswith("sb_secret_")
    user = str(uuid4())
    scoped = ["--for", "agent", "--user", user, "--read-only", "--services", "rest,auth", "--json"]
    second = json.loads(stack.architect("keys", session_id, "issue", *scoped).stdout)
    assert (second["role"], second["user"], second["readOnly"]) == ("authenticated", user, True)
    public = stack.architect("keys", "issue", session_id, "--for", "frontend")
    assert "Shown only now" in public.stdout
    shown = next(word for word in public.stdout.split() if word.startswith("sb_publishable_"))
    assert [read(url, k) for k in (key, second["key"], shown)] == [200, 200, 200]
    assert read(url, second["key"], "/storage/v1/bucket") == 403

    listed = stack.architect("keys", session_id, "--json")
    records = json.loads(listed.stdout)
    assert [(r["for"], r["status"]) for r in records] == [
        ("agent", "active"), ("agent", "active"), ("frontend", "active")
    ]  # fmt: skip
    kept = json.dumps(stack.rows("select * from session_keys"), default=str)
    assert shown.startswith(records[2]["prefix"])
    assert len(records[2]["prefix"]) == len("sb_publishable_") + 5
    told = listed.stdout + stack.architect("keys", session_id).stdout + kept
    assert not [k for k in (key, second["key"], shown) if k in told]
    logs = [log.read_text(errors="replace") for log in (stack.home / "logs").glob("*.log")]
    assert not [k for k in (key, second["key"]) if any(k in text for text in logs)]

    assert stack.architect("keys", "revoke", session_id, records[0]["id"][:8]).returncode == 0
    assert [read(url, k) for k in (key, second["key"])] == [401, 200]
    assert stack.architect("keys", session_id, "revoke", "all").stdout.startswith("Revoked 2")
    assert [read(url, k) for k in (second["key"], shown)] == [401, 401]
    records = json.loads(stack.architect("keys", "list", session_id, "--json").stdout)
    assert [r["status"] for r in records] == ["revoked"] * 3
    # The build's own keys are none of these.
    assert read(url, session["outputs"]["publishableKey"]) == 200


@pytest.mark.stack
def test_outputs_hold_only_what_a_browser_may_have(stack: Stack, examples: Examples) -> None:
    keys = "select secret_key, service_role_key, jwt_secret from environments"
    opaque = "select api_key from api_keys where type = 'secret'"
    rows = stack.rows(keys, database="platform") + stack.rows(opaque, database="platform")
    secret = [value for row in rows for value in row.values()]
    secret += [*stack.state.passwords.values(), stack.state.management_token]
    for name in ("marketplace", "saas", "clinic"):
        outputs = examples(name)["outputs"]
        text = json.dumps(outputs)
        assert outputs["publishableKey"] in text
        assert not [value[:8] for value in secret if value in text], name
        assert not [
            sign for sign in ("sb_secret_", "eyJ", "sbp_", "postgres://", "postgresql://") if sign in text
        ]
