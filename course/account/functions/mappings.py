"""Event source mappings: the operations that create, show, change and remove them.

API reference, "CreateEventSourceMapping" and its neighbours. A mapping is Creating, Updating,
Enabling, Disabling or Deleting for a while; AWS says up to a minute, here it is five seconds. The
account reads SQS queues, Kinesis streams and DynamoDB streams of its own Region. moto's own way of
reading them, at once and one by one, is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from course.account.errors import AwsError, NotSimulated
from course.account.functions.configured import parse
from course.account.functions.mapping import OK, EventSourceMapping, Poller, check_filters
from course.account.functions.queue_poller import QueuePoller
from course.account.functions.runtime import Functions
from course.account.functions.stream_poller import StreamPoller
from course.account.functions.stream_sources import CONSUMER
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.functions import mapping_rules

Parameters = dict[str, Any]
TRANSITION = 5000
PASSING = ("Creating", "Updating", "Enabling", "Disabling", "Deleting")
_NO_OTHER = "Read from an SQS queue, a Kinesis stream or a DynamoDB stream."
NOT_READ = {
    "Topics": _NO_OTHER,
    "Queues": _NO_OTHER,
    "SourceAccessConfigurations": _NO_OTHER,
    "SelfManagedEventSource": _NO_OTHER,
    "AmazonManagedKafkaEventSourceConfig": _NO_OTHER,
    "SelfManagedKafkaEventSourceConfig": _NO_OTHER,
    "DocumentDBEventSourceConfig": _NO_OTHER,
    "ProvisionedPollerConfig": "Leave it out: the pollers scale by themselves.",
    "LoggingConfig": "Leave it out: MetricsConfig counts what happens.",
    "KMSKeyArn": "Leave it out.",
    "TumblingWindowInSeconds": "Aggregate in a table, or in the consumer.",
}
DESTINATIONS = ("sqs", "sns")


class Mappings:
    """The mappings of one Region, in the order of their creation; the world's are there first."""

    def __init__(self, region: Region) -> None:
        self.kept: dict[str, EventSourceMapping] = {}
        world = region.world
        for described in world.resources.get("lambda", ()) if world is not None else ():
            if "event_source" in described:
                self._open(region, described, world.start if world is not None else 0)

    def _open(self, region: Region, described: Mapping[str, Any], since: int) -> None:
        given = described["event_source"]
        source = region.arn("sqs", given["sqs"])
        names = {"batch_size": "BatchSize", "batching_window": "MaximumBatchingWindowInSeconds"}
        settings = {names[key]: value for key, value in given.items() if key in names}
        function = region.arn("lambda", f"function:{described['name']}")
        if "alias" in described:
            function = f"{function}:{described['alias']}"
        completed = mapping_rules.completed(mapping_rules.kind_of(source), settings)
        mapping = EventSourceMapping(region, region.new_id(), source, function, completed, since)
        mapping.state, mapping.result = "Enabled", OK
        mapping.poller = _poller(mapping)
        mapping.poller.start()
        self.kept[mapping.id] = mapping


def create_event_source_mapping(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    _check_supported("CreateEventSourceMapping", parameters)
    source = parameters.get("EventSourceArn", "")
    kind = mapping_rules.kind_of(source)
    given = {
        name: value
        for name, value in parameters.items()
        if name not in ("EventSourceArn", "FunctionName", "Tags") and value is not None
    }
    settings = mapping_rules.completed(kind, given)
    check_filters(settings.get("FilterCriteria"))
    function = _function(region, parameters["FunctionName"])
    _check_source(region, kind, source, function)
    _check_new(region, source, function)
    mapping = EventSourceMapping(region, region.new_id(), source, function, settings, region.now)
    mapping.tags = dict(parameters.get("Tags") or {})
    region.part(Mappings).kept[mapping.id] = mapping
    _pass(mapping, "Creating")
    return mapping.described()


def _check_supported(operation: str, parameters: Parameters) -> None:
    for name, instead in NOT_READ.items():
        if parameters.get(name):
            raise NotSimulated(f"lambda:{operation} with {name}", instead)
    destinations = parameters.get("DestinationConfig") or {}
    if (destinations.get("OnSuccess") or {}).get("Destination"):
        what = f"lambda:{operation} with an OnSuccess destination"
        raise NotSimulated(what, "Lambda supports it for asynchronous invocations only.")
    arn = (destinations.get("OnFailure") or {}).get("Destination")
    if arn and arn.split(":")[2] not in DESTINATIONS:
        what = f"lambda:{operation} with an OnFailure destination {arn}"
        raise NotSimulated(what, "Send what fails to an SQS queue or an SNS topic.")


def _function(region: Region, text: str) -> str:
    """The ARN of a function that exists, with the qualifier that was given."""
    lambdas = region.part(Functions)
    name = parse(region, text)
    found = lambdas.catalogue.find(name, lambdas.rng)
    return f"{found.arn}:{name.qualifier}" if name.qualifier else found.arn


def _check_source(region: Region, kind: str, source: str, function: str) -> None:
    """The source must exist, and a queue must hide messages for long enough."""
    try:
        if kind in mapping_rules.STREAMS:
            _check_stream(region, kind, source)
        else:
            _check_queue(region, source.split(":")[5], function)
    except ClientError as error:
        message = f"Error occurred while accessing the event source: {error}"
        raise AwsError("InvalidParameterValueException", message, Type="User") from None


def _check_stream(region: Region, kind: str, source: str) -> None:
    if kind == mapping_rules.KINESIS:
        client = region.clients("kinesis")
        if CONSUMER in source:
            client.describe_stream_consumer(ConsumerARN=source)
        else:
            client.describe_stream_summary(StreamARN=source)
    else:
        region.clients("dynamodbstreams").describe_stream(StreamArn=source)


def _check_queue(region: Region, name: str, function: str) -> None:
    client = region.clients("sqs")
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    timeout = int(region.part(Functions).catalogue.latest(function.split(":")[6]).timeout)
    mapping_rules.check_visibility(timeout, int(found["Attributes"]["VisibilityTimeout"]))


def _check_new(region: Region, source: str, function: str) -> None:
    for mapping in region.part(Mappings).kept.values():
        if mapping.source == source and mapping.function == function:
            message = (
                f'The event source arn (" {source} ") and function (" {mapping.name} ") provided '
                f"mapping already exists. Please update or delete the existing mapping with UUID "
                f"{mapping.id}"
            )
            raise AwsError("ResourceConflictException", message, Type="User")


def _poller(mapping: EventSourceMapping) -> Poller:
    return StreamPoller(mapping) if mapping.kind in mapping_rules.STREAMS else QueuePoller(mapping)


def _pass(mapping: EventSourceMapping, state: str) -> None:
    """Be in a passing state until what was asked for is done."""
    mapping.state = state
    mapping.modified = mapping.region.now
    if mapping.poller is None and mapping.is_enabled:
        mapping.poller = _poller(mapping)  # a stream is read from where it is now
    mapping.region.agenda.at(mapping.region.now + TRANSITION, lambda: _settle(mapping, state))


def _settle(mapping: EventSourceMapping, state: str) -> None:
    if mapping.state != state:
        return
    if state == "Deleting":
        mapping.region.part(Mappings).kept.pop(mapping.id, None)
        return
    mapping.state = "Enabled" if mapping.is_enabled else "Disabled"
    if mapping.poller is not None and mapping.is_enabled:
        mapping.poller.start()


def get_event_source_mapping(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _found(region, parameters).described()


def _found(region: Region, parameters: Parameters) -> EventSourceMapping:
    found = region.part(Mappings).kept.get(parameters["UUID"])
    if found is None:
        message = "The resource you requested does not exist."
        raise AwsError("ResourceNotFoundException", message, Type="User")
    return found


def list_event_source_mappings(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    source, function = parameters.get("EventSourceArn"), parameters.get("FunctionName")
    wanted = _function(region, function) if function else None
    found = [
        mapping.described()
        for mapping in region.part(Mappings).kept.values()
        if source in (None, mapping.source) and wanted in (None, mapping.function)
    ]
    limit = min(int(parameters.get("MaxItems") or 100), 100)
    listed, token = page(
        found, parameters.get("Marker"), limit, invalid="InvalidParameterValueException"
    )
    return {"EventSourceMappings": listed, **page_token("NextMarker", token)}


def update_event_source_mapping(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    mapping = _found(region, parameters)
    _check_supported("UpdateEventSourceMapping", parameters)
    if mapping.state in PASSING:
        message = f"Cannot update the event source mapping because it is in use: {mapping.state}."
        raise AwsError("ResourceInUseException", message, Type="User")
    given = {
        name: value
        for name, value in parameters.items()
        if name not in ("UUID", "FunctionName") and value is not None
    }
    was_enabled = mapping.is_enabled
    settings = mapping_rules.completed(mapping.kind, {**mapping.settings, **given})
    check_filters(settings.get("FilterCriteria"))
    if "FunctionName" in parameters:
        mapping.function = _function(region, parameters["FunctionName"])
    mapping.settings = settings
    if not mapping.is_enabled and mapping.poller is not None:
        mapping.poller.stop()
    changed = "Updating"
    if mapping.is_enabled != was_enabled:
        changed = "Enabling" if mapping.is_enabled else "Disabling"
    _pass(mapping, changed)
    return mapping.described()


def delete_event_source_mapping(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    mapping = _found(region, parameters)
    if mapping.poller is not None:
        mapping.poller.stop()
    _pass(mapping, "Deleting")
    return mapping.described()
