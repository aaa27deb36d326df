"""The helper types at the end of the module: ``Tables``, ``TablesInsert`` and so on."""

from __future__ import annotations

_TABLE = "DefaultSchemaTableNameOrOptions"
_SCHEMAS = "keyof DatabaseWithoutInternals"


def helpers() -> str:
    """All five, each closed by a blank line."""
    inferred = [_inferred(kind) for kind in ("Insert", "Update")]
    enums = _looked_up("Enums", "DefaultSchemaEnumNameOrOptions", "EnumName")
    composites = _looked_up("CompositeTypes", "PublicCompositeTypeNameOrOptions", "CompositeTypeName")
    return "\n\n".join([_tables(), *inferred, enums, composites]) + "\n"


def _of(options: str, part: str) -> str:
    return f'DatabaseWithoutInternals[{options}["schema"]]["{part}"]'


def _parameters(options: str, own: str, name: str, others: str) -> str:
    """The two type parameters: a name of the default schema or ``{ schema }``, and then the name in there."""
    return (
        f"  {options} extends\n    | keyof {own}\n    | {{ schema: {_SCHEMAS} }},\n"
        f"  {name} extends {options} extends {{\n    schema: {_SCHEMAS}\n  }}\n"
        f"    ? keyof {others}\n    : never = never\n"
    )


def _row(of: str, kind: str, letter: str) -> str:
    return f"{of} extends {{\n      {kind}: infer {letter}\n    }}\n    ? {letter}\n    : never"


def _tables() -> str:
    own = '(DefaultSchema["Tables"] & DefaultSchema["Views"])'
    both = f"({_of(_TABLE, 'Tables')} &\n      {_of(_TABLE, 'Views')})"
    return (
        f"export type Tables<\n{_parameters(_TABLE, own, 'TableName', both)}"
        f"> = {_TABLE} extends {{ schema: {_SCHEMAS} }}\n"
        f"  ? {_row(f'{both}[TableName]', 'Row', 'R')}\n"
        f"  : {_TABLE} extends keyof {own}\n"
        f"  ? {_row(f'{own}[{_TABLE}]', 'Row', 'R')}\n  : never"
    )


def _inferred(kind: str) -> str:
    own = 'DefaultSchema["Tables"]'
    other = _of(_TABLE, "Tables")
    return (
        f"export type Tables{kind}<\n{_parameters(_TABLE, own, 'TableName', other)}"
        f"> = {_TABLE} extends {{ schema: {_SCHEMAS} }}\n"
        f"  ? {_row(f'{other}[TableName]', kind, kind[0])}\n"
        f"  : {_TABLE} extends keyof {own}\n"
        f"  ? {_row(f'{own}[{_TABLE}]', kind, kind[0])}\n  : never"
    )


def _looked_up(part: str, options: str, name: str) -> str:
    own, other = f'DefaultSchema["{part}"]', _of(options, part)
    return (
        f"export type {part}<\n{_parameters(options, own, name, other)}"
        f"> = {options} extends {{ schema: {_SCHEMAS} }}\n"
        f"  ? {other}[{name}]\n"
        f"  : {options} extends keyof {own}\n  ? {own}[{options}]\n  : never"
    )
