"""The documentation's GraphQL endpoint, as far as a machine without the documentation can serve it."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

router = APIRouter(prefix="/platform/content")
#: What can be asked: the search exists and finds nothing.
SCHEMA = """\
schema {
  query: RootQueryType
}

"The documentation is not part of the embedded platform: every search comes back empty."
type RootQueryType {
  "This schema."
  schema: String!
  "Guides that match the query."
  searchDocs(query: String!, limit: Int): SearchResultCollection
}

type SearchResultCollection {
  nodes: [SearchResult!]!
  edges: [SearchResultEdge!]!
  totalCount: Int!
}

type SearchResultEdge {
  node: SearchResult!
}

interface SearchResult {
  title: String
  href: String
  content: String
}
"""
_EMPTY: dict[str, Any] = {"nodes": [], "edges": [], "totalCount": 0}
_FIELD = re.compile(r"^\s*(?:query\b[^{]*)?\{\s*(?:(?P<alias>\w+)\s*:\s*)?(?P<field>schema|searchDocs)\b")


@router.get("/graphql")
async def by_get(query: str = "") -> JSONResponse:
    return _answer(query)


@router.post("/graphql")
async def by_post(request: Request) -> JSONResponse:
    try:
        body = await request.json()
    except ValueError:
        body = None
    return _answer(str(body.get("query") or "") if isinstance(body, dict) else "")


def _answer(query: str) -> JSONResponse:
    found = _FIELD.match(query)
    if found is None:
        message = "Only `schema` and `searchDocs` can be asked here; see the schema."
        return JSONResponse({"errors": [{"message": message}]}, 400)
    field = found["field"]
    value = SCHEMA if field == "schema" else _searched(query)
    return JSONResponse({"data": {found["alias"] or field: value}})


def _searched(query: str) -> dict[str, Any]:
    """The parts of an empty result that were asked for."""
    asked = {name: value for name, value in _EMPTY.items() if re.search(rf"\b{name}\b", query)}
    return asked or {"nodes": []}
