"""An audit bundle is refused at the first thing that was changed; file and key are all it takes to see."""

from __future__ import annotations

import copy
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from architect.audit import bundle, keys, verify
from architect.audit.canonical import canonical, read
from architect.audit.verify import Problem
from architect.cli.main import app
from architect.errors import BundleUnreadable, InputError

KEY = Ed25519PrivateKey.generate()
ANCHOR = keys.raw(KEY)
COUNT = 6


def sealed(count: int = COUNT, key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    header = {"kind": "log", "session": {"id": "s"}, "fingerprint": "ab"}
    calls = [
        {"n": n, "tool": "execute_sql", "arguments": {"query": f"select {n}"}} for n in range(1, count + 1)
    ]
    return json.loads(json.dumps(bundle.seal(header, calls, key)))  # type: ignore[no-any-return]


def check(value: dict[str, Any], anchor: bytes = ANCHOR) -> tuple[Problem | None, int | None]:
    found = verify.verify(value, anchor)
    assert found.valid == (found.problem is None)
    return found.problem, found.position


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # Of RFC 8785, section 3.2.2 and appendix B.
        (333333333.33333329, "333333333.3333333"), (1e30, "1e+30"), (4.50, "4.5"), (2e-3, "0.002"),
        (1e-27, "1e-27"), (-0.0, "0"), (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"), (295147905179352830000.0, "295147905179352830000"),
        (1e21, "1e+21"), (1e-6, "0.000001"), (1e-7, "1e-7"), (123456.789e-10, "0.0000123456789"),
        (100.0, "100"), (-1.5, "-1.5"), (True, "true"), (None, "null"), (2**53 - 1, "9007199254740991"),
        ("\u20ac$\u000f\nA'B\"\\\"/", '"€$\\u000f\\nA\'B\\"\\\\\\"/"'),
        ({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7},
         '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}'),
        ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
    ],
)  # fmt: skip
def test_canonical_json_is_that_of_rfc_8785(value: Any, text: str) -> None:
    assert canonical(value).decode() == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_as_it_was(value: float) -> None:
    assert float(canonical(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b"[Infinity]", b"[1e400]", b"[9007199254740993]",
        b'["\\ud800"]', b'{"\\ud800":1}', b"[" * 100_000, b"1" * 5_000,
    ],
    ids=lambda text: text[:12].decode("latin-1"),
)  # fmt: skip
def test_json_that_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind of error is the whole promise
        read(text)


def test_a_bundle_is_valid_as_it_was_sealed() -> None:
    assert check(sealed()) == (None, None)
    assert check(sealed(0)) == (None, None)


@given(st.integers(1, COUNT), st.sampled_from(["query", "tool", "n", "more", "gone"]))
def test_an_altered_entry_is_named(position: int, part: str) -> None:
    value = sealed()
    entry = value["entries"][position - 1]
    if part == "query":
        entry["arguments"]["query"] += ";"
    elif part == "gone":
        del entry["arguments"]
    else:
        entry[part] = "changed"
    assert check(value) == (Problem.ALTERED, position)
    assert f"Entry {position} " in verify.verify(value, ANCHOR).message


@given(st.integers(1, COUNT))
def test_a_missing_entry_is_named(position: int) -> None:
    value = sealed()
    del value["entries"][position - 1]
    assert check(value) == (Problem.MISSING, position)


@given(st.integers(1, COUNT + 1), st.booleans())
def test_an_entry_that_was_put_in_is_named(position: int, twin: bool) -> None:
    value = sealed()
    source = value["entries"][min(position, COUNT) - 1]
    value["entries"].insert(position - 1, copy.deepcopy(source) if twin else {"n": 99})
    problem, named = check(value)
    assert problem is Problem.INSERTED
    # Of two that are the same it is the second that is too many.
    assert named == (position + 1 if twin and position <= COUNT else position)


@given(st.tuples(st.integers(1, COUNT), st.integers(1, COUNT)).filter(lambda pair: pair[0] < pair[1]))
def test_entries_that_changed_places_are_named(places: tuple[int, int]) -> None:
    first, second = places
    value = sealed()
    entries = value["entries"]
    entries[first - 1], entries[second - 1] = entries[second - 1], entries[first - 1]
    assert check(value) == (Problem.REORDERED, first)
    moved = sealed()
    moved["entries"].insert(first - 1, moved["entries"].pop(second - 1))
    assert check(moved) == (Problem.REORDERED, first)


@given(st.integers(1, COUNT))
def test_of_several_changes_the_first_is_named(position: int) -> None:
    value = sealed()
    for entry in value["entries"][position - 1 :]:
        entry["arguments"] = {}
    assert check(value) == (Problem.ALTERED, position)


def test_a_changed_header_is_named() -> None:
    value = sealed()
    value["header"]["fingerprint"] = "cd"
    value["entries"].pop()
    assert check(value) == (Problem.HEADER, None)


@given(st.integers(1, COUNT))
def test_a_seal_that_was_made_to_fit_has_no_signature(position: int) -> None:
    """Somebody who recomputes every hash cannot sign them."""
    value = sealed()
    value["entries"][position - 1]["arguments"] = {"query": "drop table accounts"}
    forged = bundle.seal(value["header"], value["entries"], Ed25519PrivateKey.generate())["seal"]
    value["seal"] |= {name: forged[name] for name in ("header", "links", "head")}
    assert check(value) == (Problem.SIGNATURE, None)


@pytest.mark.parametrize("part", ["header", "head", "links", "signature"])
def test_a_changed_seal_is_refused(part: str) -> None:
    value = sealed()
    other = "A" * 86 + "==" if part == "signature" else "0" * 64
    value["seal"][part] = [other, *value["seal"][part][1:]] if part == "links" else other
    assert check(value)[0] is Problem.SIGNATURE


def test_a_bundle_sealed_by_somebody_else_says_so() -> None:
    other = Ed25519PrivateKey.generate()
    value = sealed(key=other)
    assert check(value) == (Problem.FOREIGN, None)
    assert check(value, keys.raw(other)) == (None, None)
    assert keys.fingerprint(keys.raw(other)) in verify.verify(value, ANCHOR).message
    # Our key's name on their signature does not help.
    value["seal"]["public_key"] = sealed()["seal"]["public_key"]
    assert check(value)[0] is Problem.SIGNATURE


def _set(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        for name in path[:-1]:
            value = value[name]
        value[path[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("format", to="else"), _set("version", to=2), _set("version", to=True), _set("note", to="loose"),
        _set("seal", "note", to="loose"), _set("seal", to=[]), _set("entries", to={}), _set("header", to=[]),
        _set("seal", "head", to="../x"), _set("seal", "links", to=None), _set("seal", "links", to=[1]),
        _set("seal", "public_key", to="AAAA"), _set("seal", "public_key", to=7),
        _set("seal", "algorithm", to="none"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    value = sealed()
    change(value)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(value))
    with pytest.raises(BundleUnreadable):
        verify.read(path)


def test_the_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    assert keys.public_key(tmp_path) is None
    public = keys.raw(keys.signing_key(tmp_path))
    assert keys.public_key(tmp_path) == public
    path = tmp_path / "audit" / keys.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == [keys.FILE], "no draft stays behind"
    path.write_text("damaged")
    with pytest.raises(keys.HomeUnusable, match="not an Ed25519 private key"):
        keys.signing_key(tmp_path)


def test_a_public_key_may_come_as_printed_or_as_pem(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for text in (keys.shown(ANCHOR), f"# sealed by\n{keys.shown(ANCHOR)}\n", pem.decode()):
        path.write_text(text)
        assert keys.read_public(path) == ANCHOR
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for text, said in (("none", "no Ed25519 public key"), (private.decode(), "private key")):
        path.write_text(text)
        with pytest.raises(InputError, match=said) as raised:
            keys.read_public(path)
        assert private.decode()[40:60] not in str(raised.value.to_dict())
    with pytest.raises(InputError, match="Cannot read"):
        keys.read_public(tmp_path / "absent")


def test_the_command_needs_no_platform(tmp_path: Path) -> None:
    """Every outcome has its exit code; the state folder of the machine has never seen a platform."""
    home, good, bad, theirs = (tmp_path / name for name in ("home", "good", "bad", "theirs"))
    home.mkdir()
    bundle.write(theirs, sealed())
    environment = {"ARCHITECT_HOME": str(home)}

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, ["audit", "verify", *map(str, arguments), "--json"], env=environment)
        return result.exit_code, json.loads(result.stdout) if result.stdout else {"error": result.exception}

    assert isinstance(run(theirs)[1]["error"], InputError), "no key to check against"
    printed = CliRunner().invoke(app, ["audit", "key"], env=environment)
    assert printed.stdout.startswith("ed25519 ")
    own = keys.signing_key(home)
    value = bundle.seal({"kind": "log"}, [{"n": 1}, {"n": 2}, {"n": 3}], own)
    bundle.write(good, value)
    value["entries"][1]["n"] = 7
    bundle.write(bad, value)
    assert run(good)[0] == 0
    code, answer = run(bad)
    assert (code, answer["valid"], answer["problem"], answer["position"]) == (1, False, "entry_altered", 2)
    code, answer = run(theirs)
    assert (code, answer["problem"]) == (3, "foreign_key")
    pub = tmp_path / "key.pub"
    pub.write_text(keys.shown(ANCHOR))
    assert run(theirs, "--key", pub)[0] == 0
    with pytest.raises(InputError, match="there already"):
        bundle.write(good, value)

    command = [
        sys.executable,
        "-m",
        "architect.cli.main",
        "audit",
        "verify",
        str(tmp_path / "absent"),
        "--json",
    ]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "bundle_unreadable"
    shown = CliRunner().invoke(app, ["audit", "verify", str(bad)], env=environment).stdout
    assert "REFUSED" in shown
    assert "Entry 2 was altered" in shown
