"""Starts ministack with what AWS does and ministack 1.5.33 does not. For tests only.

Each addition names the AWS document that it follows:

* `dynamodb:LeadingKeys` ("IAM policy conditions for fine-grained access control", DynamoDB Developer Guide): the
  partition keys that a request names, so that policies on them are enforced.
* `aws:SecureTransport` is true: AWS is reached by TLS, the emulator by plain HTTP on the loopback interface, so that every
  policy that demands TLS would refuse everything. That these statements are there is asserted by other tests, and
  tests/aws/page.rs applies them to an emulator as it comes, by TLS.
* RunTask honours `clientToken` ("Ensuring idempotency", ECS API Reference): a repeated request is answered as the first was, also
  when its task has stopped; the same token with other parameters is a ConflictException. A cluster must be there.
* RunTask is judged on the task definition, and whatever is about tasks with the key `ecs:cluster` (Service Authorization Reference, Amazon ECS).
* `s3:x-amz-server-side-encryption-aws-kms-key-id` (Service Authorization Reference, Amazon S3): the key that an upload names.
* Policy variables such as `${aws:PrincipalTag/organization}` ("IAM policy elements: Variables and tags", IAM User Guide); a
  statement with a variable that has no value matches nothing.
* Requests about roles carry their path, boundary and policy: see iam_requests.py.
* Requests to KMS carry their encryption context, uploads to S3 their condition: see key_contexts.py.
* A missing object is 403 to who may not list: see missing_objects.py.
* Batches of SQS take the permission of their single action: see sqs_batches.py.
* Names in a listing of versions are encoded for who asks: see version_listings.py.
* Task tokens, heartbeats and timeouts of Step Functions: see step_functions.py.
* Executions are counted, and alarms on them go off: see execution_metrics.py.
* Tasks are processes of this machine: see engine.py.
"""

import dataclasses
import json
import re
import sys
import threading

from ministack.core import iam_actions, iam_evaluator

PLAIN_CONTEXT = iam_actions.dynamodb_service_context


def partition_key_name(table):
    from ministack.services import dynamodb

    record = dynamodb._tables.get(str(table).rsplit("/", 1)[-1])
    return record["pk_name"] if record else None


def keys_of(request):
    """The partition keys in one request, or in the members of a transaction or batch."""
    if not isinstance(request, dict):
        return []
    found = []
    name = partition_key_name(request.get("TableName"))
    for member in ("Key", "Item"):
        value = (request.get(member) or {}).get(name) if name else None
        if isinstance(value, dict):
            found.extend(value.values())
    if name and "KeyConditionExpression" in request:
        values = request.get("ExpressionAttributeValues") or {}
        first = request["KeyConditionExpression"].split("=", 1)[-1].split()[0]
        found.extend((values.get(first) or {}).values())
    for item in request.get("TransactItems") or []:
        for operation in (item or {}).values():
            found.extend(keys_of(operation))
    return found


def context_with_leading_keys(body):
    context = PLAIN_CONTEXT(body)
    try:
        keys = keys_of(json.loads(body or b"{}"))
    except (ValueError, TypeError):
        keys = []
    if keys:
        context["dynamodb:LeadingKeys"] = keys
    return context


iam_actions.dynamodb_service_context = context_with_leading_keys

PLAIN_TAGS, PLAIN_RESOURCE = iam_actions.request_tag_context, iam_actions.extract_resource_arn


JUDGED_BY_CLUSTER = ("ecs:RunTask", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:StopTask")


def context_with_cluster(service, action, body, params):
    context = PLAIN_TAGS(service, action, body, params)
    if action in JUDGED_BY_CLUSTER:
        context["ecs:cluster"] = json.loads(body).get("cluster", "")
    return context


def resource_of(service, method, path, *rest, **named):
    found = PLAIN_RESOURCE(service, method, path, *rest, **named)
    body = next((value for value in (*rest, *named.values()) if isinstance(value, bytes)), b"")
    if service == "ecs" and b'"taskDefinition"' in body:
        definition = json.loads(body)["taskDefinition"]
        return definition if definition.startswith("arn:") else found
    return found


iam_actions.request_tag_context, iam_actions.extract_resource_arn = context_with_cluster, resource_of

PLAIN_S3_CONTEXT = iam_actions.s3_service_context
KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def s3_context_with_key(action, query_params, path="", headers=None):
    context = PLAIN_S3_CONTEXT(action, query_params, path, headers)
    if "s3:x-amz-server-side-encryption" in context:
        key = (headers or {}).get(KEY_HEADER) or key_of_upload(query_params or {})
        if key:
            context["s3:" + KEY_HEADER] = key
    return context


def key_of_upload(query_params):
    """The key that the request named which began an upload in parts."""
    from ministack.services import s3

    upload_id = query_params.get("uploadId")
    upload_id = upload_id[0] if isinstance(upload_id, list) else upload_id
    record = s3._multipart_uploads.get(upload_id) if upload_id else None
    found = [value for value in flattened(record) if isinstance(value, str) and value.startswith("arn:aws:kms:")]
    return found[0] if found else None


def flattened(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from flattened(one)
    else:
        yield value


iam_actions.s3_service_context = s3_context_with_key

PLAIN_FIRST_MATCH = iam_evaluator._first_match


def with_variables(context, value):
    """The value with its variables replaced; raises KeyError for one that has no value."""
    if isinstance(value, str):
        def replaced(match):
            found = iam_evaluator._resolve_condition_key(match.group(1), context)
            if found is None:
                raise KeyError(match.group(1))
            return str(found)

        return re.sub(r"\$\{([^}]+)\}", replaced, value)
    if isinstance(value, list):
        return [with_variables(context, one) for one in value]
    if isinstance(value, dict):
        return {key: with_variables(context, one) for key, one in value.items()}
    return value


def first_match_with_variables(context, statements, effect):
    usable = []
    for statement in statements:
        try:
            usable.append(dataclasses.replace(
                statement, resources=with_variables(context, statement.resources),
                not_resources=with_variables(context, statement.not_resources),
                conditions=with_variables(context, statement.conditions)))
        except KeyError:
            continue
    return PLAIN_FIRST_MATCH(context, usable, effect)


iam_evaluator._first_match = first_match_with_variables

PLAIN_ORIGIN = iam_evaluator.pin_request_origin
iam_evaluator.pin_request_origin = lambda source_ip, _secure_transport: PLAIN_ORIGIN(source_ip, True)


def error_of_run_task(data):
    """What RunTask refuses on AWS, and ministack does not."""
    from ministack.services import ecs

    name = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if name not in ecs._clusters:
        return ecs.error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    return None


def tasks_of(answer):
    status, _, body = answer
    return [task["taskArn"] for task in json.loads(body).get("tasks", [])] if status == 200 else []


def with_client_tokens(plain_run_task):
    """RunTask that starts one task for each token of a cluster, for as long as this emulator lives."""
    from ministack.services import ecs

    started, lock = {}, threading.Lock()

    def run_task(data):
        error = error_of_run_task(data)
        if error:
            return error
        token = data.get("clientToken")
        if not token:
            return plain_run_task(data)
        key = (ecs.get_account_id(), ecs.get_region(), ecs._resolve_cluster_name(data.get("cluster", "default")), token)
        parameters = {name: value for name, value in data.items() if name != "clientToken"}
        with lock:
            if key not in started:
                answer = plain_run_task(data)
                # Only a request that succeeded is remembered.
                if tasks_of(answer):
                    started[key] = (parameters, answer)
                return answer
            first_parameters, answer = started[key]
        if parameters != first_parameters:
            text = "The client token was used before, with other parameters."
            return ecs.error_response_json("ConflictException", text, 400, {"resourceIds": tasks_of(answer)})
        # The result of the original request, in the state that its task had then.
        return answer

    return run_task


def extend_ecs():
    import engine

    from ministack.services import ecs

    plain_run_task = ecs._run_task
    ecs._run_task = with_client_tokens(plain_run_task)
    for table in vars(ecs).values():
        if isinstance(table, dict):
            for name, handler in list(table.items()):
                if handler is plain_run_task:
                    table[name] = ecs._run_task
    if engine.PROGRAMS:
        docker = engine.Engine()
        ecs._get_docker = lambda: docker


def main():
    from ministack.app import main as serve

    import access_log
    import execution_metrics
    import iam_requests
    import key_contexts
    import lost_answers
    import missing_objects
    import sqs_batches
    import step_functions
    import version_listings

    access_log.note_what_is_allowed()
    execution_metrics.count_executions()
    iam_requests.judge_roles_as_aws_does()
    key_contexts.judge_keys_as_aws_does()
    lost_answers.give_terraform_its_answers_again()
    missing_objects.tell_only_who_may_list()
    sqs_batches.judge_batches_as_aws_does()
    step_functions.answer_as_documented()
    version_listings.encode_names_when_asked()
    extend_ecs()

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
