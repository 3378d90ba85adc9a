// A small reader of the Amazon States Language (JSONPath), as far as our machine speaks it: what a definition does with what its
// services answer, without a service, and without waiting. It follows the specification (https://states-language.net) where it
// says more than our machine needs, and refuses what it does not know, so that it never passes over something.

const SPEAKS = {
  Pass: ["Result", "Parameters", "ResultPath", "Next"],
  Wait: ["SecondsPath", "Next"],
  Choice: ["Choices", "Default"],
  Task: ["Resource", "TimeoutSeconds", "HeartbeatSeconds", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch", "Next"],
  Succeed: [],
  Fail: ["Error", "Cause"],
};
const EVERY_STATE = ["Type", "Comment", "QueryLanguage"];
// "Service quotas", Step Functions Developer Guide.
const EVENTS_MAX = 25_000;

const NOTHING = Symbol("nothing");
const fail = (text) => {
  throw new Error(text);
};

function read(path, data) {
  if (!/^\$(\.[A-Za-z_]+)*$/.test(path)) fail(`a path that is not understood: ${path}`);
  return path
    .split(".")
    .slice(1)
    .reduce((value, name) => (value !== NOTHING && value !== null && typeof value === "object" && name in value ? value[name] : NOTHING), data);
}

function write(path, data, value) {
  if (path === undefined || path === "$") return value;
  const names = /^\$\.([A-Za-z_]+)$/.exec(path) ?? fail(`a result path that is not understood: ${path}`);
  return { ...data, [names[1]]: value };
}

// States.Name(argument, …): numbers, paths and calls are arguments.
function evaluate(text, data, random) {
  let at = 0;
  const blank = () => {
    while (text[at] === " ") at += 1;
  };
  const term = () => {
    blank();
    const call = /^States\.([A-Za-z]+)\(/.exec(text.slice(at));
    if (call) {
      at += call[0].length;
      const given = [];
      for (;;) {
        given.push(term());
        blank();
        const next = text[at];
        at += 1;
        if (next === ")") return apply(call[1], given, random);
        if (next !== ",") fail(`an intrinsic function that is not understood: ${text}`);
      }
    }
    const word = /^(-?\d+|\$[A-Za-z_.]*)/.exec(text.slice(at)) ?? fail(`an argument that is not understood: ${text.slice(at)}`);
    at += word[0].length;
    if (!word[0].startsWith("$")) return Number(word[0]);
    const value = read(word[0], data);
    return value === NOTHING ? fail(`there is no ${word[0]}`) : value;
  };
  const value = term();
  blank();
  return at === text.length ? value : fail(`more than one term: ${text}`);
}

function apply(name, given, random) {
  switch (name) {
    case "Array":
      return given;
    case "ArrayGetItem":
      return given[1] in given[0] ? given[0][given[1]] : fail(`there is no item ${given[1]}`);
    case "MathAdd":
      return given[0] + given[1];
    case "MathRandom":
      // The end is not among the numbers.
      return given[0] < given[1] ? given[0] + Math.floor(random() * (given[1] - given[0])) : fail(`no number from ${given[0]} to ${given[1]}`);
    default:
      return fail(`States.${name} is not understood`);
  }
}

function fill(template, data, random) {
  if (Array.isArray(template)) return template.map((item) => fill(item, data, random));
  if (template === null || typeof template !== "object") return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith(".$")) return [name, fill(value, data, random)];
      if (value.startsWith("$$.")) return [name.slice(0, -2), value];
      if (value.startsWith("States.")) return [name.slice(0, -2), evaluate(value, data, random)];
      const found = read(value, data);
      return [name.slice(0, -2), found === NOTHING ? fail(`there is no ${value}`) : found];
    }),
  );
}

function holds(rule, data) {
  if (rule.And) return rule.And.every((part) => holds(part, data));
  if (rule.Or) return rule.Or.some((part) => holds(part, data));
  const value = read(rule.Variable, data);
  if ("IsPresent" in rule) return (value !== NOTHING) === rule.IsPresent;
  if (value === NOTHING) fail(`a choice looks at ${rule.Variable}, which is not there`);
  if ("StringEquals" in rule) return value === rule.StringEquals;
  if ("NumericLessThan" in rule) return typeof value === "number" && value < rule.NumericLessThan;
  if ("StringMatches" in rule) {
    const pattern = rule.StringMatches.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return typeof value === "string" && new RegExp(`^${pattern.join("[^]*")}$`).test(value);
  }
  return fail(`a rule that is not understood: ${JSON.stringify(rule)}`);
}

// "Error names": States.TaskFailed is every error but States.Timeout.
const matches = (names, error) => names.includes(error) || names.includes("States.ALL") || (names.includes("States.TaskFailed") && error !== "States.Timeout");

/**
 * Runs `definition` with `input`. `answer(state, parameters, number)` is what the service says the number-th time that this state asks it: a value,
 * or {Error, Cause}. Says where it went, how it ended, how often it asked, and for how long it paused.
 */
export function run(definition, input, answer, random = Math.random) {
  const asked = {};
  const visited = [];
  let [name, data, seconds, events] = [definition.StartAt, input, 0, 1];
  for (;;) {
    const state = definition.States[name] ?? fail(`there is no state ${name}`);
    if ((state.QueryLanguage ?? "JSONPath") !== "JSONPath") fail(`${name}: ${state.QueryLanguage} is not understood`);
    const unknown = Object.keys(state).filter((key) => !EVERY_STATE.includes(key) && !SPEAKS[state.Type]?.includes(key));
    if (unknown.length > 0) fail(`${name}: ${unknown} is not understood`);
    visited.push(name);
    events += 2;
    if (events > EVENTS_MAX) return { visited, asked, seconds, events, data, ended: "too many events" };
    switch (state.Type) {
      case "Succeed":
        return { visited, asked, seconds, events, data, ended: "SUCCEEDED" };
      case "Fail":
        return { visited, asked, seconds, events, data, ended: "FAILED", error: state.Error, cause: state.Cause };
      case "Pass":
        data = write(state.ResultPath, data, "Parameters" in state ? fill(state.Parameters, data, random) : (state.Result ?? data));
        name = state.Next;
        break;
      case "Wait": {
        const pause = read(state.SecondsPath, data);
        if (!Number.isInteger(pause) || pause < 0) fail(`${name}: a pause of ${String(pause)}`);
        seconds += pause;
        name = state.Next;
        break;
      }
      case "Choice":
        name = state.Choices.find((rule) => holds(rule, data))?.Next ?? state.Default ?? fail(`${name}: no choice fits`);
        break;
      case "Task": {
        const retried = new Map();
        for (;;) {
          const parameters = fill(state.Parameters, data, random);
          asked[name] = (asked[name] ?? 0) + 1;
          events += 3;
          const said = answer(name, parameters, asked[name]);
          if (!said?.Error) {
            data = write(state.ResultPath, data, state.ResultSelector ? fill(state.ResultSelector, said, random) : said);
            name = state.Next;
            break;
          }
          // The first rule that names an error decides; when it is used up there is no other.
          const rule = (state.Retry ?? []).find((candidate) => matches(candidate.ErrorEquals, said.Error));
          const times = retried.get(rule) ?? 0;
          if (rule && times < (rule.MaxAttempts ?? 3)) {
            retried.set(rule, times + 1);
            const pause = (rule.IntervalSeconds ?? 1) * (rule.BackoffRate ?? 2) ** times;
            seconds += Math.min(pause, rule.MaxDelaySeconds ?? Infinity) * (rule.JitterStrategy === "FULL" ? random() : 1);
            continue;
          }
          const caught = (state.Catch ?? []).find((candidate) => matches(candidate.ErrorEquals, said.Error));
          if (!caught) return { visited, asked, seconds, events, data, ended: "FAILED", error: said.Error, cause: said.Cause };
          data = write(caught.ResultPath, data, said);
          name = caught.Next;
          break;
        }
        break;
      }
    }
  }
}
