"""Requests to KMS are judged by the encryption context that they name, uploads to S3 by their condition; and what KMS did not
wrap so, it does not unwrap. For tests only.

`kms:EncryptionContext:CONTEXT_KEY` and `kms:CallerAccount` ("Condition keys for AWS KMS", AWS KMS Developer Guide);
`s3:if-none-match` ("Enforce conditional writes on Amazon S3 buckets", Amazon S3 User Guide). Ciphertext that was changed is
InvalidCiphertextException, and IncorrectKeyException when the request names another key than the one that wrapped it ("Decrypt", AWS KMS
API Reference); ministack 1.5.33 unwraps both to other bytes.
"""

import base64
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


def with_notes(plain, given_out):
    def wrapping(data):
        answer = plain(data)
        if answer[0] == 200:
            given_out.add(json.loads(answer[2])["CiphertextBlob"])
        return answer

    return wrapping


def with_authentication(plain, given_out):
    from ministack.services import kms

    def decrypt(data):
        blob, named = data.get("CiphertextBlob", ""), kms._resolve_key(data.get("KeyId", ""))
        if data.get("EncryptionAlgorithm", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
            return plain(data)
        if blob not in given_out:
            return kms.error_response_json("InvalidCiphertextException", "", 400)
        if named and named["KeyId"].encode() != base64.b64decode(blob)[:36]:
            return kms.error_response_json("IncorrectKeyException", "", 400)
        return plain(data)

    return decrypt


def judge_keys_as_aws_does():
    from ministack.services import kms

    given_out = set()
    for name in ("_encrypt", "_generate_data_key", "_generate_data_key_without_plaintext"):
        setattr(kms, name, with_notes(getattr(kms, name), given_out))
    kms._decrypt = with_authentication(kms._decrypt, given_out)
    # What stands there now: other additions may have come before.
    iam_actions.request_tag_context = context_with_encryption(iam_actions.request_tag_context)
    iam_actions.s3_service_context = context_with_condition(iam_actions.s3_service_context)
    iam_evaluator._resolve_condition_key = with_caller_account(iam_evaluator._resolve_condition_key)
