"""The two texts of an export that are written for it: ``config.toml`` and the README."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from architect.provision.environment import Environment
from architect.provision.ledger import Entry
from architect.sessions import Session

if TYPE_CHECKING:
    from architect.export.project import Function

#: The newest major version that the CLI's configuration knows; nothing in an export depends on it.
POSTGRES_MAJOR = 17

_CONFIG = """\
# Made by Vibe Architect. The Supabase CLI reads it for every command below this folder.
project_id = {project_id}

[api]
enabled = true
schemas = ["public"]
extra_search_path = ["public", "extensions"]
max_rows = 1000

[db]
major_version = {major}

[db.migrations]
enabled = true

[db.seed]
enabled = true
sql_paths = ["./seed.sql"]
"""

_FUNCTION = """
[functions.{slug}]
enabled = true
verify_jwt = {verify_jwt}
entrypoint = {entrypoint}
"""

_README = """\
# {title}

A Supabase project, built and proven by Vibe Architect from a written spec (session `{session}`),
exported from the live environment `{name}`.

- migrations, under the versions they were applied with: {migrations}
- edge functions: {functions}
- TypeScript types of the tables: `types.ts`
- data and keys: none

## Push it to hosted Supabase

```sh
npx supabase@3.1.0 link --project-ref YOUR_PROJECT_REF
npx supabase@3.1.0 db push
npx supabase@3.1.0 functions deploy --use-api
```

(`npx supabase@3.1.0 login` once before that.) Start from an empty project: the migrations create
everything they need. They leave nothing to the platform's default privileges, so the outcome is the same
before and after the change of 2026 that no longer exposes new tables by itself.

## Is the copy the same?

`select public.catalog_fingerprint() ->> 'fingerprint'` as `service_role` or `postgres` gives one hash over
tables, columns, keys, policies, grants, functions and API roles. Here it was

    {fingerprint}

It covers what the platform sets up, too (API roles, default privileges), so two copies on the same kind of
platform agree; between embedded and hosted compare `-> 'kinds'` one by one.
"""


def config(project_id: str, functions: list[Function]) -> str:
    """``supabase/config.toml``; whether a function wants a JWT is always written out."""
    text = _CONFIG.format(project_id=_quoted(project_id), major=POSTGRES_MAJOR)
    for function in functions:
        text += _FUNCTION.format(
            slug=function.slug,
            verify_jwt=str(function.verify_jwt).lower(),
            entrypoint=_quoted(f"./functions/{function.slug}/{function.entrypoint}"),
        )
        if function.import_map:
            text += f"import_map = {_quoted(f'./functions/{function.slug}/{function.import_map}')}\n"
    return text


def readme(
    session: Session,
    environment: Environment,
    entries: list[Entry],
    functions: list[Function],
    fingerprint: str,
) -> str:
    """How to push it, and how to tell that the copy is the same."""
    return _README.format(
        title=f"Export of {environment.name}",
        session=session.id,
        name=environment.name,
        migrations=len(entries),
        functions=len(functions),
        fingerprint=fingerprint,
    )


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)
