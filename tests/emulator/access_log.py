"""Notes which statement of which role's policies let something through. For tests only.

`HYBRID_TEST_ACCESS_LOG` names a file: one JSON object a line, each combination once. From it follows which of the granted
actions nothing ever used.
"""

import json
import os
import threading

from ministack.core import iam_evaluator

PATH = os.environ.get("HYBRID_TEST_ACCESS_LOG")
PLAIN_EVALUATE = iam_evaluator.evaluate


def note_what_is_allowed():
    if not PATH:
        return
    seen, lock = set(), threading.Lock()

    def evaluate(ctx, policies, *limits):
        result = PLAIN_EVALUATE(ctx, policies, *limits)
        if ctx.principal_type == "AssumedRole":
            role = ctx.principal_arn.split(":assumed-role/", 1)[-1].split("/")[0]
            entry = (role, result.decision, ctx.action, result.matched_sid)
            with lock:
                if entry not in seen:
                    seen.add(entry)
                    with open(PATH, "a", encoding="utf-8") as log:
                        log.write(json.dumps(dict(zip(("role", "decision", "action", "sid"), entry))) + "\n")
        return result

    iam_evaluator.evaluate = evaluate
