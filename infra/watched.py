"""Checks what people look at: that the dashboard shows metrics that somebody counts and every alarm, and that each stage has a log.

A metric that nobody counts is an empty line in a graph, and nothing complains about it.
"""

import json
import re
from pathlib import Path

CODE = Path(__file__).parent.parent / "functions/src/metrics.rs"
OURS = "Keyward"
# The metrics of AWS that may be shown, with the dimension of each and the kind of what it names: "Working with metrics for HTTP APIs"
# (API Gateway developer guide), "Types of metrics for Lambda functions" (Lambda developer guide), "Available CloudWatch metrics for
# Amazon SQS" (SQS developer guide). Without a dimension, a metric is that of all of a kind in the region.
AWS = {
    "AWS/ApiGateway": ({"4xx", "5xx", "Count", "IntegrationLatency", "Latency"}, "ApiId", "AWS::ApiGatewayV2::Api"),
    "AWS/Lambda": (
        {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "IteratorAge", "Throttles"},
        "FunctionName", "AWS::Lambda::Function",
    ),
    "AWS/SQS": (
        {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"},
        "QueueName", "AWS::SQS::Queue",
    ),
}
ALARM = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"


def recorded():
    """The names of the metrics that functions record."""
    return set(re.findall(r'Self::\w+ => "(\w+)"', CODE.read_text(encoding="utf-8").split("pub const fn as_str")[1].split("\n    }")[0]))


def of_type(template, kind):
    """The properties of the resources of a kind, by their names."""
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def text(value):
    """A text, with what it names in braces."""
    return value["Fn::Sub"] if isinstance(value, dict) else value


def filtered(template):
    """The names of the metrics that filters of logs make."""
    made = [each["MetricTransformations"][0] for each in of_type(template, "AWS::Logs::MetricFilter").values()]
    return {text(each["MetricName"]) for each in made if each["MetricNamespace"] == OURS}


def fault_of_metric(template, metric):
    """What is wrong with a metric of the dashboard, or nothing."""
    namespace, name, *dimensions = [part for part in metric if not isinstance(part, dict)]
    if namespace == OURS:
        if dimensions == ["Deployment", "${Deployment}"]:
            return None if name in recorded() else "no function records it"
        return None if not dimensions and name in filtered(template) else "no filter makes it"
    if namespace not in AWS:
        return "its namespace is unknown"
    names, dimension, kind = AWS[namespace]
    if name not in names:
        return "AWS has no such metric"
    if not dimensions:
        return None
    named = re.fullmatch(r"\$\{(\w+)(?:\.QueueName)?\}", dimensions[-1])
    if len(dimensions) != 2 or dimensions[0] != dimension or not named or named[1] not in of_type(template, kind):
        return f"it is of no {kind} of the template"
    return None


def widgets(template):
    """The widgets of the dashboard."""
    boards = of_type(template, "AWS::CloudWatch::Dashboard").values()
    return [widget for board in boards for widget in json.loads(text(board["DashboardBody"]))["widgets"]]


def faults_of_dashboard(template):
    """What is wrong with the dashboard."""
    shown = widgets(template)
    for widget in shown:
        for metric in widget["properties"].get("metrics", []):
            fault = fault_of_metric(template, metric)
            if fault:
                yield f"the dashboard shows {' '.join(map(str, metric[:2]))}: {fault}"
    listed = [arn for widget in shown for arn in widget["properties"].get("alarms", [])]
    there = [ALARM + text(each["AlarmName"]) for each in of_type(template, "AWS::CloudWatch::Alarm").values()]
    yield from (f"the dashboard has not the alarm {arn}" for arn in there if arn not in listed)
    yield from (f"the dashboard has the alarm {arn}, which is none" for arn in listed if arn not in there)


def faults_of_logs(template):
    """The stages that log no request."""
    for name, stage in of_type(template, "AWS::ApiGatewayV2::Stage").items():
        log = stage.get("AccessLogSettings", {}).get("DestinationArn", {}).get("Fn::GetAtt", [None])[0]
        if log not in of_type(template, "AWS::Logs::LogGroup"):
            yield f"the stage {name} has no access log"


def faults(template):
    """Everything that is wrong."""
    return [*faults_of_dashboard(template), *faults_of_logs(template)]
