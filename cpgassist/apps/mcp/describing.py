"""The tools as a page of the documentation tells them, made from what clients are told."""

from __future__ import annotations

from typing import Any

from cpgassist.apps.mcp import tool_list
from cpgassist.errors import InputError

BEGIN, END = "<!-- tools, written by `make docs` -->", "<!-- end of tools -->"


def with_tools(page: str) -> str:
    """The page with the list of tools between its marks. Raises InputError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError("The page has no marks for the tools.", f"Write {BEGIN} and {END}.")
    told = "\n\n".join(_tool(tool) for tool in tool_list())
    return f"{before}{BEGIN}\n\n{told}\n\n{END}{after}"


def _tool(tool: dict[str, Any]) -> str:
    takes, gives = tool["inputSchema"], tool["outputSchema"]
    required = takes.get("required", [])
    rows = [
        f"| `{name}` | {_type(schema)}{'' if name in required else ', optional'} | {schema.get('description', '')} |"
        for name, schema in takes.get("properties", {}).items()
    ]
    table = ["| argument | type | what it is |", "|---|---|---|", *rows] if rows else ["It takes no arguments."]
    fields = ", ".join(f"`{name}`" for name in gives["properties"])
    return "\n".join([f"### {tool['name']}", "", tool["description"], "", *table, "", f"Gives {fields}."])


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    limits = [str(schema[limit]) for limit in ("minimum", "maximum") if limit in schema]
    return f"{schema['type']}{f' {chr(8211).join(limits)}' if limits else ''}"
