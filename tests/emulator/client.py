"""An ordinary S3 client for the tests: boto3, one JSON object of instructions on standard input, results as JSON.

{"endpoint": URL, "do": [{"put": [BUCKET, KEY, HEX]}, {"send": [QUEUE_URL, TEXT]}, {"pair": [BUCKET, KEY, HEX, HEX]}]}
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

REQUEST = json.load(sys.stdin)
COMMON = {"region_name": "eu-north-1", "endpoint_url": REQUEST["endpoint"], "aws_access_key_id": "000000000000", "aws_secret_access_key": "test"}
S3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, max_pool_connections=32), **COMMON)
SQS = boto3.client("sqs", **COMMON)


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
    raise ValueError(verb)


with ThreadPoolExecutor(20) as pool:
    print(json.dumps(list(pool.map(carry_out, REQUEST["do"]))))
