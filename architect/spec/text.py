"""Reads the text a person wrote, and refuses what no later step could hold or show.

Postgres refuses NUL and lone surrogates, a prompt or a terminal can be fooled by control and override
characters, and one endless line makes every parser slow: better one clear error here than many later.
"""

from __future__ import annotations

import re
from pathlib import Path

from architect.errors import SpecError

#: Bytes of UTF-8.
MAX_BYTES = 1_000_000
#: Characters of one line.
MAX_LINE = 20_000

_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_NEWLINE = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
#: They make text read differently from what it says.
_OVERRIDE = re.compile(r"[\u202d\u202e]")
#: Zero-width and formatting characters: a text of nothing else is empty to a reader.
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff]+"
)


def read_spec(source: str | bytes | Path) -> str:
    """The text of a spec with ``\\n`` line ends and without a byte order mark.

    Parameters
    ----------
    source
        The text itself, its UTF-8 bytes, or the path of a file.

    Raises
    ------
    SpecError
        The text breaks a rule; ``details['rule']`` is one of ``file``, ``size``, ``encoding``,
        ``surrogate``, ``control_character``, ``override_character``, ``line_length``, ``empty``.
    """
    if isinstance(source, Path):
        source = _read_file(source)
    text = _decode(source) if isinstance(source, bytes) else source
    text = _NEWLINE.sub("\n", text.removeprefix("\ufeff"))
    _check_characters(text)
    _check_size(len(text.encode("utf-8")))
    _check_lines(text)
    if not _INVISIBLE.sub("", text):
        raise SpecError(
            "The spec is empty.",
            hint="Write what the product does: its things, who owns them and who may see or change them.",
            rule="empty",
        )
    return text


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # A few bytes more than allowed are enough to refuse; a 10 GB file is not read.
            return file.read(MAX_BYTES + 8)
    except OSError as error:
        raise SpecError(
            f"The spec file {path.name} cannot be read: {error.strerror or error}.",
            hint="Give the path of a readable text file.",
            rule="file",
        ) from error


def _decode(data: bytes) -> str:
    _check_size(len(data.removeprefix(b"\xef\xbb\xbf")))
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            raise _not_utf8(f"The spec is {name} text.", 0)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(
            f"The spec is not valid UTF-8: byte {error.start} cannot be read.", error.start
        ) from None


def _not_utf8(message: str, offset: int) -> SpecError:
    return SpecError(message, hint="Save it as UTF-8 text.", rule="encoding", offset=offset)


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise SpecError(
            f"The spec is larger than {MAX_BYTES:,} bytes.",
            hint="Build the product in parts, one spec of a few pages for each.",
            rule="size",
        )


def _check_characters(text: str) -> None:
    for rule, pattern, what in (
        ("surrogate", _SURROGATE, "half of a surrogate pair"),
        ("control_character", _CONTROL, "a control character"),
        ("override_character", _OVERRIDE, "a direction override"),
    ):
        found = pattern.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            raise SpecError(
                f"Line {line} of the spec holds {what} (U+{ord(found.group()):04X}).",
                hint="Remove that character; letters of any script, tabs and line ends are fine.",
                rule=rule,
                line=line,
            )


def _check_lines(text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            raise SpecError(
                f"Line {number} of the spec has {len(line):,} characters; {MAX_LINE:,} are allowed.",
                hint="Break the text into paragraphs.",
                rule="line_length",
                line=number,
            )
