"""Storage buckets."""

from __future__ import annotations

from tests.drift.drift import CRITICAL, OPENING, QUALITY, SERIOUS, Drift

BUCKETS = [
    Drift(
        "bucket public",
        "update storage.buckets set public = true where id = 'documents'",
        "bucket_*",
        CRITICAL,
        "documents",
    ),
    Drift(
        "bucket private",
        "update storage.buckets set public = false where id = 'avatars'",
        "bucket_*",
        SERIOUS,
        "avatars",
    ),
    Drift(
        "new public bucket",
        "insert into storage.buckets (id, name, public) values ('dump', 'dump', true)",
        "bucket_*",
        OPENING,
        "dump",
    ),
    Drift(
        "new private bucket",
        "insert into storage.buckets (id, name) values ('quiet', 'quiet')",
        "bucket_*",
        QUALITY + " info",
        "quiet",
    ),
    Drift(
        "size limit lost",
        "update storage.buckets set file_size_limit = null where id = 'documents'",
        "bucket_*",
        SERIOUS + " low",
        "documents",
    ),
    Drift(
        "size limit raised",
        "update storage.buckets set file_size_limit = 99999999 where id = 'avatars'",
        "bucket_*",
        SERIOUS + " low",
        "avatars",
    ),
    Drift(
        "mime types lost",
        "update storage.buckets set allowed_mime_types = null where id = 'avatars'",
        "bucket_*",
        SERIOUS + " low",
        "avatars",
    ),
    Drift(
        "mime type added",
        """update storage.buckets set allowed_mime_types = allowed_mime_types || '{text/html}'
          where id = 'avatars'""",
        "bucket_*",
        SERIOUS + " low",
        "avatars",
    ),
    Drift(
        "bucket gone",
        "delete from storage.buckets where id = 'documents'",
        "bucket_missing",
        SERIOUS + " critical",
        "documents",
    ),
    Drift(
        "all buckets gone", "delete from storage.buckets", "bucket_missing", SERIOUS + " critical", "avatars"
    ),
]
