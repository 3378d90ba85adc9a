"""Requests to IAM are judged by the role's ARN with its path, and with the keys of Service Authorization Reference, AWS IAM:
`iam:PermissionsBoundary` and `iam:PolicyARN`. A role that is made with tags also takes the permission to tag it. For tests only.
"""

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam

PLAIN_CONTEXT, PLAIN_RESOURCE, PLAIN_ENFORCE = iam_actions.request_tag_context, iam_actions.extract_resource_arn, iam_evaluator.enforce
JUDGED_BY_BOUNDARY = ("iam:CreateRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy")


def first(params, name):
    value = params.get(name)
    return value[0] if isinstance(value, list) else value


def context_of(service, action, body, params):
    context = PLAIN_CONTEXT(service, action, body, params)
    if service != "iam":
        return context
    role = iam._roles.get(first(params, "RoleName") or "") or {}
    boundary = role.get("PermissionsBoundary") or first(params, "PermissionsBoundary")
    if isinstance(boundary, dict):
        boundary = boundary.get("PermissionsBoundaryArn")
    if action in JUDGED_BY_BOUNDARY and boundary:
        context["iam:PermissionsBoundary"] = boundary
    if first(params, "PolicyArn"):
        context["iam:PolicyARN"] = first(params, "PolicyArn")
    return context


def resource_of(service, method, path, headers, body, query_params, region, account_id):
    name = first(query_params, "RoleName") if service == "iam" else None
    if not name:
        return PLAIN_RESOURCE(service, method, path, headers, body, query_params, region, account_id)
    role = iam._roles.get(name)
    if role:
        return role["Arn"]
    return f"arn:aws:iam::{account_id}:role{first(query_params, 'Path') or '/'}{name}"


def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    denied = PLAIN_ENFORCE(access_key_id, iam_action, service, region, resource_arn, service_context)
    if denied or iam_action != "iam:CreateRole" or not any(key.lower() == "aws:tagkeys" for key in service_context or {}):
        return denied
    return PLAIN_ENFORCE(access_key_id, "iam:TagRole", service, region, resource_arn, service_context)


def judge_roles_as_aws_does():
    iam_actions.request_tag_context, iam_actions.extract_resource_arn = context_of, resource_of
    iam_evaluator.enforce = enforce
