"""Makes what a validator needs at an emulator, uploads packages, and prints their notifications and its environment.

Usage: prepare.py PACKAGES
"""

import json
import sys

import boto3
from botocore.config import Config

REGION, ACCOUNT = "eu-north-1", "000000000000"
CONTENT = b"station,temp\n" + b"".join(b"s%03d,%d.5\n" % (n, n % 40) for n in range(100))


def client(service):
    return boto3.client(service, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
                        config=Config(s3={"addressing_style": "path"}))


def main():
    packages = int(sys.argv[1])
    s3, dynamodb, ecs, kms, sqs = (client(name) for name in ("s3", "dynamodb", "ecs", "kms", "sqs"))
    key_arn = kms.create_key()["KeyMetadata"]["Arn"]
    for bucket in ("measured-ingress", "measured-results"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    dynamodb.create_table(
        TableName="trail", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Partition", "KeyType": "HASH"}, {"AttributeName": "Seq", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "Partition", "AttributeType": "S"}, {"AttributeName": "Seq", "AttributeType": "N"}])
    dynamodb.create_table(
        TableName="organizations", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "OrganizationId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "OrganizationId", "AttributeType": "S"}])
    dynamodb.put_item(TableName="organizations", Item={
        "OrganizationId": {"S": "org-001"}, "Enabled": {"BOOL": True}, "Settings": {"S": "{}"},
        "AddedAt": {"S": "2026-01-31T08:15:00.000Z"}})
    cluster = ecs.create_cluster(clusterName="measured")["cluster"]["clusterArn"]
    task = ecs.register_task_definition(
        family="measured", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "processor", "image": "measured", "essential": True}])
    notices = sqs.create_queue(QueueName="measured")["QueueUrl"]
    messages = []
    for number in range(packages):
        key = f"org-001/measured/{number:05}.csv"
        stored = s3.put_object(Bucket="measured-ingress", Key=key, Body=CONTENT, ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn,
                               ChecksumAlgorithm="SHA256")
        messages.append(json.dumps({"Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventTime": "2026-01-31T08:15:00.000Z",
            "eventName": "ObjectCreated:Put",
            "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "measured-ingress", "arn": "arn:aws:s3:::measured-ingress"},
                   "object": {"key": key, "size": len(CONTENT), "versionId": stored["VersionId"], "sequencer": "0055AED6DCD90281E5"}}}]}))
    environment = {
        "RELAY_INGRESS_BUCKET": "measured-ingress", "RELAY_RESULTS_BUCKET": "measured-results",
        "RELAY_INGRESS_KEY_ARN": key_arn, "RELAY_RESULTS_KEY_ARN": key_arn,
        "RELAY_TRAIL_TABLE": "trail", "RELAY_ORGANIZATIONS_TABLE": "organizations", "RELAY_NOTICES_QUEUE_URL": notices,
        "RELAY_CLUSTER_ARN": cluster, "RELAY_TASK_DEFINITION_ARN": task["taskDefinition"]["taskDefinitionArn"],
        "RELAY_CONTAINER_NAME": "processor", "RELAY_SUBNET_IDS": "subnet-1", "RELAY_SECURITY_GROUP_IDS": "sg-1",
        "RELAY_TENANT_ROLE_ARN_PREFIX": f"arn:aws:iam::{ACCOUNT}:role/measured-",
    }
    print(json.dumps({"environment": environment, "messages": messages}))


if __name__ == "__main__":
    main()
