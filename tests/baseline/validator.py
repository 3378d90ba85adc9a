"""What a user would write instead of validator-lambda: a Python handler with boto3, for the measurement only.

It makes the same calls for each message (organization, head, first bytes, two linked events, RunTask) and has the same
three clients; it leaves out most of the rules. Run as a program it speaks the Lambda Runtime API, as `bootstrap` does.
"""

import hashlib
import http.client
import json
import os
import unicodedata
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import boto3
from botocore.config import Config

CONFIG = Config(s3={"addressing_style": "path"} if "AWS_ENDPOINT_URL" in os.environ else {}, max_pool_connections=20)
S3 = boto3.client("s3", config=CONFIG)
DYNAMODB = boto3.client("dynamodb", config=CONFIG)
ECS = boto3.client("ecs", config=CONFIG)
ENV = os.environ
PREFIX_BYTES = 4096


def package_id(bucket, key, version):
    text = "\0".join((bucket, key, version)).encode()
    return "pkg-" + hashlib.sha256(text).hexdigest()[:40]


def key_is_safe(key):
    segments = key.split("/")
    return (
        len(key.encode()) <= 1024
        and len(segments) >= 2
        and unicodedata.is_normalized("NFC", key)
        and not any(s in ("", ".", "..") for s in segments)
        and not any(ord(c) < 32 or c in "\\\x7f" for c in key)
    )


def put_event(partition, seq, prev, body):
    event = {"v": 1, "seq": seq, "at": datetime.now(timezone.utc).isoformat(), "prev": prev, **body}
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    item = {
        "Partition": {"S": partition}, "Seq": {"N": str(seq)}, "Event": {"S": canonical}, "Hash": {"S": digest},
        "PackageId": {"S": partition.split("/")[-1]}, "Kind": {"S": body["kind"]}, "Phase": {"S": body["kind"]},
        "LogMonth": {"S": event["at"][:7] + "#" + partition[-1]}, "LogOrder": {"S": f"{event['at']}#{partition}#{seq:06}"},
    }
    put = {"TableName": ENV["RELAY_TRAIL_TABLE"], "Item": item, "ConditionExpression": "attribute_not_exists(Seq)"}
    if seq == 0:
        DYNAMODB.put_item(**put)
    else:
        DYNAMODB.transact_write_items(TransactItems=[
            {"ConditionCheck": {
                "TableName": ENV["RELAY_TRAIL_TABLE"], "Key": {"Partition": {"S": partition}, "Seq": {"N": str(seq - 1)}},
                "ConditionExpression": "#h = :p", "ExpressionAttributeNames": {"#h": "Hash"},
                "ExpressionAttributeValues": {":p": {"S": prev}}}},
            {"Put": put},
        ])
    return digest


def take(record):
    bucket, entry = record["s3"]["bucket"]["name"], record["s3"]["object"]
    key = urllib.parse.unquote_plus(entry["key"])
    version = entry["versionId"]
    organization = key.split("/")[0]
    identifier = package_id(bucket, key, version)
    partition = f"{organization}/{identifier}"
    ok = key_is_safe(key)
    if ok:
        found = DYNAMODB.get_item(
            TableName=ENV["RELAY_ORGANIZATIONS_TABLE"], Key={"OrganizationId": {"S": organization}}, ConsistentRead=True)
        ok = found.get("Item", {}).get("Enabled", {}).get("BOOL", False)
    if ok:
        head = S3.head_object(Bucket=bucket, Key=key, VersionId=version, ChecksumMode="ENABLED")
        first = S3.get_object(Bucket=bucket, Key=key, VersionId=version, Range=f"bytes=0-{PREFIX_BYTES - 1}")["Body"].read()
        ok = head["ContentLength"] > 0 and first[:2] != b"MZ"
    digest = put_event(partition, 0, "0" * 64, {"kind": "received", "key": key, "version_id": version})
    put_event(partition, 1, digest, {"kind": "accepted" if ok else "rejected"})
    if ok:
        ECS.run_task(
            cluster=ENV["RELAY_CLUSTER_ARN"], taskDefinition=ENV["RELAY_TASK_DEFINITION_ARN"], launchType="FARGATE",
            clientToken=hashlib.sha256(identifier.encode()).hexdigest(), count=1,
            networkConfiguration={"awsvpcConfiguration": {
                "subnets": ENV["RELAY_SUBNET_IDS"].split(","), "securityGroups": ENV["RELAY_SECURITY_GROUP_IDS"].split(",")}},
            overrides={
                "taskRoleArn": ENV["RELAY_TENANT_ROLE_ARN_PREFIX"] + organization,
                "containerOverrides": [{"name": ENV["RELAY_CONTAINER_NAME"],
                                        "environment": [{"name": "RELAY_RUN_ORDER", "value": "{}"}]}]})


def take_message(message):
    try:
        for record in json.loads(message["body"])["Records"]:
            take(record)
    except Exception as error:  # noqa: BLE001 - whatever it is, this message is not done
        print(json.dumps({"message": message["messageId"], "error": str(error)}), flush=True)
        return {"itemIdentifier": message["messageId"]}
    return None


POOL = ThreadPoolExecutor(10)


def handle(event):
    failures = [failure for failure in POOL.map(take_message, event["Records"]) if failure]
    return {"batchItemFailures": failures}


def main():
    connection = http.client.HTTPConnection(ENV["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        response = connection.getresponse()
        event = json.loads(response.read())
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = json.dumps(handle(event))
        connection.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
        connection.getresponse().read()


if __name__ == "__main__":
    main()
