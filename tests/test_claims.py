"""Who is asking is read from the caller's claims, in the form of today and in the older one."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.cluster import Database

USER = "6f1c1a52-8d1e-4c55-9a59-0c3a6d8f4b11"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("request.jwt.claims", json.dumps({"sub": USER, "role": "authenticated", "email": "a@example.com"})),
        ("request.jwt.claim.sub", USER),
    ],
)
def test_both_forms_of_the_claims_name_the_caller(database: Database, setting: str, value: str) -> None:
    with database.connect() as connection:
        connection.execute("select set_config(%s, %s, false)", (setting, value))
        connection.execute("set role authenticated")
        assert str(connection.execute("select auth.uid()").fetchone()[0]) == USER  # type: ignore[index]


def test_nobody_is_asking_without_claims(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("set role anon")
        assert connection.execute("select auth.uid(), auth.role(), auth.email()").fetchone() == (None,) * 3
