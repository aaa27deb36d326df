"""What an export consists of: the files of a Supabase CLI project, read back from the live environment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from architect import __version__
from architect.errors import ProvisionError
from architect.export.text import config, readme
from architect.provision import ledger
from architect.provision.environment import Environment
from architect.provision.mcp import McpServer
from architect.sessions import Session
from architect.sql import query

MANIFEST = "architect.json"
_UNSAFE = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Function:
    """A deployed edge function: its settings and files by relative path."""

    slug: str
    verify_jwt: bool
    entrypoint: str
    import_map: str | None
    files: dict[str, str]


async def collect(mcp: McpServer, session: Session, environment: Environment) -> dict[str, str]:
    """Every file of the export by its relative path.

    Migrations stand under the versions the environment's ledger gave them, with the statements it recorded.

    Raises :class:`ProvisionError` when the ledger is empty: then there is nothing a push could apply.
    """
    entries = await ledger.read(mcp, environment.ref)
    if not entries:
        raise ProvisionError(
            f"The ledger of {environment.name} is empty", hint="Was the environment reset? Build again."
        )
    functions = await _functions(mcp, environment.ref)
    answer = await mcp.call(
        "execute_sql", {"project_id": environment.ref, "query": query("proof", "fingerprint")}
    )
    types = await mcp.call("generate_typescript_types", {"project_id": environment.ref})
    fingerprint = answer[0]["answer"]["fingerprint"]
    name = f"vibe-{session.id[:8]}"
    files = {
        "README.md": readme(session, environment, entries, functions, fingerprint),
        "supabase/config.toml": config(name, functions),
        "supabase/seed.sql": "-- Rows every copy of this project starts with. The plan asks for none.\n",
        "types.ts": str(types["types"]),
        "supabase/.gitignore": ".branches\n.temp\n.env\n.env.local\n",
        MANIFEST: _manifest(session, environment, entries, fingerprint),
    }
    files |= {f"supabase/migrations/{file_name(entry)}": entry.sql for entry in entries}
    for function in functions:
        files |= {f"supabase/functions/{function.slug}/{path}": text for path, text in function.files.items()}
    return files


def file_name(entry: ledger.Entry) -> str:
    """``{version}_{name}.sql``, as the CLI names a migration it fetches."""
    name = _UNSAFE.sub("_", (entry.name or "migration").lower()).strip("_") or "migration"
    return f"{entry.version}_{name}.sql"


async def _functions(mcp: McpServer, ref: str) -> list[Function]:
    listed = await mcp.call("list_edge_functions", {"project_id": ref})
    found = []
    for entry in sorted(listed["functions"], key=lambda f: str(f["slug"])):
        slug = str(entry["slug"])
        made = await mcp.call("get_edge_function", {"project_id": ref, "function_slug": slug})
        found.append(
            Function(
                slug=slug,
                verify_jwt=bool(made.get("verify_jwt")),
                entrypoint=str(made.get("entrypoint_path") or "index.ts"),
                import_map=str(made["import_map_path"]) if made.get("import_map_path") else None,
                files={str(file["name"]): str(file["content"]) for file in made["files"]},
            )
        )
    return found


def _manifest(
    session: Session, environment: Environment, entries: list[ledger.Entry], fingerprint: str
) -> str:
    """Where the export comes from, for programs; the fingerprint tells whether a copy is the same catalog."""
    value: dict[str, Any] = {
        "made_by": f"vibe-architect {__version__}",
        "session": session.id,
        "template": session.template,
        "environment": {"mode": environment.mode, "name": environment.name, "ref": environment.ref},
        "fingerprint": fingerprint,
        "migrations": [entry.version for entry in entries],
        "plan": session.plan,
    }
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
