"""A server made with the official SDK, of either line: `sdk_server.py stdio`, or `sdk_server.py json|sse PORT`."""

import json
import os
import sys

from typing import Annotated

import anyio
from pydantic import Field

try:
    import mcp_types as types
    from mcp.server.mcpserver import Context, MCPServer as Server
    from mcp.server.mcpserver.exceptions import ToolError

    LINE = 2
except ImportError:
    import mcp.types as types
    from mcp.server.fastmcp import Context, FastMCP as Server
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.server.lowlevel import NotificationOptions

    LINE = 1

MODE = sys.argv[1]
if MODE == "stdio":
    # What it says of questions that it does not know would fill the tests' output.
    sys.stderr = open(os.devnull, "w")
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 0

if LINE == 1:
    server = Server("sdk", host="127.0.0.1", port=PORT, json_response=MODE == "json", log_level="WARNING")
    low = server._mcp_server
    make_options = low.create_initialization_options
    low.create_initialization_options = lambda *_: make_options(NotificationOptions(tools_changed=True))
else:
    server = Server("sdk", log_level="WARNING")


def annotated(**hints):
    return types.ToolAnnotations.model_validate(hints)


def result(**members):
    return types.CallToolResult.model_validate(members)


cancelled = anyio.Event()
calls = 0


@server.tool(annotations=annotated(readOnlyHint=True), description="Adds two numbers.")
def add(a: int, b: int) -> dict[str, int]:
    return {"sum": a + b}


@server.tool(name="text.écho", annotations=annotated(readOnlyHint=True))
def echo(text: str) -> str:
    return text


@server.tool(annotations=annotated(readOnlyHint=True))
def regional(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
    """Line 2 refuses a call over HTTP whose header does not say what the argument says."""
    return region


@server.tool()
def every_kind() -> types.CallToolResult:
    return result(
        content=[
            {"type": "text", "text": "first"},
            {"type": "image", "data": "AAAA" * 500, "mimeType": "image/png"},
            {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
            {"type": "resource_link", "uri": "file:///a.txt", "name": "a.txt", "size": 2048, "mimeType": "text/plain"},
            {"type": "resource", "resource": {"uri": "note://1", "text": "a note"}},
            {"type": "resource", "resource": {"uri": "note://2", "blob": "AAAA", "mimeType": "application/pdf"}},
            {"type": "text", "text": "last"},
        ]
    )


@server.tool()
def fail() -> str:
    raise ToolError("the cellar is locked")


@server.tool(annotations=annotated(readOnlyHint=True))
async def work(seconds: float, ctx: Context) -> str:
    """Reports progress all the while."""
    for step in range(int(seconds * 10)):
        await ctx.report_progress(step, seconds * 10)
        await anyio.sleep(0.1)
    return "worked"


@server.tool(annotations=annotated(readOnlyHint=True))
async def ask(ctx: Context) -> str:
    """Asks the client what it does not offer."""
    try:
        await ctx.session.list_roots()
        return "answered"
    except Exception as error:
        return f"refused: {type(error).__name__}"


@server.tool()
async def wait_for_ever() -> str:
    try:
        await anyio.sleep(3600)
    except BaseException:
        cancelled.set()
        raise
    return "never"


@server.tool(annotations=annotated(readOnlyHint=True))
async def was_cancelled() -> str:
    """Returns once a call of wait_for_ever was cancelled."""
    await cancelled.wait()
    return "yes"


@server.tool()
async def grow(ctx: Context) -> str:
    server.add_tool(lambda: "new", name="grown", description="New.")
    if LINE == 1:
        await ctx.session.send_tool_list_changed()
    else:
        await ctx.notify_tools_changed()
    return "grown"


@server.tool(annotations=annotated(readOnlyHint=True))
def seen(ctx: Context) -> str:
    """What came with the call besides its arguments."""
    headers = ctx.headers if LINE == 2 else getattr(ctx.request_context.request, "headers", None)
    meta = ctx.request_context.meta
    if hasattr(meta, "model_dump"):
        meta = meta.model_dump(by_alias=True, mode="json")
    return json.dumps({"headers": dict(headers or {}), "meta": dict(meta or {})})


@server.tool()
def count() -> str:
    global calls
    calls += 1
    return str(calls)


@server.tool()
def created() -> types.CallToolResult:
    artifacts = [{"type": "user_story", "id": 7, "ref": 3, "subject": "Login"}]
    return result(content=[{"type": "text", "text": "made"}], structuredContent={"created_artifacts": artifacts})


if MODE == "stdio":
    server.run("stdio")
elif LINE == 1:
    server.run("streamable-http")
else:
    server.run("streamable-http", host="127.0.0.1", port=PORT, json_response=MODE == "json")
