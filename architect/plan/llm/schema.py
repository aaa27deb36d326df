"""What the model fills in, and how that is written down for providers that hold it to a JSON schema."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from architect.plan.model import Model, OpenQuestion, Table

#: Keywords that strict modes of providers refuse or ignore; all of them are checked again in code.
_UNKNOWN_TO_PROVIDERS = frozenset(
    {"default", "discriminator", "pattern", "title", "minLength", "maxLength", "minItems", "maxItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)


class Entity(Model):
    """A thing that the spec wants kept."""

    name: str = Field(min_length=1, max_length=100)
    #: Names of the entities that it belongs to or mentions.
    refers_to: list[str] = Field(default=[], max_length=50)


class Outline(Model):
    """The things that one part of a long spec speaks of."""

    entities: list[Entity] = Field(max_length=200)


class Draft(Model):
    """The plan as a model draws it up."""

    #: First, so that the model thinks before it answers.
    entities_found: list[str] = Field(default=[], max_length=200)
    title: str = Field(default="", max_length=200)
    tables: list[Table] = Field(max_length=200)
    open_questions: list[OpenQuestion] = Field(default=[], max_length=100)


class Repair(Draft):
    """Only what changes: the corrected tables under their ids, and the ids of those to leave out."""

    removed: list[str] = Field(default=[], max_length=200)


@cache
def wire_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``kind`` in the words that strict structured output knows.

    Every property is required (an optional one may be empty), unions are ``anyOf``, constants are one-valued
    enums, nothing else may be added.
    """
    schema: dict[str, Any] = _plain(kind.model_json_schema())
    return {"title": kind.__name__, **schema}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, item in value.items():
        if key in ("properties", "$defs"):
            made[key] = {name: _plain(inner) for name, inner in item.items()}
        elif key == "oneOf":
            made["anyOf"] = _plain(item)
        elif key == "const":
            made["enum"] = [item]
        elif key not in _UNKNOWN_TO_PROVIDERS:
            made[key] = _plain(item)
    if "properties" in made:
        made["required"] = list(made["properties"])
        made["additionalProperties"] = False
    return made
