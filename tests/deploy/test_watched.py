"""infra/watched.py, which infra/check.py runs: the templates pass, and each fault is found."""

import copy
import json

import pytest
import yaml
from program import ROOT
from scripts import script

TEMPLATE = yaml.load((ROOT / "infra/app.yaml").read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture
def watched():
    """The checks."""
    return script("watched.py")


def edited(before: str, after: str) -> dict:
    """The template with a change in the text of the dashboard."""
    template = copy.deepcopy(TEMPLATE)
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    assert body["Fn::Sub"].count(before) == 1
    body["Fn::Sub"] = body["Fn::Sub"].replace(before, after)
    return template


def test_the_templates_have_no_fault(watched):
    assert watched.faults(TEMPLATE) == []
    data = yaml.safe_load((ROOT / "infra/data.yaml").read_text(encoding="utf-8"))
    assert watched.faults(data) == []


def test_the_dashboard_shows_something(watched):
    kinds = [widget["type"] for widget in watched.widgets(TEMPLATE)]
    assert kinds.count("metric") >= 6 and kinds.count("alarm") == 1
    assert {"DoesNotOpen", "Throttled"} <= watched.recorded()


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"DoesNotOpen", "Deployment"', '"DoesOpen", "Deployment"', "Keyward DoesOpen: no function records it"),
        ('"Unnamed", "Deployment", "${Deployment}"', '"Unnamed"', "Keyward Unnamed: no filter makes it"),
        ('["Keyward", "${Deployment}-our-errors"', '["Keyward", "${Deployment}-errors"', "Keyward ${Deployment}-errors: no filter makes it"),
        ('"AWS/ApiGateway", "5xx"', '"AWS/ApiGateway", "5XXError"', "AWS/ApiGateway 5XXError: AWS has no such metric"),
        ('"ConcurrentExecutions"', '"ConcurrentExecution"', "AWS/Lambda ConcurrentExecution: AWS has no such metric"),
        ('"AWS/SQS"', '"AWS/Sqs"', "AWS/Sqs ApproximateNumberOfMessagesVisible: its namespace is unknown"),
        ("${OnKeyUseFunction}", "${OnKeyUse}", "AWS/Lambda IteratorAge: it is of no AWS::Lambda::Function of the template"),
        ('"QueueName", ', '"Queue", ', "AWS/SQS ApproximateNumberOfMessagesVisible: it is of no AWS::SQS::Queue of the template"),
    ],
)
def test_a_metric_that_nobody_counts_is_found(watched, before, after, fault):
    assert watched.faults(edited(before, after)) == [f"the dashboard shows {fault}"]


def test_an_alarm_that_the_dashboard_has_not_is_found_and_so_is_one_that_is_none(watched):
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${Deployment}"
    template = edited(f'"{arn}-tampering"', f'"{arn}-another"')
    missing, unknown = watched.faults(template)
    assert missing == f"the dashboard has not the alarm {arn}-tampering"
    assert unknown == f"the dashboard has the alarm {arn}-another, which is none"


@pytest.mark.parametrize("settings", [None, {"DestinationArn": {"Fn::GetAtt": ["NoLog", "Arn"]}}])
def test_a_stage_without_a_log_is_found(watched, settings):
    template = copy.deepcopy(TEMPLATE)
    stage = template["Resources"]["IssuerStage"]["Properties"]
    stage.pop("AccessLogSettings")
    if settings:
        stage["AccessLogSettings"] = settings
    assert watched.faults(template) == ["the stage IssuerStage has no access log"]


def test_the_log_of_the_issuer_has_what_the_filters_count(watched):
    own, issuers = (
        json.loads(TEMPLATE["Resources"][name]["Properties"]["AccessLogSettings"]["Format"]) for name in ("Stage", "IssuerStage")
    )
    assert issuers.items() <= own.items() and "status" in issuers
