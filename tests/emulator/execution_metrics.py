"""Executions are counted as CloudWatch metrics, and the alarms on them are judged. For tests only.

ministack 1.5.33 counts none. On AWS each execution that ends adds one to `ExecutionsSucceeded`, `ExecutionsFailed`, `ExecutionsTimedOut` or
`ExecutionsAborted` in the namespace AWS/States, with the dimension `StateMachineArn` ("Monitoring Step Functions metrics using Amazon
CloudWatch", Step Functions Developer Guide). An alarm sees only metrics of its own dimensions.
"""

from ministack.services import cloudwatch, stepfunctions

METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
NAMESPACE = "AWS/States"
PLAIN_EMIT = stepfunctions._emit_execution_status_event


def dimensions_of(alarm):
    found = alarm.get("Dimensions") or []
    return {one["Name"]: one["Value"] for one in found} if isinstance(found, list) else dict(found)


def emit_and_count(execution):
    PLAIN_EMIT(execution)
    metric = METRICS.get(execution["status"])
    if metric is None:
        return
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    cloudwatch.record_metric(NAMESPACE, metric, 1, "Count", dimensions)
    for alarm in list(cloudwatch._alarms.values()):
        watched = (alarm.get("Namespace"), alarm.get("MetricName"), dimensions_of(alarm))
        if watched == (NAMESPACE, metric, dimensions):
            cloudwatch._evaluate_alarm(alarm)


def count_executions():
    stepfunctions._emit_execution_status_event = emit_and_count
