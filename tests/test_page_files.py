"""How the page is served: its policy, its caching, and nothing besides its files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from architect.api import page
from architect.errors import PlatformNotRunning
from tests.fixtures.stack import REPOSITORY

PROJECT = "http://127.0.0.1:54321/p/control"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=page.routes(lambda: PROJECT)))
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
        yield client


def addresses(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', html)


async def test_the_page_comes_with_a_strict_policy(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' {PROJECT}/ ws://127.0.0.1:54321/p/control/",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    # What the policy forbids is not there in the first place.
    assert not re.search(r"<script(?![^>]*\bsrc=)", response.text)
    assert not re.search(r"\s(style|on\w+)=", response.text)
    assert "//" not in re.sub(r"<!doctype.*?>", "", response.text)


def test_sockets_of_a_hosted_project_are_encrypted() -> None:
    policy = page.content_security_policy("https://abc.supabase.co")
    assert "connect-src 'self' https://abc.supabase.co/ wss://abc.supabase.co/;" in policy


async def test_the_page_comes_before_the_project_is_known() -> None:
    def unknown() -> str:
        raise PlatformNotRunning

    transport = httpx.ASGITransport(Starlette(routes=page.routes(unknown)))
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
        response = await client.get("/")
    assert response.status_code == 200
    assert "connect-src 'self';" in response.headers["content-security-policy"]


async def test_files_are_kept_for_good_under_an_address_that_names_their_content(
    client: httpx.AsyncClient,
) -> None:
    found = addresses((await client.get("/")).text)
    assert any(address.endswith("/vendor/supabase.js") for address in found)
    for address in found:
        response = await client.get(address)
        assert response.status_code == 200, address
        assert response.headers["cache-control"] == page.FOR_GOOD, address
        again = await client.get(address, headers={"if-none-match": response.headers["etag"]})
        assert again.status_code == 304, address
        # A page from before an upgrade must not keep the new files under its old address.
        version = address.split("/")[2]
        old = await client.get(address.replace(version, "0" * 12))
        assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache"), address


async def test_every_module_that_is_imported_is_there(client: httpx.AsyncClient) -> None:
    for path in page.ASSETS.rglob("*.js"):
        for name in re.findall(r'from "(\.[^"]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / name).is_file(), f"{path}: {name}"
        response = await client.get(f"/assets/any/{path.relative_to(page.ASSETS).as_posix()}")
        assert response.headers["content-type"].split(";")[0] in ("text/javascript", "application/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "%2e%2e/index.html",
        "..%2f..%2fpage.py",
        "vendor/..%2f..%2f..%2fpage.py",
        "nothing.js",
        "",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(f"/assets/any/{path}", follow_redirects=True)
    assert response.status_code == 404


def test_the_page_is_part_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    files = [path for path in page.FOLDER.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if not any(path.match(pattern) for pattern in patterns)] == []


def test_the_version_is_the_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        (folder / "a.js").write_text("1")
    assert page.digest(one) == page.digest(two)
    (two / "a.js").write_text("2")
    assert page.digest(one) != page.digest(two)
    (two / "a.js").rename(two / "b.js")
    (two / "b.js").write_text("1")
    assert page.digest(one) != page.digest(two)


def test_nothing_on_the_page_parses_html() -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function|DOMParser"
    for path in page.ASSETS.rglob("*.js"):
        assert not re.search(sinks, path.read_text(encoding="utf-8")), path
