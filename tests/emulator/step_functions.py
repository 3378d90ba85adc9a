"""The callback pattern as AWS documents it, where ministack 1.5.33 does otherwise. For tests only.

* Each attempt has a task token of its own ("Wait for a Callback with Task Token", Step Functions Developer Guide).
* A wait without a sign of life for `HeartbeatSeconds` ends with States.HeartbeatTimeout (Amazon States Language, "Timeouts
  and heartbeats"), and its token is then unknown.
* `States.TaskFailed` matches no timeout ("Error names", Amazon States Language).
* What Amazon ECS refuses has the name of its error, `ECS.ClientException` for one, and `failures` without a task are
  `AmazonECS.Unknown` ("Run Amazon ECS or Fargate tasks", Step Functions Developer Guide).
* The key of an object may ask that the start of its task is refused some times: `throttled-3-times`, `no-room-3-times`,
  `no-such-subnet-3-times`, as ECS does it.
"""

import collections
import contextvars
import json
import re
import threading
import time

from ministack.core.responses import new_uuid
from ministack.services import stepfunctions

PLAIN_CALLBACK, PLAIN_MATCHES = stepfunctions._invoke_with_callback, stepfunctions._error_matches
PLAIN_RUN_TASK = stepfunctions._invoke_ecs_run_task
TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")
# Which answer a word in a key asks for: an error of ECS, or failures that come with status 200.
REFUSALS = {
    "throttled": ("InvalidParameterException", "Error retrieving subnet information for [subnet-1]: Rate exceeded (ErrorCode: Throttling)"),
    "no-room": (None, "Capacity is unavailable at this time. Please try again later or in a different availability zone"),
    "no-such-subnet": ("InvalidParameterException", "The subnet ID 'subnet-1' does not exist"),
}
REFUSED = collections.Counter()


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


def refusal_of(parameters):
    """What the key of the order asks for, as an error, or nothing."""
    key = order_key(parameters)
    found = re.search(f"({'|'.join(REFUSALS)})-(\\d+)-times", key)
    if not found or REFUSED[key] >= int(found.group(2)):
        return None
    REFUSED[key] += 1
    name, text = REFUSALS[found.group(1)]
    if name:
        return stepfunctions._ExecutionError(f"ECS.{name}", text)
    return stepfunctions._ExecutionError("AmazonECS.Unknown", json.dumps({"Failures": [{"Reason": text}], "Tasks": []}))


def order_key(parameters):
    for override in parameters.get("Overrides", {}).get("ContainerOverrides", []):
        for variable in override.get("Environment", []):
            if variable["Name"] == "RELAY_RUN_ORDER":
                return json.loads(variable["Value"])["custody"]["key"]
    return ""


def run_task(resource, input_data):
    from ministack.services import ecs

    refusal = refusal_of(input_data)
    if refusal:
        raise refusal
    status, _, body = ecs._run_task(stepfunctions._pascal_to_camel(input_data))
    result = json.loads(body) if body else {}
    if status >= 400:
        name = result.get("__type", "ServerException").rsplit("#", 1)[-1]
        raise stepfunctions._ExecutionError(f"ECS.{name}", result.get("message", ""))
    if result.get("failures"):
        raise stepfunctions._ExecutionError("AmazonECS.Unknown", body if isinstance(body, str) else body.decode())
    return result


def answer_as_documented():
    for prefix, handler in stepfunctions._SERVICE_DISPATCH.items():
        if handler is PLAIN_RUN_TASK:
            stepfunctions._SERVICE_DISPATCH[prefix] = run_task
    stepfunctions._invoke_with_callback, stepfunctions._error_matches = invoke_with_callback, error_matches
    stepfunctions._send_task_heartbeat = send_task_heartbeat
