"""The page people follow a build on: plain files, served under a strict Content-Security-Policy.

No build step and nothing from elsewhere: supabase-js comes out of the installed npm parts. The address of
every file names the content of all of them: browsers keep them for good and see an upgrade at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from architect.embedded import runtime
from architect.errors import ArchitectError

FOLDER = Path(__file__).parent / "page"
ASSETS = FOLDER / "assets"
#: Where the npm package keeps its build for browsers.
SUPABASE_JS = Path("node_modules", "@supabase", "supabase-js", "dist", "umd")
#: Stands in ``index.html`` for the version of the files.
VERSION = "{version}"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"


def routes(supabase_url: Callable[[], str]) -> list[BaseRoute]:
    """``GET /`` and ``GET /assets/{version}/...``.

    Parameters
    ----------
    supabase_url
        The URL of the control plane's own project, asked when the page is: browsers may talk to this one and
        to nothing else besides the API itself. Raises :class:`ArchitectError` while it is not known; the page
        then says so and tries again.

    Raises
    ------
    NpmMissing
        The npm parts, which hold supabase-js, are not installed and could not be fetched.
    """
    vendor = (runtime.npm_dir() / SUPABASE_JS).resolve()
    version = digest(ASSETS, vendor)
    html = (FOLDER / "index.html").read_text(encoding="utf-8").replace(VERSION, version).encode()

    async def page(request: Request) -> Response:
        try:
            project = supabase_url()
        except ArchitectError:
            project = None
        headers = {"content-security-policy": content_security_policy(project), "cache-control": ASK_FIRST}
        return Response(html, media_type="text/html", headers=headers)

    return [
        Route("/", page, methods=["GET"], name="page"),
        Mount("/assets/{version}/vendor", GZipMiddleware(Files(vendor, version))),
        Mount("/assets/{version}", GZipMiddleware(Files(ASSETS, version))),
    ]


class Files(StaticFiles):
    """A folder whose files a browser keeps for good, as long as it asks for this version of them."""

    def __init__(self, directory: Path, version: str) -> None:
        super().__init__(directory=directory)
        self._version = version

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        # A page of another version, from before an upgrade, gets what there is but must not keep it.
        current = scope.get("path_params", {}).get("version") == self._version
        response.headers["cache-control"] = FOR_GOOD if current else ASK_FIRST
        return response


def digest(*folders: Path) -> str:
    """Twelve hex digits of the names and the content of every file in ``folders``."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                total.update(path.relative_to(folder).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


def content_security_policy(supabase_url: str | None) -> str:
    """Scripts, styles and pictures of our own; requests to the API and to the project's services; no more."""
    project = f" {_services(supabase_url)}" if supabase_url else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self'{project}",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _services(url: str) -> str:
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/"  # a path that ends in "/" stands for everything below it
    sockets = "wss" if parts.scheme == "https" else "ws"
    return f"{parts.scheme}://{parts.netloc}{path} {sockets}://{parts.netloc}{path}"
