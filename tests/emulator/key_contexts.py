"""Requests to KMS are judged by the encryption context that they name, uploads to S3 by their condition. For tests only.

`kms:EncryptionContext:CONTEXT_KEY` and `kms:CallerAccount` ("Condition keys for AWS KMS", AWS KMS Developer Guide);
`s3:if-none-match` ("Enforce conditional writes on Amazon S3 buckets", Amazon S3 User Guide).
"""

import json

from ministack.core import iam_actions, iam_evaluator

PLAIN_CONTEXT, PLAIN_S3_CONTEXT, PLAIN_RESOLVE = iam_actions.request_tag_context, iam_actions.s3_service_context, iam_evaluator._resolve_condition_key


def context_of(service, action, body, params):
    context = PLAIN_CONTEXT(service, action, body, params)
    if service == "kms":
        named = json.loads(body or b"{}").get("EncryptionContext") or {}
        context.update({f"kms:EncryptionContext:{key}": value for key, value in named.items()})
    return context


def s3_context_of(action, query_params, path="", headers=None):
    context = PLAIN_S3_CONTEXT(action, query_params, path, headers)
    condition = (headers or {}).get("if-none-match")
    if action == "s3:PutObject" and condition:
        context["s3:if-none-match"] = condition
    return context


def resolve(key, context):
    if key.lower() == "kms:calleraccount":
        return context.principal_account
    return PLAIN_RESOLVE(key, context)


def judge_keys_as_aws_does():
    iam_actions.request_tag_context, iam_actions.s3_service_context = context_of, s3_context_of
    iam_evaluator._resolve_condition_key = resolve
