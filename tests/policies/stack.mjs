// The roles, policies and names of a deployed stack, from the JSON of `terraform show -json`, and one question to ask of
// them: may this role do this to that?

import { readFileSync } from "node:fs";
import { runSimulation } from "@cloud-copilot/iam-simulate";

function* resourcesOf(module) {
  yield* module.resources ?? [];
  for (const child of module.child_modules ?? []) yield* resourcesOf(child);
}

// The simulator takes kms:EncryptionContext:NAME for one key whatever the name (it keeps names behind a slash only), and so finds
// no value. While it judges, these keys go under another name that it keeps, in policies and request alike.
const CONTEXT = "kms:EncryptionContext:";
const renamed = (key) => (key.toLowerCase().startsWith(CONTEXT.toLowerCase()) ? `aws:PrincipalTag/encryption-context-${key.slice(CONTEXT.length)}` : key);
const renameKeys = (keys) => Object.fromEntries(Object.entries(keys).map(([key, value]) => [renamed(key), value]));

function judgeable(policy) {
  const statements = policy.Statement.map((statement) =>
    statement.Condition
      ? { ...statement, Condition: Object.fromEntries(Object.entries(statement.Condition).map(([operator, keys]) => [operator, renameKeys(keys)])) }
      : statement,
  );
  return { ...policy, Statement: statements };
}

const judgeableAll = (policies) => policies?.map(({ name, policy }) => ({ name, policy: judgeable(policy) }));

export class Stack {
  constructor(path) {
    const state = JSON.parse(readFileSync(path, "utf8"));
    this.resources = [...resourcesOf(state.values.root_module)].filter((r) => r.mode === "managed");
    this.names = state.values.outputs.relay.value;
    this.account = this.names.cluster_arn.split(":")[4];
    this.region = this.names.region;
  }

  all(type) {
    return this.resources.filter((resource) => resource.type === type).map((resource) => resource.values);
  }

  role(name) {
    const role = this.all("aws_iam_role").find((candidate) => candidate.name === name);
    if (!role) throw new Error(`the stack has no role ${name}`);
    return role;
  }

  // The policies of a role: inline, in resources of their own, and attached ones that the stack has made.
  policiesOf(role) {
    const inline = this.all("aws_iam_role_policy").filter((policy) => policy.role === role.name || policy.role === role.id);
    const attached = this.all("aws_iam_role_policy_attachment")
      .filter((attachment) => attachment.role === role.name)
      .map((attachment) => this.managed(attachment.policy_arn));
    return [...inline, ...attached].map((policy) => ({ name: policy.name, policy: JSON.parse(policy.policy) }));
  }

  managed(arn) {
    const policy = this.all("aws_iam_policy").find((candidate) => candidate.arn === arn);
    if (!policy) throw new Error(`the stack has no policy ${arn}: what AWS manages cannot be simulated here`);
    return policy;
  }

  // The resource policy that applies to an ARN, if there is one.
  resourcePolicyOf(arn) {
    const bucket = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1];
    const found = bucket
      ? this.all("aws_s3_bucket_policy").find((policy) => policy.bucket === bucket)
      : this.all("aws_dynamodb_resource_policy").find((policy) => policy.resource_arn === arn) ??
        this.all("aws_kms_key").find((key) => key.arn === arn) ??
        this.all("aws_sqs_queue_policy").find((policy) => policy.queue_url.endsWith(`/${arn.split(":").pop()}`)) ??
        this.all("aws_sns_topic_policy").find((policy) => policy.arn === arn);
    return found && JSON.parse(found.policy);
  }

  /** A principal made of a role and the tags that its sessions carry. */
  principal(role, tags = role.tags_all ?? role.tags ?? {}) {
    const boundary = role.permissions_boundary && this.managed(role.permissions_boundary);
    return {
      arn: `arn:aws:sts::${this.account}:assumed-role/${role.name}/session`,
      roleArn: role.arn,
      identity: this.policiesOf(role),
      boundaries: boundary ? [{ name: boundary.name, policy: JSON.parse(boundary.policy) }] : undefined,
      tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    };
  }

  /** Whether `principal` may do `action` to `resource` (an ARN) in this context. */
  async allows(principal, action, resource, context = {}) {
    const resourcePolicy = this.resourcePolicyOf(resource);
    const outcome = await runSimulation(
      {
        request: {
          principal: principal.arn,
          action,
          resource: { resource, accountId: this.account },
          contextVariables: {
            "aws:PrincipalArn": principal.roleArn,
            "aws:PrincipalAccount": this.account,
            "aws:SecureTransport": "true",
            ...(action.startsWith("s3:") ? { "s3:TlsVersion": "1.3" } : {}),
            ...principal.tags,
            ...renameKeys(context),
          },
        },
        identityPolicies: judgeableAll(principal.identity),
        permissionBoundaryPolicies: judgeableAll(principal.boundaries),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: resourcePolicy && judgeable(resourcePolicy),
      },
      {},
    );
    if (outcome.resultType === "error") {
      throw new Error(`${action} on ${resource} cannot be simulated: ${JSON.stringify(outcome.errors)}`);
    }
    return outcome.overallResult === "Allowed";
  }
}
