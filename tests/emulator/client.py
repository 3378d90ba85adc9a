"""An ordinary S3 client for the tests: boto3, one JSON object of instructions on standard input, results as JSON.

{"endpoint": URL, "do": [{"put": [BUCKET, KEY, HEX]}, {"send": [QUEUE_URL, TEXT]}, {"pair": [BUCKET, KEY, HEX, HEX]}, {"put_repeated":
[BUCKET, KEY, HEX, TIMES]}, {"become_operator": [ROLE, [POLICY_ARN, …]]}, {"remove_role": [ROLE, [POLICY_ARN, …]]}, {"executions": STATE_MACHINE_ARN},
{"listen": TOPIC_ARN}, {"invoke": FUNCTION}, {"heard": QUEUE_URL}, {"drift"|"undrift": [BUCKET, TABLE]}, {"mend": [BUCKET, TABLE, KEY_ARN]}, {"read": [BUCKET, PREFIX]}]}
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

REQUEST = json.load(sys.stdin)
COMMON = {"region_name": "eu-north-1", "endpoint_url": REQUEST["endpoint"], "aws_access_key_id": "000000000000", "aws_secret_access_key": "test"}
S3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, max_pool_connections=32), **COMMON)
SQS, IAM, STS, STATES, SNS, LAMBDA, DYNAMODB = (boto3.client(service, **COMMON) for service in ("sqs", "iam", "sts", "stepfunctions", "sns", "lambda", "dynamodb"))


def carry_out(instruction):
    (verb, arguments), = instruction.items()
    if verb == "put":
        bucket, key, content = arguments
        return S3.put_object(Bucket=bucket, Key=key, Body=bytes.fromhex(content))["VersionId"]
    if verb == "pair":
        bucket, key, first, second = arguments
        return [S3.put_object(Bucket=bucket, Key=key, Body=bytes.fromhex(content))["VersionId"] for content in (first, second)]
    if verb == "send":
        return SQS.send_message(QueueUrl=arguments[0], MessageBody=arguments[1])["MessageId"]
    if verb == "executions":
        pages = STATES.get_paginator("list_executions").paginate(stateMachineArn=arguments)
        return {execution["name"]: execution["status"] for page in pages for execution in page["executions"]}
    if verb == "put_repeated":
        bucket, key, content, times = arguments
        S3.upload_fileobj(Repeated(bytes.fromhex(content), times), bucket, key)
        return S3.head_object(Bucket=bucket, Key=key)["VersionId"]
    if verb == "become_operator":
        role, policies = arguments
        anybody = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        arn = IAM.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(anybody))["Role"]["Arn"]
        for policy in policies:
            IAM.attach_role_policy(RoleName=role, PolicyArn=policy)
        given = STS.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        return [given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]]
    if verb == "remove_role":
        role, policies = arguments
        for policy in policies:
            IAM.detach_role_policy(RoleName=role, PolicyArn=policy)
        IAM.delete_role(RoleName=role)
        return None
    if verb == "drift":
        bucket, table = arguments
        S3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": COMMON["region_name"]})
        DYNAMODB.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
                              AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}])
        return None
    if verb == "mend":
        bucket, table, key_arn = arguments
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}, "BucketKeyEnabled": True}
        S3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        S3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        backups = {"PointInTimeRecoveryEnabled": True}
        DYNAMODB.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=backups)
        return None
    if verb == "undrift":
        bucket, table = arguments
        S3.delete_bucket(Bucket=bucket)
        DYNAMODB.delete_table(TableName=table)
        return None
    if verb == "listen":
        queue = SQS.create_queue(QueueName="subscriber-of-the-tests")["QueueUrl"]
        arn = SQS.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        SQS.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
        SNS.subscribe(TopicArn=arguments, Protocol="sqs", Endpoint=arn)
        return queue
    if verb == "read":
        bucket, prefix = arguments
        listed = S3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [[found["Key"], S3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read().decode()] for found in listed]
    if verb == "invoke":
        answer = LAMBDA.invoke(FunctionName=arguments)
        return [answer.get("FunctionError"), json.load(answer["Payload"])]
    if verb == "heard":
        heard = []
        while messages := SQS.receive_message(QueueUrl=arguments, MaxNumberOfMessages=10).get("Messages"):
            heard += [json.loads(message["Body"]) for message in messages]
        return heard
    raise ValueError(verb)


class Repeated:
    """The same bytes many times, as a file that is read once."""

    def __init__(self, content, times):
        self.content, self.left = content, len(content) * times

    def read(self, size=-1):
        size = self.left if size < 0 else min(size, self.left)
        given = (self.content * (size // len(self.content) + 2))[self.offset():][:size]
        self.left -= size
        return given

    def offset(self):
        return -self.left % len(self.content)


with ThreadPoolExecutor(20) as pool:
    print(json.dumps(list(pool.map(carry_out, REQUEST["do"]))))
