"""Starts ministack with what AWS does and ministack 1.5.33 does not. For tests only.

Each addition names the AWS document that it follows:

* `dynamodb:LeadingKeys` ("IAM policy conditions for fine-grained access control", DynamoDB Developer Guide): the
  partition keys that a request names, so that policies on them are enforced.
"""

import json
import sys

from ministack.core import iam_actions

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


def main():
    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
