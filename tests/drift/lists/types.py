"""Types, sequences, casts, operators."""

from __future__ import annotations

from tests.drift.drift import MINOR, QUALITY, SERIOUS, Drift

TYPES = [
    Drift(
        "enum value added",
        "alter type public.item_status add value 'secret'",
        "type_* enum_*",
        QUALITY,
        "item_status",
    ),
    Drift(
        "enum value renamed",
        "alter type public.item_status rename value 'draft' to 'new'",
        "type_* enum_*",
        SERIOUS,
        "item_status",
    ),
    Drift(
        "composite changed",
        "alter type public.address add attribute country text",
        "type_*",
        QUALITY,
        "address",
    ),
    Drift(
        "composite narrowed",
        "alter type public.address drop attribute zip",
        "type_*",
        SERIOUS + " critical",
        "address",
    ),
    Drift("type dropped", "drop type public.price_range cascade", "type_missing", SERIOUS, "price_range"),
    Drift("type added", "create type public.colour as enum ('red')", "type_extra", MINOR, "colour"),
    Drift(
        "sequence step",
        "alter sequence public.invoice_numbers increment 1",
        "sequence_*",
        QUALITY,
        "invoice_numbers",
    ),
    Drift(
        "sequence cycles",
        "alter sequence public.invoice_numbers maxvalue 2000 cycle",
        "sequence_*",
        QUALITY,
        "invoice_numbers",
    ),
    Drift(
        "sequence owned",
        "alter sequence public.invoice_numbers owned by public.invoices.number",
        "sequence_*",
        QUALITY + " info",
        "invoice_numbers",
    ),
    Drift(
        "sequence dropped",
        "drop sequence public.invoice_numbers",
        "sequence_missing",
        SERIOUS + " critical",
        "invoice_numbers",
    ),
    Drift(
        "operator dropped",
        "drop operator public.=== (text, text)",
        "other_* operator_* object_*",
        QUALITY,
        "===",
    ),
    Drift(
        "cast changed",
        """drop cast (public.price_range as text);
          create cast (public.price_range as text) with inout as assignment""",
        "other_* cast_* object_*",
        QUALITY,
        "price_range",
    ),
    Drift(
        "cast added",
        "create cast (public.address as text) with inout as implicit",
        "other_* cast_* object_*",
        QUALITY,
        "address",
    ),
    Drift(
        "collation dropped", "drop collation public.plain", "other_* collation_* object_*", QUALITY, "plain"
    ),
    Drift(
        "text search changed",
        """alter text search configuration public.simple_words
          drop mapping for email""",
        "other_* text_search_* object_* ts_*",
        QUALITY,
        "simple_words",
    ),
]
