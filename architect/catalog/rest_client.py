"""Callers of an environment's REST and Auth over supabase-py: what a request came to, and row values."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from postgrest import APIError
from postgrest.types import ReturnMethod
from supabase_auth.errors import AuthError

from architect.catalog.identities import words
from architect.catalog.shape import Values
from architect.errors import ProvisionError
from architect.plan.model import Table
from architect.redaction import register
from supabase import Client, ClientOptions, create_client

TIMEOUT_S = 30
#: Requests under way at once.
PARALLEL = 4
#: Between tries of a request that may be made twice.
PAUSES_S = (0.2, 0.8, 2.0)
#: Codes of Postgres and of REST's own; a gateway that could not pass a request on has others, or none.
_DATABASE = re.compile(r"[0-9A-Z]{5}|PGRST\w+")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Outcome:
    """What one request came to: its rows, or the code and message it was refused with."""

    rows: tuple[dict[str, Any], ...] = ()
    code: str | None = None
    message: str = ""

    @property
    def refused(self) -> bool:
        return self.code is not None

    @property
    def constrained(self) -> bool:
        """Whether a constraint refused what the policies had let through.

        Servers do not pass on every SQLSTATE of class 23 (Postgres 18 has a new one for RESTRICT), so the
        words count too.
        """
        if self.code is None or self.code == "42501":
            return False
        return self.code.startswith("23") or " violates " in self.message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.refused else f"{len(self.rows)} rows"


@dataclass(frozen=True)
class Check:
    """One thing that was tried: ``promised`` and ``observed`` say whether it works."""

    table: str
    identity: str
    what: str
    promised: bool
    observed: bool
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.promised == self.observed

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "ok": self.ok}

    def __str__(self) -> str:
        can, may = ("can" if self.observed else "cannot"), ("does" if self.promised else "does not")
        return (
            f"through REST {words(self.identity)} {can} {self.what} {self.table}; the plan {may} promise it"
            + (f" ({self.detail})" if self.detail else "")
        )


class Caller:
    """One party: anonymous, a signed-in user, or the service."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        # A proxy from the environment must not see requests to this machine.
        http = httpx.Client(timeout=TIMEOUT_S, trust_env=not local)
        options = ClientOptions(
            auto_refresh_token=False, persist_session=False, postgrest_client_retry=False, httpx_client=http
        )
        self.client: Client = create_client(url, key, options)
        self._http = http
        # Made now, because requests come from several threads.
        self.client.postgrest  # noqa: B018

    def close(self) -> None:
        self._http.close()

    def select(self, table: Table, row: Values | None = None) -> Outcome:
        """All columns of ``row``, or of any row."""
        query = self.client.table(table.name).select("*")
        return _send(_only(query, table, row) if row else query.limit(1), safe=True)

    def insert(self, table: Table, row: Values) -> Outcome:
        made = self.client.table(table.name).insert(to_json(table, row), returning=ReturnMethod.minimal)
        return _send(made)

    def update(self, table: Table, row: Values, changes: Values) -> Outcome:
        query = self.client.table(table.name).update(to_json(table, changes), returning=ReturnMethod.minimal)
        return _send(_only(query, table, row), safe=True)

    def delete(self, table: Table, row: Values) -> Outcome:
        query = self.client.table(table.name).delete(returning=ReturnMethod.minimal)
        return _send(_only(query, table, row), safe=True)


def sign_up(url: str, key: str, name: str, service: Caller, users: dict[str, str]) -> Caller:
    """A new user with a session; her address, and as soon as it is known her id, goes to ``users[name]``, so
    that a lost answer does not leave her behind. Where addresses must be confirmed, the service confirms.
    Raises :class:`ProvisionError` when Auth does not play along."""
    caller = Caller(url, key)
    email = f"proof-{name}-{secrets.token_hex(6)}@example.com"
    password = secrets.token_urlsafe(24)
    register(password, "password")
    users[name] = email
    try:
        answer = caller.client.auth.sign_up({"email": email, "password": password})
        if answer.user is None:
            raise ProvisionError("Auth answered a sign-up without a user.")
        users[name] = answer.user.id
        if answer.session is None:
            service.client.auth.admin.update_user_by_id(answer.user.id, {"email_confirm": True})
            caller.client.auth.sign_in_with_password({"email": email, "password": password})
    except (AuthError, httpx.HTTPError, ProvisionError) as error:
        caller.close()
        raise ProvisionError(f"A user could not be signed up through Auth: {error}") from error
    session = caller.client.auth.get_session()
    register(session.access_token if session else None, "jwt")
    return caller


def each(function: Callable[..., _Result], items: Iterable[tuple[Any, ...]]) -> list[_Result]:
    """``function`` over ``items``, a few at a time, the results in their order."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(lambda item: function(*item), items))


def to_json(table: Table, values: Values) -> dict[str, Any]:
    """``values``, which are Postgres input text, as the JSON a REST request carries."""
    return {name: _json_value(_type(table, name), text) for name, text in values.items()}


def _json_value(kind: str, text: str | None) -> Any:
    if text is None:
        return None
    match kind:
        case "integer" | "bigint" | "numeric" | "double precision" | "boolean" | "jsonb":
            return json.loads(text)
        case "text[]":
            return [item for item in text.strip("{}").split(",") if item]
        case _:
            return text


def _type(table: Table, column: str) -> str:
    definition = table.column(column)
    return definition.type if definition else "text"


def _only(query: Any, table: Table, row: Values) -> Any:
    for column in table.primary_key:
        query = query.eq(column, row[column])
    return query


def _send(query: Any, *, safe: bool = False) -> Outcome:
    """What came of it. An answer that is not the database's own is neither a refusal nor rows: it is an
    error, after some patience where the request is ``safe`` to repeat."""
    for pause in (*PAUSES_S, None) if safe else (None,):
        try:
            return Outcome(rows=tuple(query.execute().data or ()))
        except APIError as error:
            code, message = str(error.code), str(error.message)
            if _DATABASE.fullmatch(code) or " violates " in message:
                return Outcome(code=code, message=message)
            said = f"{code}: {message}"
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
        if pause is not None:
            time.sleep(pause)
    raise ProvisionError(
        f"The environment's REST did not answer: {said}",
        hint="If the platform has a problem of its own, retry the build when it is over.",
    )
