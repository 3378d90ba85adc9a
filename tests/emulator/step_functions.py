"""The callback pattern as AWS documents it, where ministack 1.5.33 does otherwise. For tests only.

* Each attempt has a task token of its own ("Wait for a Callback with Task Token", Step Functions Developer Guide).
* A wait without a sign of life for `HeartbeatSeconds` ends with States.HeartbeatTimeout (Amazon States Language, "Timeouts
  and heartbeats"), and its token is then unknown.
* `States.TaskFailed` matches no timeout ("Error names", Amazon States Language).
"""

import contextvars
import json
import threading
import time

from ministack.core.responses import new_uuid
from ministack.services import stepfunctions

PLAIN_CALLBACK, PLAIN_MATCHES = stepfunctions._invoke_with_callback, stepfunctions._error_matches
TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")


def invoke_with_callback(resource, input_data, token, state_def):
    own = new_uuid()
    input_data = json.loads(json.dumps(input_data).replace(token, own))
    limit = state_def.get("HeartbeatSeconds")
    over = threading.Event()
    if limit:
        # Tokens are kept by account and region, which a new thread does not know of itself.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(watch, own, limit, over), daemon=True).start()
    try:
        return PLAIN_CALLBACK(resource, input_data, own, state_def)
    finally:
        over.set()


def watch(token, limit_seconds, over):
    last, seen = time.monotonic(), None
    while not over.wait(0.2):
        wait = stepfunctions._task_tokens.get(token)
        if wait is None:
            continue
        if wait["heartbeat"] != seen:
            last, seen = time.monotonic(), wait["heartbeat"]
        if time.monotonic() - last > limit_seconds:
            wait["error"] = {"Error": "States.HeartbeatTimeout", "Cause": ""}
            wait["event"].set()
            return


def send_task_heartbeat(data):
    wait = stepfunctions._task_tokens.get(data.get("taskToken"))
    if not wait:
        return stepfunctions.error_response_json("TaskDoesNotExist", "Task token not found", 400)
    # The time of day, to the second, would not tell two signs apart.
    wait["heartbeat"] = time.monotonic()
    return stepfunctions.json_response({})


def error_matches(error_equals, error):
    if error in TIMEOUTS:
        return error in error_equals or "States.ALL" in error_equals
    return PLAIN_MATCHES(error_equals, error)


def answer_as_documented():
    stepfunctions._invoke_with_callback, stepfunctions._error_matches = invoke_with_callback, error_matches
    stepfunctions._send_task_heartbeat = send_task_heartbeat
