"""``/docs``: the OpenAPI document as one plain page, without a script and without anybody else's server."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from architect.api.middleware import NOTHING_ELSE

METHODS = ("get", "post", "put", "patch", "delete")
STYLE = """\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem}
h3{margin-top:2rem;border-top:1px solid #8888;padding-top:1rem}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border-radius:.4rem;background:#8882}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0}
.m{font-weight:700;text-transform:uppercase;margin-right:.5rem}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CSP = f"default-src 'none'; style-src 'sha256-{_HASH}'; {NOTHING_ELSE}"


def install(app: FastAPI) -> None:
    """Serve ``/docs`` on ``app``."""
    made: dict[str, str] = {}

    async def documentation(_: Request) -> Response:
        if "page" not in made:
            made["page"] = render(app.openapi())
        return HTMLResponse(made["page"], headers={"content-security-policy": CSP})

    app.add_route("/docs", documentation, methods=["GET"], include_in_schema=False)


def render(document: dict[str, Any]) -> str:
    """The document as HTML."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style><body><main>",
        f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>",
        _prose(info["description"]),
        "<p>For programs: <a href=/openapi.json>openapi.json</a></p>",
        "<h2>Requests</h2>",
    ]
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                parts.extend(_operation(method, path, operations[method]))
    parts.append("<h2>Shapes</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.extend(_shape(name, schema))
    return "".join(parts) + "</main></body></html>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h3 id='{method}-{escape(path)}'><span class=m>{method}</span><code>{escape(path)}</code></h3>"
    public = "" if "security" in operation else " · for everybody"
    yield f"<p><strong>{escape(operation['summary'])}</strong>{public}</p>"
    yield _prose(operation.get("description", ""))
    parameters = operation.get("parameters", [])
    if parameters:
        rows = [
            (
                _code(p["name"]),
                p["in"],
                _type(p["schema"]),
                escape(p.get("description", "")),
            )
            for p in parameters
        ]
        yield _table(("parameter", "in", "type", ""), rows)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        yield f"<p>Body: {_type(body['schema'])}</p>"
    answers = []
    for status, answer in sorted(operation["responses"].items()):
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        answers.append((status, escape(answer["description"]), _type(schema) if schema else ""))
    yield _table(("status", "", "body"), answers)


def _shape(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"<h3 id='{escape(name)}'>{escape(name)}</h3>{_prose(schema.get('description', ''))}"
    required = schema.get("required", [])
    rows = [
        (
            f"{_code(field)}{'' if field in required else ' (optional)'}",
            _type(about),
            escape(about.get("description", "")),
        )
        for field, about in schema.get("properties", {}).items()
    ]
    if rows:
        yield _table(("field", "type", ""), rows)
    for example in schema.get("examples", []):
        yield f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, linked to the shape it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f"<a href='#{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(_code(str(v)) for v in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type", "anything")))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    first = "".join(f"<th scope=col>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def _prose(text: str) -> str:
    """Paragraphs, with ``code`` between backticks."""
    made = []
    for paragraph in text.strip().split("\n\n"):
        pieces = escape(paragraph).split("`")
        marked = "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(pieces))
        made.append(f"<p>{marked}</p>")
    return "".join(made)
