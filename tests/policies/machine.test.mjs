// The state machine's definition as it was deployed: by a validator of the Amazon States Language, and by what it does with what
// Amazon ECS answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import validate from "asl-validator";
import { Stack } from "./stack.mjs";
import { run } from "./states.mjs";

const stack = new Stack(process.env.HYBRID_TEST_STATE);
const definition = JSON.parse(stack.all("aws_sfn_state_machine")[0].definition);
const input = { package_id: "pkg-0", organization: "org-001", task_role_arn: "arn:aws:iam::1:role/relay-dev-org-001", order: "{}" };
const VERDICT = { package_id: "pkg-0", state: "processed" };
const DAY = 24 * 3600;

// Runs it while the start of the task is refused `times` times, and then goes well. The recorder finds what the trail would say.
function refused(failure, times, recorded = "failed", random = Math.random) {
  return run(
    definition,
    input,
    (state, _, number) => {
      if (state === "RecordFailure") return { Payload: { state: recorded } };
      return number <= times ? failure : VERDICT;
    },
    random,
  );
}

test("the definition is valid Amazon States Language", () => {
  const { isValid, errors } = validate(definition);
  assert.ok(isValid, JSON.stringify(errors, null, 2));
});

test("a definition that leads nowhere is refused", () => {
  const broken = structuredClone(definition);
  broken.States.Process.Next = "Nowhere";
  assert.ok(!validate(broken).isValid);
});

test("a verdict is a success, and nothing waits for it", () => {
  const went = refused(undefined, 0);
  assert.deepEqual([went.ended, went.asked, went.seconds], ["SUCCEEDED", { Process: 1 }, 0]);
  assert.deepEqual(went.data.verdict, VERDICT);
});

// Texts as they were met: by AWS's documents and by the issues of those who met them (infra/modules/orchestration/answers.json).
const CAPACITY = [
  ["ECS.AmazonECSException", "Rate exceeded. (Service: AmazonECS; Status Code: 400; Error Code: ThrottlingException; Request ID: 1)"],
  ["ECS.AmazonECSException", "Capacity is unavailable at this time. Please try again later or in a different availability zone"],
  ["ECS.InvalidParameterException", "Error retrieving subnet information for [subnet-1]: Rate exceeded (ErrorCode: Throttling)"],
  ["ECS.InvalidParameterException", "Error retrieving security group information for [sg-1]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)"],
  ["ECS.ClientException", "Too many requests"],
  ["ECS.ClientException", "Too many concurrent attempts to create a new revision of the specified family."],
  ["ECS.ClientException", "You’ve reached the limit on the number of vCPUs you can run concurrently"],
  ["ECS.ClientException", "You've reached the limit on the number of tasks you can run concurrently"],
  ["ECS.ClientException", "The requested CPU configuration is above your limit."],
  ["ECS.InvalidParameterException", "The provided subnet subnet-1 does not have enough free addresses in its CIDR block"],
  ["ECS.ThrottlingException", "Rate exceeded"],
  ["ECS.ServerException", "Service Unavailable. Please try again later."],
  ["ECS.LimitExceededException", "The limit for the resource was exceeded."],
  ["ECS.ServerException", undefined],
  ["AmazonECS.Unknown", undefined],
  ["AmazonECS.Unknown", '{"Failures":[{"Arn":"arn:aws:ecs:eu-north-1:1:container-instance/1","Reason":"RESOURCE:ENI"}],"Tasks":[]}'],
  ["AmazonECS.Unknown", '{"Failures":[{"Reason":"RESOURCE:MEMORY"}],"Tasks":[]}'],
  ["AmazonECS.Unknown", '{"Failures":[{"Reason":"Capacity is unavailable at this time. Please try again later or in a different availability zone"}]}'],
  ["AmazonECS.Unknown", '{"Failures":[{"Reason":"You’ve reached the limit on the number of vCPUs you can run concurrently"}]}'],
  ["AmazonECS.Unknown", "Amazon ECS RunTask returned a non-empty failures field"],
];

for (const [Error, Cause] of CAPACITY) {
  test(`want of capacity is waited for, and is no failure: ${Error}: ${Cause}`, () => {
    for (const times of [1, 7, 8, 9, 60]) {
      const went = refused({ Error, Cause }, times);
      assert.deepEqual([went.ended, went.asked], ["SUCCEEDED", { Process: times + 1 }], `${times} times`);
      assert.equal(went.visited.filter((state) => state === "WaitForCapacity").length, times);
    }
    // Ten days and more: then it stops, having recorded nothing.
    const never = refused({ Error, Cause }, Infinity);
    assert.deepEqual([never.ended, never.error, never.asked.RecordFailure], ["FAILED", "Relay.NotStarted", undefined]);
  });
}

test("who waits asks more and more rarely, spread by chance, for about ten days, within an execution's bounds", () => {
  const [least, most] = [() => 0, () => 1 - Number.EPSILON].map((random) => refused({ Error: "ECS.ThrottlingException" }, Infinity, "failed", random));
  assert.equal(least.asked.Process, most.asked.Process);
  assert.ok(least.seconds > 4 * DAY && most.seconds < 15 * DAY, `${least.seconds / DAY} to ${most.seconds / DAY} days`);
  assert.ok(most.seconds >= 2.9 * least.seconds, "the pauses of those who were refused together are spread");
  assert.ok(most.seconds < definition.TimeoutSeconds && most.events < 10_000, `${most.events} events`);
  const pauses = (times) => refused({ Error: "ECS.ThrottlingException" }, times, "failed", () => 0).seconds;
  assert.deepEqual([1, 2, 3, 4].map((times) => pauses(times) - pauses(times - 1)), [10, 20, 40, 80]);
  assert.equal(pauses(300) - pauses(299), 1200);
  const mean = refused({ Error: "ECS.ThrottlingException" }, Infinity, "failed", () => 0.5);
  assert.ok(mean.seconds > 9 * DAY && mean.seconds < 11 * DAY, `${mean.seconds / DAY} days`);
});

const HOPELESS = [
  ["ECS.InvalidParameterException", "The subnet ID 'subnet-1' does not exist"],
  ["ECS.InvalidParameterException", "No Fargate configuration exists for given values."],
  ["ECS.InvalidParameterException", undefined],
  ["ECS.ClientException", "TaskDefinition is inactive"],
  ["ECS.ClusterNotFoundException", "Cluster not found."],
  ["ECS.PlatformTaskDefinitionIncompatibilityException", "The specified platform version does not satisfy the task definition's required capabilities."],
  ["ECS.UnsupportedFeatureException", "The specified task isn't supported in this Region."],
  ["ECS.BlockedException", "Your AWS account has been blocked. For more information, contact AWS Support."],
  ["AmazonECS.Unknown", '{"Failures":[{"Arn":"arn:aws:ecs:eu-north-1:1:task-definition/x:1","Reason":"MISSING"}]}'],
  ["AmazonECS.Unknown", '{"Failures":[{"Reason":"INACTIVE"}]}'],
  ["States.ParameterPathFailure", "The JSONPath '$.task_role_arn' could not be found"],
  ["Relay.MendFirst", "the token key is damaged"],
];

for (const [Error, Cause] of HOPELESS) {
  test(`what is hopeless is recorded at once: ${Error}: ${Cause}`, () => {
    const went = refused({ Error, Cause }, Infinity);
    assert.deepEqual([went.ended, went.error, went.asked, went.seconds], ["FAILED", "Relay.Failed", { Process: 1, RecordFailure: 1 }, 0]);
    assert.deepEqual(went.data.failure, { Error, Cause });
  });
}

const PASSING = [
  ["ECS.AccessDeniedException", "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/relay-dev-org-9"],
  ["ECS.ClientException", "ECS was unable to assume the role 'arn:aws:iam::1:role/relay-dev-org-9' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions"],
  ["ECS.InvalidParameterException", "Unable to assume the role arn:aws:iam::1:role/relay-dev-org-9"],
  ["States.Permissions", "The role does not have the permission"],
  ["ECS.AmazonECSException", "something that nobody has met yet"],
  ["ECS.BrandNewException", undefined],
];

for (const [Error, Cause] of PASSING) {
  test(`what may pass within minutes gets minutes, then it is recorded with its cause: ${Error}: ${Cause}`, () => {
    for (const times of [1, 5, 10]) {
      const went = refused({ Error, Cause }, times);
      assert.deepEqual([went.ended, went.asked], ["SUCCEEDED", { Process: times + 1 }]);
    }
    const [least, most] = [() => 0, () => 1 - Number.EPSILON].map((random) => refused({ Error, Cause }, Infinity, "failed", random));
    assert.ok(least.seconds >= 180 && most.seconds <= 900, `${least.seconds} to ${most.seconds} s`);
    assert.deepEqual([least.ended, least.error, least.asked.RecordFailure], ["FAILED", "Relay.Failed", 1]);
    assert.deepEqual(least.data.failure, { Error, Cause });
  });
}

for (const Error of ["Relay.Interrupted", "States.HeartbeatTimeout"]) {
  test(`a run that died is tried three times more, then recorded: ${Error}`, () => {
    assert.deepEqual(refused({ Error }, 3).asked, { Process: 4 });
    const given_up = refused({ Error }, Infinity);
    assert.deepEqual([given_up.ended, given_up.error, given_up.asked], ["FAILED", "Relay.Failed", { Process: 4, RecordFailure: 1 }]);
    assert.ok(given_up.seconds <= 14);
  });

  test(`a run of which no task ever began waits as where there is no room: ${Error}`, () => {
    // Four tasks each time, of which the recorder finds no trace.
    const went = refused({ Error }, 12, "in_flight");
    assert.deepEqual([went.ended, went.asked], ["SUCCEEDED", { Process: 13, RecordFailure: 3 }]);
    const never = refused({ Error }, Infinity, "in_flight");
    assert.deepEqual([never.ended, never.error], ["FAILED", "Relay.NotStarted"]);
    assert.ok(never.events < 20_000, `${never.events} events`);
  });
}

test("an attempt that took longer than it may is recorded, not tried again", () => {
  assert.deepEqual(refused({ Error: "States.Timeout" }, Infinity).asked, { Process: 1, RecordFailure: 1 });
});

test("a run whose word was lost ends as what the trail says", () => {
  assert.equal(refused({ Error: "States.HeartbeatTimeout" }, Infinity, "processed").ended, "SUCCEEDED");
});

test("a recorder without a turn is waited for; one that cannot write is not taken for a record", () => {
  const recorder = (failure, times) =>
    run(definition, input, (state, _, number) => {
      if (state === "Process") return { Error: "Relay.MendFirst" };
      return number <= times ? failure : { Payload: { state: "failed" } };
    });
  const throttled = { Error: "Lambda.TooManyRequestsException", Cause: "Rate Exceeded." };
  assert.deepEqual([recorder(throttled, 12).error, recorder(throttled, 12).asked.RecordFailure], ["Relay.Failed", 13]);
  assert.equal(recorder(throttled, Infinity).error, "Relay.NotRecorded");
  assert.deepEqual([recorder({ Error: "Relay.MendFirst" }, 1).error, recorder({ Error: "Relay.MendFirst" }, 1).asked.RecordFailure], ["Relay.NotRecorded", 1]);
});

test("what a task is started with is the same after each pause", () => {
  const started = [];
  run(definition, input, (state, parameters, number) => {
    if (state === "Process") started.push(JSON.stringify(parameters));
    return number <= 3 ? { Error: "ECS.ThrottlingException" } : VERDICT;
  });
  assert.equal(new Set(started).size, 1);
  assert.equal(JSON.parse(started[0]).Overrides.TaskRoleArn, input.task_role_arn);
});
