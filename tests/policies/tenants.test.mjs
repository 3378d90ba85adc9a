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

// What a task of `owner`'s package does.
function work(owner) {
  const leading = (key) => ({ "dynamodb:LeadingKeys": [key] });
  const sse = { "s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": names.results_key_arn };
  return [
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
