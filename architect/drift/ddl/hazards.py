"""The words for what may go wrong when a statement runs: pg-schema-diff's, and three of our own."""

from __future__ import annotations

from collections.abc import Iterable

ACCESS_EXCLUSIVE = "ACQUIRES_ACCESS_EXCLUSIVE_LOCK"
SHARE = "ACQUIRES_SHARE_LOCK"
SHARE_ROW_EXCLUSIVE = "ACQUIRES_SHARE_ROW_EXCLUSIVE_LOCK"
DELETES_DATA = "DELETES_DATA"
INDEX_BUILD = "INDEX_BUILD"
INDEX_DROPPED = "INDEX_DROPPED"
PERFORMANCE = "IMPACTS_DATABASE_PERFORMANCE"
UNTRACKABLE = "HAS_UNTRACKABLE_DEPENDENCIES"
CORRECTNESS = "CORRECTNESS"
AUTHZ = "AUTHZ_UPDATE"
NOT_RESTORED = "DATA_NOT_RESTORED"
IRREVERSIBLE = "IRREVERSIBLE"
SUPERUSER = "REQUIRES_SUPERUSER"

#: Where one of these stands, nobody but a person starts the fix.
NEVER_AUTOMATIC = frozenset({DELETES_DATA, NOT_RESTORED, IRREVERSIBLE})

#: One sentence for each word.
EXPLAINED = {
    ACCESS_EXCLUSIVE: "Locks the table against reads and writes for a moment, or gives up.",
    SHARE: "Writes to the table wait until it is done.",
    SHARE_ROW_EXCLUSIVE: "Writes to the table wait for a moment.",
    DELETES_DATA: "Rows or values are deleted.",
    INDEX_BUILD: (
        "Builds an index: writes to the table wait for it. CREATE INDEX CONCURRENTLY would let them go on, "
        "but cannot be part of one transaction with the rest of the fix."
    ),
    INDEX_DROPPED: "Queries that use the index become slower.",
    PERFORMANCE: "Reads or rewrites the whole table.",
    UNTRACKABLE: "Other objects may use this without the catalog knowing.",
    CORRECTNESS: "Fails when rows are there that break the restored rule; nothing is changed then.",
    AUTHZ: "Changes who may do what.",
    NOT_RESTORED: "What was in it does not come back: the object is restored empty.",
    IRREVERSIBLE: "Something that was not recorded is lost or has to be set by hand, such as a password.",
    SUPERUSER: "The platform's postgres role may not do this: it takes a superuser.",
}


def merged(hazards: Iterable[Iterable[str]]) -> list[str]:
    """Every word once, in the order of :data:`EXPLAINED`."""
    said = {word for some in hazards for word in some}
    return [word for word in EXPLAINED if word in said]
