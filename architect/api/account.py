"""``/me``, ``/examples`` and ``/config.json``: who is asking, what to start from, where to sign in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from architect.api.context import Asking, Shared
from architect.api.models import Example, Me, PageConfig
from architect.api.responses import CALLER, responses
from architect.database import rows

router = APIRouter(tags=["page"])

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@router.get("/me", summary="Who am I", responses=responses(*CALLER, ok=(200, Me, "The caller.")))
async def me(parts: Shared, caller: Asking) -> Response:
    """The caller and the tenants the caller is a member of."""
    async with parts.database.acting_as(caller.claims) as connection:
        found = await rows(connection, "api", "tenants", {})
    tenants = [{"id": str(row["id"]), "name": row["name"], "role": row["role"]} for row in found]
    return JSONResponse({"id": caller.id, "email": caller.email, "tenants": tenants})


@router.get(
    "/examples",
    summary="Specs to start from",
    responses=responses(ok=(200, list[Example], "The examples.")),
)
async def examples() -> Response:
    """The specs that come with Vibe Architect. For everybody."""
    return JSONResponse(_examples())


@router.get(
    "/config.json",
    summary="Where to sign in",
    responses=responses(503, ok=(200, PageConfig, "Addresses and the publishable key.")),
)
async def config(parts: Shared) -> Response:
    """What the page needs to sign in and to listen. For everybody; nothing of it is secret."""
    project = parts.control.project
    return JSONResponse(
        {
            "supabaseUrl": project.url,
            "publishableKey": project.publishable_key,
            "prefectUiUrl": parts.prefect_ui_url,
        }
    )


@cache
def _examples() -> list[dict[str, str]]:
    found = []
    for path in sorted(EXAMPLES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = text.lstrip("# \n").split("\n", 1)[0].strip()
        template = path.stem if path.stem in ("marketplace", "saas") else "blank"
        found.append({"name": path.stem, "title": title, "template": template, "text": text})
    return found
