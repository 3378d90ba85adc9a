// Tenant against tenant, by simulation over the rendered policies: no task reaches what another organization has.
// Run by the system tests: HYBRID_TEST_STATE=state.json node --test tests/policies

import assert from "node:assert/strict";
import { test } from "node:test";
import { Stack } from "./stack.mjs";

const stack = new Stack(process.env.HYBRID_TEST_STATE);
const { names, account, region } = stack;
const table = (name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
const object = (bucket, key) => `arn:aws:s3:::${bucket}/${key}`;
const roleArn = (organization) => `${names.tenant_role_arn_prefix}${organization}`;
const PACKAGE = `pkg-${"0".repeat(40)}`;

// Ids that are prefixes, extensions and look-alikes of each other: 23 of them make 506 ordered pairs.
const ORGANIZATIONS = [
  "org-001", "org-002", "org-003", "org-0010", "org-00", "org-0", "org", "org-001-a", "org-001a", "org-1", "1-org",
  "a0", "a00", "a-0", "ab", "abc", "abcd", "x-org-001", "0org-001", "org-01", "org-10", "org-100", "tenant",
];

// A tenant's role as `relay org add` makes it: like the first organization's, with another name and tag.
function tenant(organization) {
  const made = stack.role(`${names.tenant_role_name_prefix}org-001`);
  const role = { ...made, name: `${names.tenant_role_name_prefix}${organization}`, arn: roleArn(organization) };
  const principal = stack.principal(made, { organization });
  return { ...principal, roleArn: role.arn, arn: `arn:aws:sts::${account}:assumed-role/${role.name}/session` };
}

const sse = { "s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": names.results_key_arn };
const tokenKey = (organization) => object(names.results_bucket, `_keys/${organization}/token-key-1`);
const encryptionContext = (organization, purpose = "token-key") => ({
  "kms:CallerAccount": account,
  "kms:EncryptionContext:purpose": purpose,
  "kms:EncryptionContext:organization": organization,
});

const without = { boundaries: undefined, tags: {} };

// A person with the operators' policy.
function operatorsOf(from) {
  const policies = from.all("aws_iam_policy").filter((candidate) => /-operator-[a-z]+$/.test(candidate.name));
  const roleArn = `arn:aws:iam::${account}:role/people`;
  return { ...without, roleArn, arn: `arn:aws:sts::${account}:assumed-role/people/session`, identity: policies.map(({ name, policy }) => ({ name, policy: JSON.parse(policy) })) };
}

// A person whom IAM lets do anything.
function everything() {
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  return { ...without, roleArn: `arn:aws:iam::${account}:role/admin`, arn: `arn:aws:sts::${account}:assumed-role/admin/session`, identity: [{ name: "admin", policy }] };
}

// What a task of `owner`'s package does.
function work(owner) {
  const leading = (key) => ({ "dynamodb:LeadingKeys": [key] });
  return [
    ["s3:GetObject", tokenKey(owner), {}],
    ["s3:PutObject", tokenKey(owner), { ...sse, "s3:if-none-match": "*" }],
    ["kms:GenerateDataKeyWithoutPlaintext", names.results_key_arn, encryptionContext(owner)],
    ["kms:Decrypt", names.results_key_arn, encryptionContext(owner)],
    ["s3:GetObjectVersion", object(names.ingress_bucket, `${owner}/a.csv`), {}],
    ["s3:PutObject", object(names.results_bucket, `${owner}/${PACKAGE}/1/data.parquet`), sse],
    ["s3:GetObjectVersion", object(names.results_bucket, `${owner}/${PACKAGE}/1/data.parquet`), {}],
    ["s3:AbortMultipartUpload", object(names.results_bucket, `${owner}/${PACKAGE}/1/data.parquet`), {}],
    ["dynamodb:PutItem", table(names.trail_table), leading(`${owner}/${PACKAGE}`)],
    ["dynamodb:ConditionCheckItem", table(names.trail_table), leading(`${owner}/${PACKAGE}`)],
    ["dynamodb:GetItem", table(names.organizations_table), leading(owner)],
  ];
}

test("a task does the work of its own organization", async () => {
  for (const organization of ORGANIZATIONS) {
    for (const [action, resource, context] of work(organization)) {
      assert.ok(await stack.allows(tenant(organization), action, resource, context), `${organization}: ${action} ${resource}`);
    }
  }
});

test("a task obtains nothing of another organization", async () => {
  let pairs = 0;
  for (const organization of ORGANIZATIONS) {
    const principal = tenant(organization);
    for (const other of ORGANIZATIONS) {
      if (other === organization) continue;
      pairs += 1;
      const ways = [
        ...work(other),
        ["sts:AssumeRole", roleArn(other), {}],
        ["iam:PassRole", roleArn(other), { "iam:PassedToService": "ecs-tasks.amazonaws.com" }],
      ];
      for (const [action, resource, context] of ways) {
        assert.ok(!(await stack.allows(principal, action, resource, context)), `${organization} → ${other}: ${action} ${resource}`);
      }
    }
  }
  assert.ok(pairs >= 500, `${pairs} pairs`);
  console.log(`${pairs} tenant pairs, ${work("x").length + 2} ways each`);
});

test("a request that names both organizations, or no key at all, is refused", async () => {
  const principal = tenant("org-001");
  for (const keys of [[`org-001/${PACKAGE}`, `org-002/${PACKAGE}`], undefined]) {
    const context = keys ? { "dynamodb:LeadingKeys": keys } : {};
    for (const action of ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]) {
      assert.ok(!(await stack.allows(principal, action, table(names.trail_table), context)), `${action} ${keys}`);
    }
  }
  assert.ok(!(await stack.allows(principal, "dynamodb:GetItem", table(names.organizations_table), {})));
});

test("what is registered of organizations is recorded by operators, and by no program", async () => {
  const leading = (key) => ({ "dynamodb:LeadingKeys": [key] });
  const trail = table(names.trail_table);
  const named = (name) => stack.principal(stack.role(name));
  const prefix = names.trail_table.replace(/-trail$/, "");
  const programs = [tenant("org-001"), named(`${prefix}-validator`), ...(names.state_machine_arn ? [named(`${prefix}-recorder`)] : [])];
  for (const action of ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"]) {
    assert.ok(await stack.allows(operatorsOf(stack), action, trail, leading("/organization/org-001")), action);
    for (const principal of programs) {
      for (const id of ["org-001", "org-002"]) {
        assert.ok(!(await stack.allows(principal, action, trail, leading(`/organization/${id}`))), `${principal.arn} ${action} ${id}`);
        // Not in the company of another key either.
        const both = { "dynamodb:LeadingKeys": [`org-001/${PACKAGE}`, `/organization/${id}`] };
        assert.ok(!(await stack.allows(principal, action, trail, both)), `${principal.arn} ${action} ${id}`);
      }
    }
    // Keys that begin with a slash are refused, and that is recorded.
    for (const principal of programs.slice(1)) {
      assert.ok(await stack.allows(principal, action, trail, leading(`/${PACKAGE}`)), `${principal.arn} ${action}`);
    }
  }
  for (const principal of programs) {
    for (const action of ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]) {
      assert.ok(!(await stack.allows(principal, action, table(names.organizations_table), leading("org-001"))), `${principal.arn} ${action}`);
    }
  }
});

test("a task writes the events of its run, and nothing that packages are listed by", async () => {
  const principal = tenant("org-001");
  const leading = { "dynamodb:LeadingKeys": [`org-001/${PACKAGE}`] };
  const event = ["Partition", "Seq", "Event", "Hash", "Kind", "Phase", "PackageId", "LogShard", "LogOrder"];
  const written = [
    event,
    [...event.filter((name) => name !== "Event"), "Spilled"],
    [...event, "State", "Concluded", "DuplicateShard", "Duplicate"],
    ["Partition", "Seq", "Claimant", "ClaimedKey", "ClaimedSha256"],
  ];
  for (const attributes of written) {
    assert.ok(await stack.allows(principal, "dynamodb:PutItem", table(names.trail_table), { ...leading, "dynamodb:Attributes": attributes }), `${attributes}`);
  }
  for (const forged of ["Organization", "Arrival", "ArrivalShard", "Filename", "UploadTimestamp"]) {
    const context = { ...leading, "dynamodb:Attributes": [...event, forged] };
    assert.ok(!(await stack.allows(principal, "dynamodb:PutItem", table(names.trail_table), context)), forged);
  }
  // The validator records arrivals.
  const validator = stack.principal(stack.role(`hybrid-relay-${names.environment}-validator`));
  const arrival = { ...leading, "dynamodb:Attributes": [...event, "Organization", "Arrival", "ArrivalShard", "Filename", "UploadTimestamp"] };
  assert.ok(await stack.allows(validator, "dynamodb:PutItem", table(names.trail_table), arrival));
});

test("a task unwraps the token key of its organization only, whatever it says of it", async () => {
  const principal = tenant("org-001");
  const throughS3 = { "kms:ViaService": `s3.${region}.amazonaws.com` };
  const accountOnly = { "kms:CallerAccount": account };
  for (const action of ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"]) {
    const own = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"].includes(action);
    assert.equal(await stack.allows(principal, action, names.results_key_arn, encryptionContext("org-001")), own, action);
    for (const context of [
      accountOnly,
      encryptionContext("org-002"),
      encryptionContext("org-001", "another"),
      encryptionContext("org-0010"),
      encryptionContext("*"),
      encryptionContext(""),
      { ...accountOnly, "kms:EncryptionContext:purpose": "token-key" },
      { ...accountOnly, "kms:EncryptionContext:organization": "org-001" },
      { ...throughS3, ...accountOnly, "kms:EncryptionContext:aws:s3:arn": object(names.results_bucket, "org-002/a") },
      { ...encryptionContext("org-002"), "kms:EncryptionContext:aws:s3:arn": object(names.results_bucket, "org-001/a") },
    ]) {
      assert.ok(!(await stack.allows(principal, action, names.results_key_arn, context)), `${action} ${JSON.stringify(context)}`);
    }
  }
  // With the other organization's tag in the request it is still the session's tag that counts.
  const context = { ...encryptionContext("org-002"), "aws:RequestTag/organization": "org-002" };
  assert.ok(!(await stack.allows(principal, "kms:Decrypt", names.results_key_arn, context)));
});

test("a token key is put where none is, and nobody replaces or hides it", async () => {
  for (const principal of [tenant("org-001"), operatorsOf(stack), everything()]) {
    for (const [action, context] of [
      ["s3:PutObject", sse],
      ["s3:PutObject", { ...sse, "s3:if-match": "etag" }],
      ["s3:DeleteObject", {}],
    ]) {
      assert.ok(!(await stack.allows(principal, action, tokenKey("org-001"), context)), `${principal.roleArn}: ${action} ${JSON.stringify(context)}`);
    }
  }
  // Results whose producers call a folder so are not meant.
  const result = object(names.results_bucket, `org-001/${PACKAGE}/1/files/_keys/org-001/token-key-1`);
  assert.ok(await stack.allows(tenant("org-001"), "s3:PutObject", result, sse));
});

test("only a task of the organization reads or unwraps a token key", async () => {
  const prefix = `hybrid-relay-${names.environment}`;
  const others = ["validator", "execution", "task-none", "packages", "recorder", "alerter", "monitor"].map((name) => stack.principal(stack.role(`${prefix}-${name}`)));
  for (const principal of [...others, operatorsOf(stack), tenant("org-002")]) {
    for (const [action, resource, context] of [
      ["s3:GetObject", tokenKey("org-001"), {}],
      ["s3:GetObjectVersion", tokenKey("org-001"), {}],
      ["s3:PutObject", tokenKey("org-001"), { ...sse, "s3:if-none-match": "*" }],
      ["kms:Decrypt", names.results_key_arn, encryptionContext("org-001")],
      ["kms:GenerateDataKeyWithoutPlaintext", names.results_key_arn, encryptionContext("org-001")],
    ]) {
      assert.ok(!(await stack.allows(principal, action, resource, context)), `${principal.roleArn}: ${action} ${resource}`);
    }
  }
  // Who may do everything in IAM is stopped by the key's own policy.
  assert.ok(!(await stack.allows(everything(), "kms:Decrypt", names.results_key_arn, encryptionContext("org-001"))));
});

test("a role without its tag can do nothing", async () => {
  const principal = { ...tenant("org-001"), tags: {} };
  for (const [action, resource, context] of work("org-001")) {
    assert.ok(!(await stack.allows(principal, action, resource, context)), action);
  }
});

test("the state machine starts the one task with a role of an organization, and nothing else", async () => {
  const machine = stack.principal(stack.role(`hybrid-relay-${names.environment}-packages`));
  const toTasks = { "iam:PassedToService": "ecs-tasks.amazonaws.com" };
  const inCluster = { "ecs:cluster": names.cluster_arn };
  const execution = stack.role(`hybrid-relay-${names.environment}-execution`).arn;
  const recorder = `arn:aws:lambda:${region}:${account}:function:hybrid-relay-${names.environment}-recorder`;
  const task = `arn:aws:ecs:${region}:${account}:task/${names.cluster_arn.split("/")[1]}/0123`;
  for (const [action, resource, context] of [
    ["ecs:RunTask", names.task_definition_arn, inCluster],
    ["ecs:TagResource", task, { "ecs:CreateAction": "RunTask" }],
    ["iam:PassRole", roleArn("org-001"), toTasks],
    ["iam:PassRole", execution, toTasks],
    ["lambda:InvokeFunction", recorder, {}],
  ]) {
    assert.ok(await stack.allows(machine, action, resource, context), `${action} ${resource}`);
  }
  for (const [action, resource, context] of [
    ["ecs:RunTask", names.task_definition_arn, { "ecs:cluster": `${names.cluster_arn}-other` }],
    ["ecs:RunTask", names.task_definition_arn.replace("-processor", "-other"), inCluster],
    ["ecs:TagResource", task, {}],
    ["iam:PassRole", `arn:aws:iam::${account}:role/admin`, toTasks],
    ["iam:PassRole", roleArn("org-001"), { "iam:PassedToService": "lambda.amazonaws.com" }],
    ["lambda:InvokeFunction", recorder.replace("-recorder", "-validator"), {}],
    ["states:StartExecution", names.state_machine_arn, {}],
  ]) {
    assert.ok(!(await stack.allows(machine, action, resource, context)), `${action} ${resource}`);
  }
});

test("a task answers whoever waits for it, and starts nothing", async () => {
  const principal = tenant("org-001");
  // These have no resources: the token in the request says which wait is answered.
  for (const word of ["Success", "Failure", "Heartbeat"]) {
    assert.ok(await stack.allows(principal, `states:SendTask${word}`, "*", { "aws:RequestedRegion": region }), word);
    assert.ok(!(await stack.allows(principal, `states:SendTask${word}`, "*", { "aws:RequestedRegion": "us-east-1" })), word);
  }
  const execution = `${names.state_machine_arn.replace(":stateMachine:", ":execution:")}:${PACKAGE}`;
  for (const [action, resource] of [
    ["StartExecution", names.state_machine_arn],
    ["StopExecution", execution],
    ["DescribeExecution", execution],
    ["UpdateStateMachine", names.state_machine_arn],
  ]) {
    assert.ok(!(await stack.allows(principal, `states:${action}`, resource, {})), action);
  }
});

test("no runtime role changes or removes a trail, or becomes another", async () => {
  const prefix = `hybrid-relay-${names.environment}`;
  const principals = [tenant("org-001"), ...[`${prefix}-validator`, `${prefix}-execution`, `${prefix}-task-none`, `${prefix}-packages`, `${prefix}-recorder`, `${prefix}-alerter`, `${prefix}-monitor`].map((name) => stack.principal(stack.role(name)))];
  const leading = { "dynamodb:LeadingKeys": [`org-001/${PACKAGE}`] };
  const never = [
    ...["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "GetItem", "Query"].map(
      (action) => [`dynamodb:${action}`, table(names.trail_table), leading],
    ),
    ["dynamodb:DeleteTable", table(names.trail_table), {}],
    ["dynamodb:Scan", table(names.trail_table), {}],
    ["s3:DeleteObjectVersion", object(names.ingress_bucket, "org-001/a.csv"), {}],
    ["s3:DeleteObject", object(names.results_bucket, "org-001/a.csv"), {}],
    ["s3:PutObject", object(names.ingress_bucket, "org-001/a.csv"), {}],
    ["s3:GetObject", object("another-bucket", "org-001/a.csv"), {}],
    ["sts:AssumeRole", roleArn("org-001"), {}],
    ["iam:PassRole", roleArn("org-001"), { "iam:PassedToService": "lambda.amazonaws.com" }],
    ["iam:PassRole", `arn:aws:iam::${account}:role/${prefix}-validator`, { "iam:PassedToService": "ecs-tasks.amazonaws.com" }],
    ["iam:PassRole", `arn:aws:iam::${account}:role/admin`, { "iam:PassedToService": "ecs-tasks.amazonaws.com" }],
    ["iam:CreateRole", roleArn("org-009"), {}],
    ["iam:TagRole", roleArn("org-001"), {}],
    ["iam:AttachRolePolicy", roleArn("org-001"), {}],
  ];
  for (const principal of principals) {
    for (const [action, resource, context] of never) {
      assert.ok(!(await stack.allows(principal, action, resource, context)), `${principal.roleArn}: ${action} ${resource}`);
    }
  }
});
