"""What one entry of the lists says."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

#: What an attacker notices at once. An entry may say that one step less is right as well.
CRITICAL = "critical"
OPENING = "critical high"
HIGH = "high"
SERIOUS = "critical high medium"
MEDIUM = "high medium"
QUALITY = "high medium low"
LOW = "medium low"
MINOR = "medium low info"


@dataclass(frozen=True)
class Drift:
    """One change of a healthy database.

    ``types`` are patterns for the alert's type and ``about`` the words that its resource must carry: at least
    one alert has to fit both, with one of the severities of ``rank``. ``undo`` takes back what clones of a
    database share (roles) or what keeps a database from being dropped. ``fixable`` is false where no SQL
    brings the facts back.
    """

    name: str
    sql: str
    types: str
    rank: str
    about: str
    undo: str = ""
    fixable: bool = True
    since: int = 0

    def fits_type(self, kind: str) -> bool:
        return any(fnmatch(kind, pattern) for pattern in self.types.split())

    def fits_resource(self, text: str) -> bool:
        return all(word in text for word in self.about.split())


@dataclass(frozen=True)
class Harmless:
    """A change that means nothing: no alert at all, or one that only informs (``SAME_MEANING``)."""

    name: str
    sql: str
    undo: str = ""
    since: int = 0
