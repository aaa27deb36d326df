"""The one rule for names: what may become a table, a column, a policy or a function.

Text is normalised (NFKC), stripped of marks and invisible characters, split into words and joined by ``_``.
What cannot be told apart by eye is refused, not guessed: a letter of another script is an error.
The result is lower-case ASCII of at most 63 bytes, because Postgres silently cuts longer names.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from typing import Literal

from architect.errors import InputError
from architect.plan.english import plural as plural
from architect.plan.english import singular as singular

Kind = Literal["table", "column"]

#: Bytes Postgres keeps of an identifier.
MAX_BYTES = 63

_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,62}")

_KEYWORDS = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check
collate collation column concurrently constraint create cross current_catalog current_date
current_role current_schema current_time current_timestamp current_user default deferrable desc
distinct do else end except false fetch for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
references returning right select session_user similar some symmetric system_user table tablesample
then to trailing true union unique user using variadic verbose when where window with
"""
_SCHEMAS = """
auth storage realtime extensions vault graphql graphql_public pgsodium pgsodium_masks pgbouncer cron
net pgmq supabase_functions supabase_migrations supabase_admin information_schema public private
"""
#: pg_get_keywords() of categories R (reserved) and T (reserved except as function or type), PostgreSQL 18.
KEYWORDS = frozenset(_KEYWORDS.split())
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"})
#: Schemas of Postgres, Supabase and of our own renderer: a table of that name invites a mix-up.
SCHEMAS = frozenset(_SCHEMAS.split())

#: Latin letters that NFKD does not take apart.
_LATIN = str.maketrans(
    dict(zip("æœøßđðłþıħμ", ("ae", "oe", "o", "ss", "d", "d", "l", "th", "i", "h", "u"), strict=True))
)
_SYMBOLS = str.maketrans({"&": " and ", "%": " percent "})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_POSSESSIVE = re.compile(r"['’ʼ`](s\b)?", re.I)
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def slug(text: str, kind: Kind = "table") -> str:
    """The name that ``text`` stands for: ``"Order Items"`` -> ``order_items``, ``"user"`` -> ``user_``.

    A leading digit or ``pg_`` gets the prefix ``n_``, a reserved word the suffix ``_``; more than 63 bytes
    are cut and a hash keeps the result distinct. Raises :class:`InputError` when no letter or digit is left
    or when a letter is not Latin.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    plain = _CAMEL.sub(" ", _POSSESSIVE.sub("", plain)).translate(_SYMBOLS)
    plain = _without_marks(plain.casefold()).translate(_LATIN)
    _refuse_other_scripts(plain)
    name = _SEPARATORS.sub("_", plain).strip("_")
    if not name:
        raise InputError(
            f"No name can be made of {_show(text)}.",
            hint="Use letters and digits of the Latin alphabet, for example `orders`.",
        )
    if name[0].isdigit() or name.startswith("pg_"):
        name = f"n_{name}"
    return fit(f"{name}_" if is_reserved(name, kind) else name)


def is_reserved(name: str, kind: Kind = "table") -> bool:
    """Whether Postgres or Supabase claims ``name``. Schema names are reserved for tables only."""
    if name in KEYWORDS or name in SYSTEM_COLUMNS or name.startswith("pg_"):
        return True
    return kind == "table" and name in SCHEMAS


def is_name(name: str) -> bool:
    """Whether ``name`` has the form of a name, reserved or not."""
    return _PATTERN.fullmatch(name) is not None


def fit(name: str) -> str:
    """``name`` in at most 63 bytes: a longer one is cut and ends in a hash of the whole."""
    if len(name) <= MAX_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: MAX_BYTES - 9].rstrip('_')}_{digest}"


def unique(name: str, taken: Collection[str]) -> str:
    """``name``, or the first of ``name_2``, ``name_3``, ... that is not in ``taken``."""
    candidate, number = fit(name), 1
    while candidate in taken:
        number += 1
        candidate = fit(f"{name}_{number}")
    return candidate


def fold(name: str, kind: Kind = "table") -> str:
    """The key under which two names count as the same: without ``_``, tables also without their plural."""
    words = [w for w in name.lower().split("_") if w]
    if kind == "table":
        words = [singular(w) for w in words]
    return "".join(words)


def _without_marks(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in taken_apart if not unicodedata.combining(c))


def _refuse_other_scripts(text: str) -> None:
    """Dropping a letter would guess a name, and a Cyrillic letter inside a Latin word looks the same."""
    for word in re.findall(r"[^\W\d_]+", text):
        foreign = next((c for c in word if not c.isascii()), None)
        if foreign:
            what = "mixes scripts: it holds" if any(c.isascii() for c in word) else "is not Latin: it holds"
            raise InputError(
                f"The word {_show(word)} {what} {unicodedata.name(foreign, 'an unnamed letter')}.",
                hint="Write names in the Latin alphabet, for example `orders`.",
            )


def _show(text: str) -> str:
    """``text`` short and in ASCII, so that invisible characters can be seen in the message."""
    shown = ascii(text)
    return shown if len(shown) <= 60 else shown[:57] + "...'"
