"""Edge functions run behind the JWT gate, see only what is theirs, and follow every deploy."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import jwt
import psutil
import pytest

from architect.embedded.platform.keys import Keys
from tests.fixtures.platform import Platform

ECHO = """
import "jsr:@supabase/functions-js/edge-runtime.d.ts";
import { shout } from "./lib/shout.ts";
Deno.serve(async (request) => {
  const url = new URL(request.url);
  return Response.json({
    method: request.method,
    path: url.pathname + url.search,
    body: shout(await request.text()),
    authorized: request.headers.has("authorization"),
    internal: [...request.headers.keys()].filter((name) => name.startsWith("x-va-")),
  });
});
"""
FILES = {"index.ts": ECHO, "lib/shout.ts": "export const shout = (text: string) => text.toUpperCase();"}


def serve(body: str) -> dict[str, str]:
    return {"index.ts": f"Deno.serve(async (request) => {{ {body} }});"}


@pytest.fixture
def service(platform: Platform, branch: str) -> str:
    return platform.keys(branch)["service_role"]


def test_call_reaches_the_function_as_on_the_hosted_platform(
    platform: Platform, branch: str, service: str
) -> None:
    deployed = platform.deploy(branch, "echo", FILES)
    assert deployed.status_code == 201, deployed.text
    answer = platform.call(branch, "echo/sub/path?q=1", service, content=b"hello")
    assert answer.json() == {
        "method": "POST",
        "path": "/echo/sub/path?q=1",
        "body": "HELLO",
        "authorized": True,
        "internal": [],
    }
    assert platform.call(branch, "echo", service, method="GET").json()["method"] == "GET"


def test_gate_lets_in_only_what_this_environment_signed(platform: Platform, branch: str) -> None:
    platform.deploy(branch, "gated", serve("return new Response('in')"))
    keys = platform.keys(branch)
    with platform.client() as api:
        secret = api.get(f"/branches/{branch}").json()["jwt_secret"]
    now = int(time.time())
    claims = {"role": "authenticated", "sub": "x", "exp": now + 60}
    other = Keys.generate("b" * 20)
    allowed = {
        "legacy anon": keys["anon"],
        "legacy service_role": keys["service_role"],
        "secret key": keys["secret"],
        "session": jwt.encode(claims, secret, "HS256"),
    }
    refused = {
        "forged": jwt.encode(claims, "x" * 64, "HS256"),
        "expired": jwt.encode({**claims, "exp": now - 1}, secret, "HS256"),
        "endless": jwt.encode({"role": "service_role"}, secret, "HS256"),
        "unsigned": jwt.encode(claims, "", "none"),
        "other algorithm": jwt.encode(claims, secret, "HS512"),
        "other environment": other.service_role_key,
        "publishable key": keys["publishable"],
        "noise": "abc",
    }
    for name, token in allowed.items():
        answer = platform.call(branch, "gated", token)
        assert (answer.status_code, answer.text) == (200, "in"), name
    for name, token in refused.items():
        answer = platform.call(branch, "gated", token)
        assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Invalid JWT"}), name
    nothing = platform.call(branch, "gated")
    assert (nothing.status_code, nothing.json()["message"]) == (401, "Missing authorization header")
    assert platform.call(branch, "gated", method="OPTIONS").status_code == 200


def test_verify_jwt_off_opens_the_gate(platform: Platform, branch: str) -> None:
    platform.deploy(branch, "public", serve("return new Response('in')"), verify_jwt=False)
    assert platform.call(branch, "public").text == "in"
    with platform.client() as api:
        api.patch(f"/projects/{branch}/functions/public", json={"verify_jwt": True})
    assert platform.call(branch, "public").status_code == 401


def test_function_reaches_only_the_gateway(platform: Platform, branch: str, service: str) -> None:
    state = platform.state
    home = platform.home
    attempts = {
        "postgres": f"await Deno.connect({{ hostname: '127.0.0.1', port: {state.postgres_port} }})",
        "localhost": f"await fetch('http://localhost:{state.postgres_port}/')",
        "internet": "await fetch('http://192.0.2.1/')",
        "state file": f"await Deno.readTextFile('{home}/state.json')",
        "passwd": "await Deno.readTextFile('/etc/passwd')",
        "import of a file": f"await import('{home}/state.json', {{ with: {{ type: 'json' }} }})",
        "environment": "if (!('DENO_DIR' in Deno.env.toObject())) throw 0",
        "deno dir": "if (!Deno.env.get('DENO_DIR')) throw 0",
        "deno dir by node": "if (!(await import('node:process')).default.env.DENO_DIR) throw 0",
        "process": "await new Deno.Command('id').output()",
        "write": f"await Deno.writeTextFile('{home}/x', 'x')",
        "listen": "Deno.listen({ port: 0 })",
        "remote import": "await import('https://example.com/x.ts')",
        "other socket": f"await Deno.connect({{ transport: 'unix', path: '{home}/platform/sockets/x' }})",
        "ffi": "Deno.dlopen('libc.so.6', {})",
    }
    body = "const results = {};"
    for name, code in attempts.items():
        body += f"try {{ {code}; results['{name}'] = 'done'; }} catch (e) {{ results['{name}'] = 'denied'; }}"
    body += "results.url = (await fetch(Deno.env.get('SUPABASE_URL') + '/auth/v1/health',"
    body += " { headers: { apikey: Deno.env.get('SUPABASE_ANON_KEY') } })).status;"
    platform.deploy(branch, "prober", serve(f"{body} return Response.json(results);"))
    results = platform.call(branch, "prober", service).json()
    assert results.pop("url") == 200
    assert results == dict.fromkeys(attempts, "denied")


def test_static_import_cannot_read_other_files(platform: Platform, branch: str, service: str) -> None:
    stolen = platform.home / "state.json"
    code = f"import state from 'file://{stolen}' with {{ type: 'json' }};\n"
    platform.deploy(branch, "thief", {"index.ts": code + "Deno.serve(() => Response.json(state));"})
    answer = platform.call(branch, "thief", service)
    assert answer.status_code == 503
    assert platform.token not in answer.text


def test_no_way_around_the_gate(platform: Platform, branch: str, service: str) -> None:
    platform.deploy(branch, "inside", serve("return new Response('in')"))
    platform.call(branch, "inside", service)
    process = _process(platform, branch, "inside")
    assert [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
    path = Path(process.cmdline()[-1])
    assert path.is_socket()
    assert path.parent.stat().st_mode & 0o077 == 0
    with socket.socket(socket.AF_UNIX) as own:
        own.connect(str(path))  # the platform's own user may; the folder keeps everybody else out


def test_redeploy_serves_the_new_version(platform: Platform, branch: str, service: str) -> None:
    for version in (1, 2, 3):
        row = platform.deploy(branch, "live", serve(f"return new Response('v{version}')")).json()
        assert row["version"] == version
        assert platform.call(branch, "live", service).text == f"v{version}"


def test_running_call_survives_a_redeploy(platform: Platform, branch: str, service: str) -> None:
    import threading

    slow = serve("await new Promise((r) => setTimeout(r, 1000)); return new Response('old')")
    platform.deploy(branch, "slow", slow)
    platform.call(branch, "slow", service, method="GET")
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(platform.call(branch, "slow", service).text))
    caller.start()
    time.sleep(0.3)
    platform.deploy(branch, "slow", serve("return new Response('new')"))
    assert platform.call(branch, "slow", service).text == "new"
    caller.join()
    assert answers == ["old"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("Deno.exit(3)", 502, "WORKER_ERROR"),
        ("for (;;) {}", 504, "WORKER_TIMEOUT"),
        ("await new Promise(() => {})", 504, "WORKER_TIMEOUT"),
    ],
)
def test_broken_function_answers_and_recovers(
    platform: Platform, branch: str, service: str, body: str, status: int, code: str
) -> None:
    once = f"if (new URL(request.url).searchParams.has('break')) {{ {body} }} return new Response('fine')"
    platform.deploy(branch, "fragile", serve(once))
    answer = platform.call(branch, "fragile?break", service)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert platform.call(branch, "fragile", service).text == "fine"


@pytest.mark.parametrize(
    "code", ["throw new Error('canary at start')", "const x = ;", "console.log('no server')"]
)
def test_function_that_does_not_start(platform: Platform, branch: str, service: str, code: str) -> None:
    platform.deploy(branch, "stillborn", {"index.ts": code})
    answer = platform.call(branch, "stillborn", service)
    assert (answer.status_code, answer.json()["code"]) == (503, "BOOT_ERROR")
    assert "canary" not in answer.text
    if "canary" in code:
        assert "canary at start" in platform.log.read_text()


@pytest.mark.parametrize("slug", ["../up", "a/b", "1st", "a b", "", "ä"])
def test_bad_slugs_are_refused(platform: Platform, branch: str, slug: str) -> None:
    assert platform.deploy(branch, slug, serve("")).status_code == 400


@pytest.mark.parametrize("name", ["../out.ts", "a/../../out.ts", "/etc/x.ts", "a\\b.ts"])
def test_file_names_cannot_leave_the_function(platform: Platform, branch: str, name: str) -> None:
    answer = platform.deploy(branch, "escape", {"index.ts": "", name: "x"})
    assert answer.status_code == 400
    with platform.client() as api:
        assert api.get(f"/projects/{branch}/functions/escape").status_code == 404


def test_import_map_and_bundled_supabase_js(platform: Platform, branch: str, service: str) -> None:
    code = "import { answer } from 'lib'; import { createClient } from 'npm:@supabase/supabase-js@2';"
    code += "Deno.serve(() => Response.json([answer, typeof createClient]));"
    files = {
        "index.ts": code,
        "deep/answer.ts": "export const answer = 42;",
        "deno.json": '{"imports": {"lib": "./deep/answer.ts"}, "tasks": {"x": "id"}}',
    }
    row = platform.deploy(branch, "mapped", files, import_map_path="deno.json").json()
    assert row["import_map_path"].endswith("/source/deno.json")
    assert platform.call(branch, "mapped", service).json() == [42, "function"]


def test_cli_style_paths_work(platform: Platform, branch: str, service: str) -> None:
    name = "supabase/functions/cli/index.ts"
    answer = platform.deploy(
        branch, "cli", {name: serve("return new Response('ok')")["index.ts"]}, entrypoint_path=name
    )
    assert answer.status_code == 201
    assert platform.call(branch, "cli", service).text == "ok"


def test_secrets_reach_the_function_and_no_log(platform: Platform, branch: str, service: str) -> None:
    value = "canary-secret-for-functions"
    with platform.client() as api:
        api.post(f"/projects/{branch}/secrets", json=[{"name": "MY_TOKEN", "value": value}])
    body = "console.log(Deno.env.get('MY_TOKEN')); return new Response(String(Deno.env.get('MY_TOKEN')))"
    platform.deploy(branch, "teller", serve(body))
    assert platform.call(branch, "teller", service).text == value
    assert value not in " ".join(_process(platform, branch, "teller").cmdline())
    logs = list(platform.home.glob("logs/function-*.log"))
    assert logs
    assert not [log for log in logs if value in log.read_text()]
    with platform.client() as api:
        api.request("DELETE", f"/projects/{branch}/secrets", json=["MY_TOKEN"])
    assert platform.call(branch, "teller", service).text == "undefined"


def test_deleted_function_is_gone_with_its_process(platform: Platform, branch: str, service: str) -> None:
    platform.deploy(branch, "doomed", serve("return new Response('in')"))
    platform.call(branch, "doomed", service)
    process = _process(platform, branch, "doomed")
    with platform.client() as api:
        assert api.delete(f"/projects/{branch}/functions/doomed").status_code == 200
    assert platform.call(branch, "doomed", service).status_code == 404
    assert not process.is_running()


def test_listing_and_body_give_back_what_was_deployed(platform: Platform, branch: str) -> None:
    platform.deploy(branch, "echo", FILES)
    with platform.client() as api:
        listed = api.get(f"/projects/{branch}/functions").json()
        body = api.get(f"/projects/{branch}/functions/echo/body")
    row = listed[0]
    assert row["entrypoint_path"] == f"file:///tmp/user_fn_{branch}_{row['id']}_1/source/index.ts"
    assert isinstance(row["created_at"], int)
    assert body.headers["content-type"].startswith("multipart/form-data; boundary=")
    for name, text in FILES.items():
        assert f'filename="source/{name}"' in body.text
        assert text in body.text


def test_everything_survives_a_restart(platform: Platform, branch: str, service: str) -> None:
    platform.sql(
        branch,
        "create table kept (id int); insert into kept values (1); grant select on kept to service_role",
    )
    platform.deploy(branch, "kept", serve("return new Response('still here')"))
    keys = platform.keys(branch)
    platform.call(branch, "kept", service)
    children = psutil.Process(platform.pid).children(recursive=True)
    assert children
    assert platform.stop(signal.SIGTERM) == 0
    assert not [c for c in children if c.is_running()]
    platform.start()
    assert platform.keys(branch) == keys
    assert platform.sql(branch, "select * from kept") == [{"id": 1}]
    assert platform.call(branch, "kept", service).text == "still here"


def test_killed_server_leaves_no_process_and_no_half_branch(
    platform: Platform, branch: str, service: str
) -> None:
    platform.deploy(branch, "orphan", serve("return new Response('x')"))
    platform.call(branch, "orphan", service)
    children = psutil.Process(platform.pid).children(recursive=True)
    assert children
    platform.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    platform.start()
    assert platform.call(branch, "orphan", service).text == "x"


def _process(platform: Platform, ref: str, slug: str) -> psutil.Process:
    for process in psutil.Process(platform.pid).children(recursive=True):
        if any(f"/{ref}/{slug}/" in argument for argument in process.cmdline()):
            return process
    raise AssertionError("the function has no process")


@pytest.mark.parametrize(
    "specifier",
    [
        "npm:@supabase/supabase-js@2",
        "npm:@supabase/supabase-js",
        "jsr:@supabase/supabase-js@2",
        "https://esm.sh/@supabase/supabase-js@2",
    ],
)
def test_supabase_js_under_its_usual_names(
    platform: Platform, branch: str, service: str, specifier: str
) -> None:
    code = f"import {{ createClient }} from '{specifier}';"
    code += """
    Deno.serve(async (request) => {
      const client = createClient(Deno.env.get("SUPABASE_URL"), Deno.env.get("SUPABASE_SERVICE_ROLE_KEY"));
      const { data, error } = await client.from("items").select("id");
      return Response.json(error ?? data);
    });
    """
    sql = "create table items (id int); insert into items values (7); grant select on items to service_role"
    platform.sql(branch, sql)
    platform.deploy(branch, "client", {"index.ts": code})
    assert platform.call(branch, "client", service).json() == [{"id": 7}]
