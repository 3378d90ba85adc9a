// The state machine's definition as it was deployed, by a validator of the Amazon States Language.

import assert from "node:assert/strict";
import { test } from "node:test";
import validate from "asl-validator";
import { Stack } from "./stack.mjs";

const stack = new Stack(process.env.HYBRID_TEST_STATE);
const definition = JSON.parse(stack.all("aws_sfn_state_machine")[0].definition);

test("the definition is valid Amazon States Language", () => {
  const { isValid, errors } = validate(definition);
  assert.ok(isValid, JSON.stringify(errors, null, 2));
});

test("a definition that leads nowhere is refused", () => {
  const broken = structuredClone(definition);
  broken.States.Process.Next = "Nowhere";
  assert.ok(!validate(broken).isValid);
});
