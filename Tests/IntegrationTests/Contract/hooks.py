"""What schemathesis must know of Parley beyond its contract: hooks, and a check of the events in streams.

Environment: AUTH_TOKEN, REFRESH and USER_ID are those of a user who is signed in, USERNAME and PASSWORD let them sign
in; STATISTICS is where to write how often each operation answered with which status.
"""

import atexit
import hashlib
import json
import os
import re
import threading
from collections import Counter

import jsonschema_rs
import schemathesis

# What the demo model knows what to do with.
PROMPTS = ["Create tasks for Alex", "Alex Smith", "Create 2 user stories for login", "List the tasks", "List sprints"]

answers = Counter()
runs = []
lock = threading.Lock()


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def is_positive(case):
    return case.meta is None or case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives valid requests what no generator can guess."""
    if not is_positive(case):
        return
    is_linked = case.meta is not None and case.meta.phase.name.value == "stateful"
    if "run_id" in case.path_parameters and runs and not is_linked:
        case.path_parameters["run_id"] = runs[-1]
    # To JSON Schema 7.0 is an integer. In a query it is a text that is none.
    for name, value in case.query.items():
        if isinstance(value, float) and value.is_integer():
            case.query[name] = int(value)
    if not isinstance(case.body, dict):
        return
    if case.operation.label == "POST /agent/run":
        # Refused where there is no archive, and here there is none.
        if case.body.get("restore") is True:
            case.body["restore"] = False
        if "AUTH_TOKEN" in os.environ:
            case.body["auth_token"] = os.environ["AUTH_TOKEN"]
            case.body["refresh"] = os.environ["REFRESH"]
            case.body["user_context"]["id"] = int(os.environ["USER_ID"])
        if digest(case.body)[0] in "01234567":
            case.body["user_context"]["roles"] = ["Back"]
            case.body["prompt"] = PROMPTS[int(digest(case.body), 16) % len(PROMPTS)]
        identity = digest(case.body)
        key = case.headers.get("Idempotency-Key")
        if key:
            # A key stands for one body: the same one again is a replay, another one would be refused.
            case.headers["Idempotency-Key"] = key[:220] + identity[:32]
        # The links of the contract lead on from an answer in JSON.
        if identity[0] in "01234567" and not is_linked:
            case.headers["Accept"] = "text/event-stream"
    if case.operation.label == "POST /agent/login" and "PASSWORD" in os.environ:
        if digest(case.body)[0] in "01234567":
            case.body.update(username=os.environ["USERNAME"], password=os.environ["PASSWORD"])


@schemathesis.hook
def after_call(context, case, response):
    with lock:
        answers[case.operation.label, response.status_code] += 1
    if case.operation.label == "POST /agent/run" and response.status_code == 200:
        runs.append(re.search(r"run_[0-9a-f]{32}", response.text)[0])


@schemathesis.check
def event_schema_conformance(ctx, response, case):
    """The data of each event is JSON of its event's schema."""
    media = response.headers.get("content-type", [""])[0]
    if not media.startswith("text/event-stream"):
        return
    components = case.operation.schema.raw_schema["components"]
    contents = {
        kind["properties"]["event"]["const"]: kind["properties"]["data"]["contentSchema"]
        for kind in components["schemas"]["Event"]["oneOf"]
    }
    names = []
    for event in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines() if line and not line.startswith(":"))
        if "event" not in fields:
            continue
        names.append(fields["event"])
        schema = {**contents[fields["event"]], "components": components}
        validator = jsonschema_rs.validator_for(schema)
        errors = [error.message for error in validator.iter_errors(json.loads(fields["data"]))]
        assert not errors, f"{fields['event']}: {errors}"
    # A client may say that it has events which never were.
    if not case.headers.get("Last-Event-ID"):
        assert names and names[-1] in ("run.finished", "run.failed"), f"the stream ends with {names[-1:]}"
    with lock:
        answers.update(("event " + name, 200) for name in names)


@atexit.register
def write_statistics():
    with open(os.environ["STATISTICS"], "w", encoding="utf-8") as file:
        for (label, status), count in sorted(answers.items()):
            file.write(f"{label} {status} {count}\n")
