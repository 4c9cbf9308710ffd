"""The MCP server itself: tools, pages as resources, a prompt; every failure is words and a next step."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from cpgassist import __version__
from cpgassist.apps.mcp.pages import PICTURE, TEMPLATE, page_of, shown_page
from cpgassist.apps.mcp.tools import TOOLS, Given, tool_of
from cpgassist.apps.web.failures import note
from cpgassist.apps.web.questions import checked_question
from cpgassist.apps.web.working import Desk, finished
from cpgassist.errors import CpgassistError, InputError
from cpgassist.types import Answer

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

T = TypeVar("T")

INSTRUCTIONS = (
    "Clinical practice guidelines, quoted word for word with page and grade. Nothing here is invented: when the status is "
    "silent, the guidelines do not answer. Keep quotes, doses and grades exactly as given, and name guideline and page. "
    "Never send what identifies a patient."
)
PROMPT = types.Prompt(
    name="ask_with_citations",
    title="Ask with citations",
    description="Answers a clinical question from the guidelines alone, each line quoted with its page and grade.",
    arguments=[types.PromptArgument(name="question", description="One clinical question.", required=True)],
)
UNEXPECTED = CpgassistError(
    "Something went wrong on this computer.", "Try again; tell who looks after this installation."
)


def listed_tools() -> list[types.Tool]:
    """The tools as clients are told of them."""
    return [
        types.Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=_schema(tool.takes.model_json_schema()),
            output_schema=_schema(tool.gives.model_json_schema(mode="serialization")),
            annotations=types.ToolAnnotations(
                title=tool.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )
        for tool in TOOLS
    ]


def mcp_server(assistant: Assistant, answered: Callable[[Answer], None] = lambda answer: None) -> Server[Any]:
    """The server, to be run on stdio or by streamable HTTP; `answered` hears of every answer that it gives."""
    door = _Door(assistant, answered)
    server: Server[Any] = Server(
        "cpgassist",
        version=__version__,
        title="cpgassist",
        instructions=INSTRUCTIONS,
        on_list_tools=door.list_tools,
        on_call_tool=door.call_tool,
        on_list_resources=door.list_resources,
        on_list_resource_templates=door.list_templates,
        on_read_resource=door.read_resource,
        on_list_prompts=door.list_prompts,
        on_get_prompt=door.get_prompt,
    )
    # it would describe each request to whatever tracing is installed
    server.middleware.clear()
    return server


def run_on_stdio(assistant: Assistant) -> None:
    """Speak MCP on stdin and stdout until stdin ends; meanwhile the SDK leads what others print to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = mcp_server(assistant)

    async def run() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(run)


class _Door:
    """The handlers of one server."""

    def __init__(self, assistant: Assistant, answered: Callable[[Answer], None]) -> None:
        self.assistant = assistant
        self.answered = answered
        self.desk = Desk()

    async def list_tools(self, ctx: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed_tools())

    async def call_tool(self, ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = tool_of(params.name)
        if tool is None:
            return _failed(InputError("There is no such tool.", f"There are {', '.join(one.name for one in TOOLS)}."))
        arguments = params.arguments or {}
        try:
            given = await self._done(lambda cancel: tool.call(self.assistant, arguments, cancel))
        except CpgassistError as error:
            return _failed(error)
        for answer in given.answers:
            self.answered(answer)
        return types.CallToolResult(content=_content(given), structured_content=given.structured)

    async def list_resources(self, ctx: Any, params: Any) -> types.ListResourcesResult:
        # every page of every guideline would be thousands; the template and list_guidelines tell how to name one
        return types.ListResourcesResult(resources=[])

    async def list_templates(self, ctx: Any, params: Any) -> types.ListResourceTemplatesResult:
        page = types.ResourceTemplate(
            uri_template=TEMPLATE,
            name="page",
            title="A page of a guideline",
            description="The text that was read from a page, and its picture. list_guidelines gives the ids.",
        )
        return types.ListResourceTemplatesResult(resource_templates=[page])

    async def read_resource(self, ctx: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            guideline, number = page_of(uri)
            page = await self._done(lambda _: shown_page(self.assistant, guideline, number))
        except CpgassistError as error:
            raise _refused(error) from None
        contents: list[types.TextResourceContents | types.BlobResourceContents] = [
            types.TextResourceContents(uri=uri, mime_type="text/plain", text=str(page))
        ]
        if page.picture:
            contents.append(types.BlobResourceContents(uri=uri, mime_type=PICTURE, blob=page.picture))
        return types.ReadResourceResult(contents=contents)

    async def list_prompts(self, ctx: Any, params: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[PROMPT])

    async def get_prompt(self, ctx: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        try:
            if params.name != PROMPT.name:
                raise InputError("There is no such prompt.", f"There is {PROMPT.name}.")
            question = checked_question((params.arguments or {}).get("question"))
        except CpgassistError as error:
            raise _refused(error) from None
        words = (
            "Call ask_guidelines with the question below, as it is. Then give its lines word for word, each with its "
            "guideline, page and grade as printed. Where the status is silent, say that the guidelines do not answer, and "
            f"add nothing of your own.\n\nQuestion: {question}"
        )
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=words))
        return types.GetPromptResult(description=PROMPT.description, messages=[message])

    async def _done(self, work: Callable[[Event], T]) -> T:
        """What the work gives, when its turn has come. Raises CpgassistError and nothing else."""
        try:
            async with self.desk.place():
                return await finished(self.desk.workers, work)
        except (CpgassistError, asyncio.CancelledError):
            raise
        except Exception as error:
            note(error)
            raise UNEXPECTED from None


def _content(given: Given) -> list[types.ContentBlock]:
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=given.text)]
    if given.picture:
        content.append(types.ImageContent(type="image", data=given.picture, mime_type=PICTURE))
    return content


def _failed(error: CpgassistError) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=_words(error))], is_error=True)


def _refused(error: CpgassistError) -> MCPError:
    code = types.INVALID_PARAMS if isinstance(error, InputError) else types.INTERNAL_ERROR
    return MCPError(code, _words(error), {"next_step": error.next_step})


def _words(error: CpgassistError) -> str:
    return " ".join(filter(None, (error.message, error.next_step)))


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without the titles that pydantic makes of names: they say nothing, and a model reads every word."""
    return {name: _untitled(value) for name, value in schema.items() if name != "title"}


def _untitled(value: Any) -> Any:
    if isinstance(value, list):
        return [_untitled(one) for one in value]
    if not isinstance(value, dict):
        return value
    # a property may be called "title": that is a schema, and no word
    return {name: _untitled(one) for name, one in value.items() if name != "title" or not isinstance(one, str)}
