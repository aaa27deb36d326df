"""The real Supabase CLI, pointed at the platform by a profile file and run in a project of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.fixtures.platform import Platform
from tests.fixtures.supabase_cli import SupabaseCli

MIGRATION = """\
create table public.notes (id bigint generated always as identity primary key, body text not null);
alter table public.notes enable row level security;
create policy "read; all" on public.notes for select to anon using (true);
grant select on public.notes to anon;
"""
SOURCE = {
    "index.ts": 'import { who } from "./lib/who.ts";\nDeno.serve(() => new Response("hello " + who));\n',
    "lib/who.ts": 'export const who = "cli";\n',
}


class Failed(Exception):
    """The command ended with an error; its text is what the CLI printed."""


class Cli:
    """Runs commands as a user who has the platform's token."""

    def __init__(self, cli: SupabaseCli, platform: Platform, folder: Path, token: str | None = None) -> None:
        self._cli = cli
        self._token = token or platform.token
        self.folder = folder
        self._profile = folder / "profile.yaml"
        api = platform.api_url
        self._profile.write_text(
            f"name: local\napi_url: {api}\ndashboard_url: {api}/dashboard\n"
            f"docs_url: {api}/docs\nproject_host: 127.0.0.1\n"
        )

    @property
    def version(self) -> str:
        """What the binary calls itself."""
        return self._cli.run("--version").stdout.strip()

    def text(self, *arguments: str) -> str:
        """What a command prints. Raises :class:`Failed`."""
        done = self._cli.run(
            "--profile", str(self._profile), *arguments, cwd=self.folder, check=False,
            env={"SUPABASE_ACCESS_TOKEN": self._token},
        )  # fmt: skip
        if done.returncode:
            raise Failed(done.stdout + done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a command answers as JSON, confirmed beforehand. Raises :class:`Failed`."""
        return json.loads(self.text(*arguments, "--output-format", "json", "--yes"))

    def init(self) -> None:
        """An empty project in the folder."""
        shutil.rmtree(self.folder / "supabase", ignore_errors=True)
        self.text("init", "--yes")

    def write(self, path: str, text: str) -> None:
        """One file below ``supabase``."""
        file = self.folder / "supabase" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, pattern: str) -> dict[str, str]:
        """Files below ``supabase`` by their path there."""
        root = self.folder / "supabase"
        return {str(p.relative_to(root)): p.read_text() for p in sorted(root.glob(pattern)) if p.is_file()}
