"""A legacy server on stdin and stdout, without any SDK, that misbehaves: `odd_program.py HABIT`."""

import json
import os
import signal
import subprocess
import sys
import time

HABIT = sys.argv[1]
TOOLS = [{"name": name, "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": name != "write"}}
         for name in ("read", "write", "pid", "environment", "echo")]


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(request, result):
    send({"jsonrpc": "2.0", "id": request["id"], "result": result})


def text(request, words):
    answer(request, {"content": [{"type": "text", "text": words}]})


def call(request):
    name = request["params"]["name"]
    if name == "pid":
        return text(request, " ".join(map(str, [os.getpid(), *children])))
    if name == "echo":
        return text(request, request["params"]["arguments"]["text"])
    if name == "environment":
        return text(request, json.dumps(dict(os.environ)))
    if HABIT == "dies":
        sys.exit(3)
    if HABIT == "large":
        return text(request, "x" * 200_000)
    if HABIT == "noisy":
        print("starting up ...\n\n{broken\n[1,2]\n\x00\x01", flush=True)
        send({"jsonrpc": "2.0", "id": 4711, "result": {}})
        send({"jsonrpc": "2.0", "id": "s1", "method": "ping"})
        reply = json.loads(sys.stdin.readline())
        send({"jsonrpc": "2.0", "id": "s2", "method": "elicitation/create", "params": {}})
        refusal = json.loads(sys.stdin.readline())
        return text(request, f"{reply['id']} {reply['result']} {refusal['id']} {refusal['error']['code']}")
    if HABIT == "silent":
        return None
    text(request, "ok")


if HABIT == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
children = []
if HABIT == "parent":
    # What it starts keeps its output open after it has died.
    children.append(subprocess.Popen(["sleep", "600"]).pid)

for line in sys.stdin:
    if HABIT == "deaf":
        continue
    request = json.loads(line)
    method = request.get("method")
    if method == "server/discover":
        if HABIT == "shy":
            sys.exit(1)
        if HABIT != "old":
            send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "?"}})
    elif method == "initialize":
        version = request["params"]["protocolVersion"]
        answer(request, {"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}})
    elif method == "tools/list":
        answer(request, {"tools": TOOLS})
    elif method == "tools/call":
        call(request)
    if HABIT == "parent" and method == "tools/call" and request["params"]["name"] == "write":
        os._exit(0)

while HABIT == "stubborn":
    time.sleep(600)
