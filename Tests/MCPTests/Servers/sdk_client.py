"""A client of the official SDK, in whichever line is installed, that tries a Parley server out.

Usage: sdk_client.py MODE http URL | sdk_client.py MODE stdio PROGRAM [ARGUMENT...]

MODE is `legacy` or `modern`; the SDK's 1.x line knows only the first. Prints one line per check, `ok NAME` or
`FAILED NAME: why`, and the line `done`. The server is the sandbox.
"""

import asyncio
import contextlib
import importlib.metadata
import json
import sys

from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

LINE = int(importlib.metadata.version("mcp").split(".")[0])
HEADERS = {"X-Taiga-Auth-Token": "canary-token", "X-Taiga-Refresh-Token": "canary-refresh"}


@contextlib.asynccontextmanager
async def connect_line_1(wire, target):
    from mcp.client.streamable_http import streamablehttp_client

    if wire == "http":
        transport = streamablehttp_client(target[0], headers=HEADERS)
    else:
        transport = stdio_client(StdioServerParameters(command=target[0], args=target[1:]))
    async with transport as streams:
        async with ClientSession(*streams[:2]) as session:
            await session.initialize()
            yield session


@contextlib.asynccontextmanager
async def connect_line_2(mode, wire, target):
    from mcp import Client

    if wire == "http":
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        async with httpx2.AsyncClient(headers=HEADERS) as http:
            transport = streamable_http_client(target[0], http_client=http)
            async with Client(transport, mode="auto" if mode == "modern" else "legacy") as client:
                yield client
    else:
        parameters = StdioServerParameters(command=target[0], args=target[1:])
        async with Client(parameters, mode="auto" if mode == "modern" else "legacy") as client:
            yield client


def connect(mode, wire, target):
    return connect_line_1(wire, target) if LINE == 1 else connect_line_2(mode, wire, target)


def snake(name):
    """The SDK's 2.x line spells its attributes otherwise."""
    return name if LINE == 1 else "".join("_" + c.lower() if c.isupper() else c for c in name)


def get(value, name):
    return getattr(value, snake(name))


def structured(result):
    assert not get(result, "isError"), result
    return get(result, "structuredContent")


async def negotiates(client, mode):
    if LINE == 2:
        modern = client.protocol_version == "2026-07-28"
        assert modern == (mode == "modern"), client.protocol_version


async def lists_tools(client, mode):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert len(tools) >= 11, sorted(tools)
    assert get(tools["taiga_list_tasks"].annotations, "readOnlyHint") is True
    assert get(tools["taiga_create_task"].annotations, "readOnlyHint") is False
    assert get(tools["taiga_create_task"], "inputSchema")["type"] == "object"
    assert tools["taiga_create_task"].meta == {"io.parley/idempotent": True}


async def reads(client, mode):
    result = await client.call_tool("taiga_get_project", {})
    content = structured(result)
    assert content["result"] == json.loads(result.content[0].text)
    assert content["created_artifacts"] == []


async def writes(client, mode):
    story = structured(await client.call_tool("taiga_create_user_story", {"subject": "Größe ✓ 日本"}))
    (artifact,) = story["created_artifacts"]
    assert artifact["type"] == "user_story" and artifact["subject"] == "Größe ✓ 日本", artifact
    task = structured(
        await client.call_tool("taiga_create_task", {"subject": "T", "user_story_id": artifact["id"]})
    )
    (below,) = task["created_artifacts"]
    assert below["user_story"] == {"id": artifact["id"], "subject": "Größe ✓ 日本"}, below


async def tells_errors(client, mode):
    result = await client.call_tool("taiga_create_user_story", {"subject": "S", "colour": "red"})
    assert get(result, "isError") and "colour" in result.content[0].text, result
    result = await client.call_tool("taiga_list_tasks", {"project_id": 7})
    assert get(result, "isError") and "7" in result.content[0].text, result
    try:
        result = await client.call_tool("no_such_tool", {})
        assert get(result, "isError"), result
    except Exception as error:
        assert "-32602" in repr(error) or "tool" in str(error).lower(), repr(error)


async def writes_once(client, mode):
    meta = {"io.parley/idempotency-key": f"{LINE}-{mode}-{id(client)}"}
    call = lambda: client.call_tool("taiga_create_task", {"subject": "Once"}, meta=dict(meta))
    results = await asyncio.gather(*(call() for _ in range(5)))
    ids = {structured(result)["created_artifacts"][0]["id"] for result in results}
    assert len(ids) == 1, ids


async def keeps_context(client, mode):
    context = {
        "project_id": 1729875,
        "milestone_id": 499548,
        "user": {"id": 738718, "username": "jdlafond", "roles": ["Stakeholder"]},
    }
    meta = {"io.parley/context": context}
    result = await client.call_tool("taiga_create_task", {"subject": "No"}, meta=meta)
    assert get(result, "isError") and "permission" in result.content[0].text, result


async def shows_progress(client, mode):
    seen = []

    async def note(progress, total, message):
        seen.append(progress)

    result = await client.call_tool("taiga_get_project", {}, progress_callback=note)
    structured(result)
    # Notifications are handled beside the answer; give the handler its turn.
    for _ in range(100):
        if seen:
            break
        await asyncio.sleep(0.01)
    assert seen, "no progress"


async def overlaps(client, mode):
    results = await asyncio.gather(*(client.call_tool("taiga_list_user_stories", {}) for _ in range(50)))
    assert all(structured(result) for result in results)


async def pings(client, mode):
    if mode == "legacy":
        await client.send_ping()


async def refuses_the_unknown(client, mode):
    session = client if LINE == 1 else client.session
    try:
        await session.list_prompts()
    except Exception as error:
        # The SDK may know by itself that the server did not offer them.
        assert "method" in str(error).lower() or "prompt" in str(error).lower(), repr(error)
    else:
        raise AssertionError("prompts were listed")


CHECKS = [
    negotiates, lists_tools, reads, writes, tells_errors, writes_once, keeps_context, shows_progress, overlaps, pings,
    refuses_the_unknown,
]


async def main():
    mode, wire, *target = sys.argv[1:]
    async with connect(mode, wire, target) as client:
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            try:
                await asyncio.wait_for(check(client, mode), 20)
                print("ok", name)
            except Exception as error:
                print(f"FAILED {name}: {error!r}")
    print("done")


asyncio.run(main())
