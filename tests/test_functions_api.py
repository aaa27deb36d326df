"""Edge functions over the Management API, as its clients deploy, bundle, fetch and prune them."""

from __future__ import annotations

import concurrent.futures
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.platform import Platform
from tests.fixtures.supabase_cli import SupabaseCli

ANSWER = "Deno.serve(() => new Response({}));"


@pytest.fixture
def profile(platform: Platform, tmp_path: Path) -> dict[str, str]:
    """What makes the CLI speak to this platform."""
    url = platform.api_url
    settings = {
        "name": "local",
        "api_url": url,
        "dashboard_url": url,
        "docs_url": url,
        "project_host": "localhost",
    }
    file = tmp_path / "profile.yaml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    return {"SUPABASE_ACCESS_TOKEN": platform.token, "SUPABASE_PROFILE": str(file)}


def test_bundles_go_live_together(platform: Platform, branch: str) -> None:
    key = platform.keys(branch)["anon"]
    platform.deploy(branch, "one", {"index.ts": ANSWER.format("'old'")})
    with platform.client() as api:
        functions = f"/projects/{branch}/functions"
        staged = [_bundle(api, branch, slug, f"'{slug}'") for slug in ("one", "two")]
        assert [(s["slug"], s["version"]) for s in staged] == [("one", 2), ("two", 1)]
        # Nothing is live yet.
        assert platform.call(branch, "one", key).text == "old"
        assert [f["slug"] for f in api.get(functions).json()] == ["one"]
        unknown = {**staged[1], "slug": "three"}
        refused = api.put(functions, json=[staged[0], unknown])
        assert (refused.status_code, "bundleOnly" in refused.json()["message"]) == (400, True)
        assert platform.call(branch, "one", key).text == "old"
        live = api.put(functions, json=staged)
        assert live.status_code == 200
        assert [(f["slug"], f["version"], f["id"]) for f in live.json()["functions"]] == [
            (s["slug"], s["version"], s["id"]) for s in staged
        ]
        assert [platform.call(branch, slug, key).text for slug in ("one", "two")] == ["one", "two"]
        # The same again changes nothing; a function that is not named stays; a removed one is not served.
        again = api.put(functions, json=[staged[0]]).json()["functions"]
        assert [f["version"] for f in again] == [2, 1]
        api.put(functions, json=[{**staged[1], "status": "REMOVED"}])
        assert platform.call(branch, "two", key).status_code == 404
        twice = api.put(functions, json=[staged[0], staged[0]])
        assert twice.status_code == 400


def test_one_file_functions_and_their_source(platform: Platform, branch: str) -> None:
    key = platform.keys(branch)["anon"]
    with platform.client() as api:
        functions = f"/projects/{branch}/functions"
        body = {"slug": "small", "name": "Small", "body": ANSWER.format("'first'"), "verify_jwt": False}
        made = api.post(functions, json=body)
        assert (made.status_code, made.json()["verify_jwt"], made.json()["name"]) == (201, False, "Small")
        assert platform.call(branch, "small").text == "first"
        twice = api.post(functions, json=body)
        assert (twice.status_code, twice.json()) == (400, {"message": "Duplicated function slug"})
        changed = api.patch(
            f"{functions}/small", json={"body": ANSWER.format("'second'"), "verify_jwt": True}
        )
        assert (changed.json()["version"], changed.json()["verify_jwt"]) == (2, True)
        assert platform.call(branch, "small", key).text == "second"
        eszip = {"content-type": "application/vnd.denoland.eszip"}
        for answer in (
            api.post(functions, content=b"ESZIP2.3", headers=eszip),
            api.patch(f"{functions}/small", content=b"ESZIP2.3", headers=eszip),
            api.patch(f"{functions}/small", content=b"[1]"),
            api.patch(f"{functions}/small", content=b"{"),
        ):
            assert (answer.status_code, set(answer.json())) == (400, {"message"})
        assert (
            api.get(f"{functions}/small/body", headers={"accept": eszip["content-type"]}).status_code == 406
        )
        source = api.get(f"{functions}/small/body", headers={"accept": "multipart/form-data"})
        assert ANSWER.format("'second'") in source.text


def test_deploys_at_once_do_not_mix(platform: Platform, branch: str) -> None:
    key = platform.keys(branch)["anon"]

    def deploy(number: int) -> httpx.Response:
        lines = f"import {{ part }} from './part.ts'; {ANSWER.format(f'`{number} ${{part}}`')}"
        files = {"index.ts": lines, "part.ts": f"export const part = {number};"}
        return platform.deploy(branch, "busy", files | {f"only-{number}.ts": ""})

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deploy, range(6)))
        texts = list(pool.map(lambda _: platform.call(branch, "busy", key).text, range(6)))
    assert {a.status_code for a in answers} == {201}
    assert sorted(a.json()["version"] for a in answers) == [1, 2, 3, 4, 5, 6]
    assert all(first == second for first, second in (text.split() for text in texts)), texts
    with platform.client() as api:
        assert api.get(f"/projects/{branch}/functions/busy").json()["version"] == 6
        assert api.get(f"/projects/{branch}/functions/busy/body").text.count("filename=") == 3


def test_the_cli_deploys_prunes_and_fetches(
    platform: Platform, branch: str, supabase_cli: SupabaseCli, profile: dict[str, str], tmp_path: Path
) -> None:
    key = platform.keys(branch)["anon"]
    folder = tmp_path / "supabase"
    sources = {
        "functions/one/index.ts": f"import {{ who }} from '../_shared/who.ts'; {ANSWER.format('who')}",
        "functions/_shared/who.ts": "export const who = 'shared';",
        "functions/two/index.ts": f"import {{ who }} from 'lib'; {ANSWER.format('who')}",
        "functions/two/deno.json": '{"imports": {"lib": "./who.ts"}}',
        "functions/two/who.ts": "export const who = 'mapped';",
        "config.toml": 'project_id = "p"\n[functions.two]\nverify_jwt = false\n',
    }
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    platform.deploy(branch, "stale", {"index.ts": ANSWER.format("'stale'")})
    target = ("--project-ref", branch, "--yes")
    supabase_cli.run("functions", "deploy", "--use-api", "--prune", *target, cwd=tmp_path, env=profile)
    assert platform.call(branch, "one", key).text == "shared"
    assert platform.call(branch, "two").text == "mapped"
    with platform.client() as api:
        listed = {f["slug"]: f["verify_jwt"] for f in api.get(f"/projects/{branch}/functions").json()}
    assert listed == {"one": True, "two": False}
    fetched = tmp_path / "fetched"
    (fetched / "supabase").mkdir(parents=True)
    (fetched / "supabase/config.toml").write_text('project_id = "q"\n')
    for slug in listed:
        supabase_cli.run("functions", "download", slug, "--use-api", *target[:2], cwd=fetched, env=profile)
    for name in (
        "functions/one/index.ts",
        "functions/two/index.ts",
        "functions/two/who.ts",
        "functions/_shared/who.ts",
    ):
        assert (fetched / "supabase" / name).read_text() == sources[name], name
    supabase_cli.run("functions", "delete", "one", *target, cwd=tmp_path, env=profile)
    assert platform.call(branch, "one", key).status_code == 404


def test_import_map_may_have_comments(platform: Platform, branch: str) -> None:
    key = platform.keys(branch)["anon"]
    settings = '{ // with "quotes"\n "imports": { "lib": "./a//b.ts", /* twice */ }, }'
    files = {
        "index.ts": f"import {{ who }} from 'lib'; {ANSWER.format('who')}",
        "a/b.ts": "export const who = 'commented';",
        "deno.jsonc": settings,
    }
    assert platform.deploy(branch, "noted", files).status_code == 201
    assert platform.call(branch, "noted", key).text == "commented"
    clash = platform.deploy(branch, "clash", {"index.ts": "", "index.ts/x.ts": ""})
    assert (clash.status_code, "is a file" in clash.json()["message"]) == (400, True)


def _bundle(api: httpx.Client, ref: str, slug: str, answer: str) -> Any:
    described = json.dumps({"name": slug, "entrypoint_path": "index.ts", "verify_jwt": True})
    parts = [
        ("metadata", ("blob", described, "application/json")),
        ("file", ("index.ts", ANSWER.format(answer), "application/typescript")),
    ]
    params = {"slug": slug, "bundleOnly": "true"}
    made = api.post(f"/projects/{ref}/functions/deploy", params=params, files=parts)
    assert made.status_code == 201, made.text
    return made.json()
