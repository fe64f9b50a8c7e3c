"""Validates what a server sent against the schemas of the protocol.

Usage: check_messages.py SCHEMAS FILE

FILE holds one JSON object per line, {"era", "method", "message"}: the message as it was sent and the method of the
request that it answers, null for what answers none. Prints what is wrong, then the number of valid messages.
"""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator

SCHEMAS = {"legacy": "2025-11-25", "modern": "2026-07-28"}
RESULTS = {
    "initialize": "InitializeResult",
    "ping": "EmptyResult",
    "server/discover": "DiscoverResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
}
ERRORS = {-32020: "HeaderMismatchError", -32022: "UnsupportedProtocolVersionError"}


def definitions(entry):
    """The definitions that a message, or a part of it, must follow."""
    message = entry["message"]
    if "method" in message:
        yield "ServerNotification", message
    elif "error" in message:
        yield "JSONRPCErrorResponse", message
        if entry["era"] == "modern" and message["error"]["code"] in ERRORS:
            yield ERRORS[message["error"]["code"]], message
    else:
        yield "JSONRPCResultResponse", message
        yield RESULTS[entry["method"]], message["result"]


def main():
    folder, path = sys.argv[1:]
    schemas = {
        era: json.loads((pathlib.Path(folder) / f"{version}.json").read_text())["$defs"]
        for era, version in SCHEMAS.items()
    }
    valid = 0
    with open(path) as lines:
        for line in lines:
            entry = json.loads(line)
            for name, part in definitions(entry):
                schema = {"$ref": f"#/$defs/{name}", "$defs": schemas[entry["era"]]}
                for error in Draft202012Validator(schema).iter_errors(part):
                    print(f"INVALID {entry['era']} {name}: {error.message} in {json.dumps(part)[:300]}")
                    break
                else:
                    valid += 1
    print(f"{valid} valid")


main()
