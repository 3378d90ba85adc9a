"""A batch of SQS takes the permission of its single action: `sqs:DeleteMessage` for DeleteMessageBatch ("Amazon SQS API permissions:
Actions and resource reference", Amazon SQS Developer Guide). For tests only: ministack 1.5.33 asks for an action that IAM does not have.
"""

from ministack.core import iam_actions

PLAIN_ACTION = iam_actions.extract_iam_action


def extract_iam_action(service, *rest, **named):
    action = PLAIN_ACTION(service, *rest, **named)
    if service == "sqs" and action and action.endswith("Batch"):
        return action.removesuffix("Batch")
    return action


def judge_batches_as_aws_does():
    iam_actions.extract_iam_action = extract_iam_action
