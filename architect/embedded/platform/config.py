"""What may be set of an environment's services: only what the embedded services heed is accepted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.store import Store

Settings = TypeVar("Settings", bound="Section")
MEBIBYTE = 1024 * 1024
MAX_FILE_SIZE = 500 * 1024 * MEBIBYTE
MAX_TEXT = 10_000
_NAMES = r"^[^,\x00]{1,63}(\s*,\s*[^,\x00]{1,63})*$"
_Text = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00-\x1f]*$")]

_Names = Annotated[str, StringConstraints(pattern=_NAMES, max_length=MAX_TEXT)]


class Section(BaseModel):
    """Settings of one service. Fields are what a ``PATCH`` may carry; their defaults are what holds unset."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: ClassVar[str]


class Switch(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    enabled: bool


class StorageFeatures(BaseModel):
    """Kept for the clients that set them. The embedded storage service has neither, whatever they say."""

    model_config = ConfigDict(extra="forbid", strict=True)
    imageTransformation: Switch = Switch(enabled=False)
    s3Protocol: Switch = Switch(enabled=False)


class StorageSettings(Section):
    name: ClassVar[str] = "storage"
    fileSizeLimit: int = Field(default=50 * MEBIBYTE, ge=1, le=MAX_FILE_SIZE)
    features: StorageFeatures = StorageFeatures()


class AuthSettings(Section):
    name: ClassVar[str] = "auth"
    #: Empty: the environment's own URL.
    site_url: _Text = ""
    uri_allow_list: _Text = ""
    jwt_exp: int = Field(default=3600, ge=1, le=604_800)
    disable_signup: bool = False
    external_email_enabled: bool = True
    external_anonymous_users_enabled: bool = False
    password_min_length: int = Field(default=6, ge=6, le=32_767)


class RestSettings(Section):
    name: ClassVar[str] = "postgrest"
    db_schema: _Names = "public, graphql_public"
    max_rows: int = Field(default=1000, ge=1, le=1_000_000)
    db_extra_search_path: Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")] = (
        "public, extensions"
    )

    @property
    def schemas(self) -> list[str]:
        """The schemas that REST serves."""
        return split(self.db_schema)


class Configs:
    """Settings of every environment, in the platform's store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, ref: str, kind: type[Settings]) -> Settings:
        """The settings that hold for ``ref``."""
        row = await self._store.one("config.section", ref=ref, section=kind.name)
        return kind.model_validate(row["settings"] if row else {})

    async def put(self, ref: str, kind: type[Settings], given: dict[str, Any]) -> Settings:
        """Change what ``given`` names. Raises :class:`ApiError` 400 for what cannot be set here."""
        try:
            changed = kind.model_validate({key: value for key, value in given.items() if value is not None})
        except ValidationError as error:
            raise ApiError(400, _refusal(error)) from None
        before = (await self.get(ref, kind)).model_dump()
        stored = {
            name: {**before[name], **value} if isinstance(value, dict) else value
            for name, value in changed.model_dump(exclude_unset=True).items()
        }
        await self._store.run("config.put", ref=ref, section=kind.name, settings=Jsonb(stored))
        return await self.get(ref, kind)


def split(names: str) -> list[str]:
    """The names of a list that is written with commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


def _refusal(error: ValidationError) -> str:
    reasons = []
    for problem in error.errors():
        field = ".".join(str(part) for part in problem["loc"])
        unknown = problem["type"] == "extra_forbidden"
        reasons.append(f"{field}: {'cannot be set on the embedded platform' if unknown else problem['msg']}")
    return "; ".join(reasons)
