"""Requests to KMS are judged by the encryption context that they name, uploads to S3 by their condition. For tests only.

`kms:EncryptionContext:CONTEXT_KEY` and `kms:CallerAccount` ("Condition keys for AWS KMS", AWS KMS Developer Guide);
`s3:if-none-match` ("Enforce conditional writes on Amazon S3 buckets", Amazon S3 User Guide).
"""

import json

from ministack.core import iam_actions, iam_evaluator


def context_with_encryption(plain):
    def context_of(service, action, body, params):
        context = plain(service, action, body, params)
        if service == "kms":
            named = json.loads(body or b"{}").get("EncryptionContext") or {}
            context.update({f"kms:EncryptionContext:{key}": value for key, value in named.items()})
        return context

    return context_of


def context_with_condition(plain):
    def context_of(action, query_params, path="", headers=None):
        context = plain(action, query_params, path, headers)
        condition = (headers or {}).get("if-none-match")
        if action == "s3:PutObject" and condition:
            context["s3:if-none-match"] = condition
        return context

    return context_of


def with_caller_account(plain):
    def resolve(key, context):
        if key.lower() == "kms:calleraccount":
            return context.principal_account
        return plain(key, context)

    return resolve


def judge_keys_as_aws_does():
    # What stands there now: other additions may have come before.
    iam_actions.request_tag_context = context_with_encryption(iam_actions.request_tag_context)
    iam_actions.s3_service_context = context_with_condition(iam_actions.s3_service_context)
    iam_evaluator._resolve_condition_key = with_caller_account(iam_evaluator._resolve_condition_key)
