// Every policy of a deployed stack is within AWS's limits, also where names, regions and partitions are the longest that there are:
// what is applied in one place must not stop in another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Stack } from "./stack.mjs";

const stack = new Stack(process.env.HYBRID_TEST_STATE);
const { names, region } = stack;

// "IAM and AWS STS quotas", IAM User Guide: white space is not counted. The policies that a role holds itself count together.
const MANAGED_CHARACTERS_MAX = 6_144;
const INLINE_CHARACTERS_MAX = 10_240;
const TRUST_CHARACTERS_MAX = 2_048;
// The names that variables.tf takes, and the regions and partitions of AWS ("AWS General Reference", "Regions and Endpoints").
const ENVIRONMENTS = ["dev", "staging", "prod"];
const PARTITIONS = ["aws", "aws-us-gov", "aws-cn", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];
const REGIONS = [
  "eu-north-1", "us-east-1", "us-west-2", "ap-northeast-1", "ap-southeast-7", "ap-southeast-1", "ca-central-1", "eu-central-2", "il-central-1", "me-central-1",
  "mx-central-1", "us-gov-east-1", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1", "eusc-de-east-1",
];
// "Quotas" of the services: AWS KMS, Amazon S3 (20 KB), Amazon SQS, Amazon SNS (30 KB), Amazon DynamoDB (20 KB), CloudWatch Logs.
// The emulator keeps no policies of endpoints: infra/tests/network.tftest.hcl has those.
const OF_RESOURCES = [
  ["aws_kms_key", "policy", 32_768],
  ["aws_s3_bucket_policy", "policy", 20_480],
  ["aws_sqs_queue_policy", "policy", 8_192],
  ["aws_sns_topic_policy", "policy", 30_720],
  ["aws_dynamodb_resource_policy", "policy", 20_480],
  ["aws_cloudwatch_log_resource_policy", "policy_document", 5_120],
];

const places = ENVIRONMENTS.flatMap((environment) => PARTITIONS.flatMap((partition) => REGIONS.map((place) => ({ environment, partition, region: place }))));

// The same text as it would be rendered there. Account and key ids are as long everywhere.
function elsewhere(text, place) {
  const here = names.environment;
  return text
    .replaceAll(`hybrid-relay-${here}`, `hybrid-relay-${place.environment}`)
    .replaceAll(`hybrid-relay/${here}/`, `hybrid-relay/${place.environment}/`)
    .replaceAll(`relay-${here}-`, `relay-${place.environment}-`)
    .replaceAll(region, place.region)
    .replaceAll("arn:aws:", `arn:${place.partition}:`);
}

const counted = (text) => text.replace(/\s/g, "").length;

// The place where a text is longest, and how long it is there.
function longest(text) {
  return places
    .map((place) => ({ ...place, characters: counted(elsewhere(text, place)) }))
    .reduce((most, one) => (one.characters > most.characters ? one : most));
}

function within(what, text, characters) {
  const found = longest(text);
  console.log(`${what}: ${found.characters} of ${characters} characters in ${found.environment}, ${found.region}, ${found.partition}`);
  assert.ok(found.characters <= characters, `${what} has ${found.characters} characters in ${found.environment}, ${found.region}, ${found.partition}; AWS takes ${characters}`);
}

test("the places are the longest, and the text is rendered for them", () => {
  const text = `arn:aws:iam::1:role/hybrid-relay/${names.environment}/tenant/relay-${names.environment}-* arn:aws:sqs:${region}:1:hybrid-relay-${names.environment}-x`;
  const there = elsewhere(text, { environment: "staging", partition: "aws-us-gov", region: "us-isof-south-1" });
  assert.equal(there, "arn:aws-us-gov:iam::1:role/hybrid-relay/staging/tenant/relay-staging-* arn:aws-us-gov:sqs:us-isof-south-1:1:hybrid-relay-staging-x");
  assert.deepEqual([longest(text).environment, longest(text).partition, longest(text).region], ["staging", "aws-us-gov", "us-isof-south-1"]);
});

test("every managed policy is within IAM's limit, everywhere", () => {
  const policies = stack.all("aws_iam_policy");
  assert.ok(policies.length >= 2, `${policies.length} policies`);
  for (const policy of policies) within(policy.name, policy.policy, MANAGED_CHARACTERS_MAX);
});

test("the policies that a role holds itself are within IAM's limit together, everywhere", () => {
  const roles = stack.all("aws_iam_role");
  assert.ok(roles.length >= 6, `${roles.length} roles`);
  for (const role of roles) {
    const own = stack.all("aws_iam_role_policy").filter((policy) => policy.role === role.name || policy.role === role.id);
    within(`the policies of ${role.name}`, own.map((policy) => policy.policy).join("") + role.inline_policy.map(({ policy }) => policy ?? "").join(""), INLINE_CHARACTERS_MAX);
    within(`who may become ${role.name}`, role.assume_role_policy, TRUST_CHARACTERS_MAX);
  }
});

test("every policy of a resource is within its service's limit, everywhere", () => {
  for (const [type, attribute, characters] of OF_RESOURCES) {
    const found = stack.all(type);
    assert.ok(found.length > 0, `the stack has no ${type}`);
    for (const one of found) within(`${type} ${one.name ?? one.description ?? one.bucket ?? one.queue_url ?? one.service_name ?? one.arn}`, one[attribute], characters);
  }
});

test("every policy of the stack is among those that were counted", () => {
  const counted_types = [...OF_RESOURCES.map(([type]) => type), "aws_iam_policy", "aws_iam_role_policy", "aws_iam_role"];
  // What else has a policy in JSON: the repository's lifecycle, which has no limit that names would meet.
  const others = new Set(stack.resources.filter(({ values }) => Object.entries(values).some(([name, value]) => /policy/.test(name) && typeof value === "string" && value.includes('"Statement"'))).map(({ type }) => type));
  // Buckets and queues repeat, as an attribute, what their policy resources say.
  for (const type of ["aws_s3_bucket", "aws_sqs_queue", "aws_sns_topic", "aws_vpc_endpoint", ...counted_types]) others.delete(type);
  assert.deepEqual([...others], []);
});
