"""A missing object is 403 to who may not list the bucket ("GetObject", Amazon S3 API Reference: Permissions). For tests only.

ministack 1.5.33 answers 404 to everybody, which would hide what a role is told on AWS.
"""

from ministack.services import s3

PLAIN_HANDLE_REQUEST = s3.handle_request
NOT_FOUND, FORBIDDEN = 404, 403


async def handle_request(method, path, headers, body, query_params, *rest, **named):
    answer = await PLAIN_HANDLE_REQUEST(method, path, headers, body, query_params, *rest, **named)
    bucket, key = s3._parse_bucket_key(path, headers)
    if method in ("GET", "HEAD") and answer[0] == NOT_FOUND and key and not named.get("internal") and not may_list(bucket, headers, query_params):
        return (FORBIDDEN, answer[1], b"") if method == "HEAD" else s3._error("AccessDenied", "Access Denied", FORBIDDEN)
    return answer


def may_list(bucket, headers, query_params):
    from ministack.app import extract_access_key_id, extract_region
    from ministack.core.iam_evaluator import enforce

    access_key, region = extract_access_key_id(headers, query_params), extract_region(headers, query_params)
    return enforce(access_key, "s3:ListBucket", "s3", region, resource_arn=f"arn:aws:s3:::{bucket}") is None


def tell_only_who_may_list():
    s3.handle_request = handle_request
