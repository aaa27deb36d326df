"""Which failures of a platform pass by themselves, and how long to wait for that.

Reads, and writes that may be done twice, are tried again after anything that may pass. Other writes are only
tried again after an answer that says that nothing was done; else whoever made them looks first.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

#: How often a request is made before its failure is final.
TRIES = 4
#: Waits between tries when the platform names none.
BACKOFF_S = (0.2, 0.8, 2.0)
#: The same when calls are limited and the tool server, which hides ``Retry-After``, stands between.
THROTTLED_S = (1.0, 5.0, 15.0)
#: A longer ``Retry-After`` than this is an error.
LONGEST_WAIT_S = 30.0
BUSY = frozenset({429, 500, 502, 503, 504})
#: Postgres took no statement: it starts, it is full, or there was no connection.
NOT_TAKEN = frozenset({"57P03", "53300", "08000", "08001", "08004"})

_THROTTLED = re.compile(r"(?i)too many requests|throttl|rate limit")
#: Asking again gets the same answer.
_FINAL = re.compile(
    r"(?i)unauthori[sz]ed|forbidden|denied|not found|does not exist|not enabled|read-only|paused"
    r"|invalid|required|unrecognized|unknown tool|expected (a |an )?(string|number|object|array|boolean)"
)
_DENIED = re.compile(r"(?i)unauthori[sz]ed|access token")

BUSY_HINT = "The platform limits the rate of calls; wait a minute, then retry the build."
DENIED_HINT = "Check the access token of the platform, and what it may do."
BROKEN_HINT = "If the platform has a problem of its own, retry the build when it is over."


def before_asking_again(response: httpx.Response, attempt: int) -> float | None:
    """Seconds until the next try; ``None`` when another would be no use, or patience has run out."""
    if response.status_code not in BUSY or attempt >= TRIES - 1:
        return None
    named = response.headers.get("retry-after", "")
    if not named.isdigit():
        return BACKOFF_S[attempt]
    return float(named) if float(named) <= LONGEST_WAIT_S else None


def before_calling_again(failure: dict[str, Any], said: str, attempt: int, *, safe: bool) -> float | None:
    """The same for a tool call: ``failure`` are the details of its error, ``said`` is its message.

    ``safe`` says that doing it twice is doing it once.
    """
    reason, sqlstate = failure.get("reason"), failure.get("sqlstate")
    if reason == "lost":
        return 0.0 if safe and attempt == 0 else None
    if reason != "refused" or attempt >= TRIES - 1:
        return None
    if sqlstate in NOT_TAKEN:
        return BACKOFF_S[attempt]
    if sqlstate is None and _THROTTLED.search(said):
        return THROTTLED_S[attempt]
    passing = safe and sqlstate is None and not _FINAL.search(said)
    return BACKOFF_S[attempt] if passing else None


def hint(said: str) -> str:
    """What to do about a platform that said this."""
    if _THROTTLED.search(said):
        return BUSY_HINT
    return DENIED_HINT if _DENIED.search(said) else BROKEN_HINT
