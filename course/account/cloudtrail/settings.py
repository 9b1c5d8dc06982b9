"""What a trail selects, its Insights, its tags; and the public keys of its digests.

Follows PutEventSelectors, GetEventSelectors, PutInsightSelectors, GetInsightSelectors, AddTags,
RemoveTags, ListTags and ListPublicKeys. Insights on data events and event data stores are refused.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from course.account import tagging
from course.account.clock import utc
from course.account.cloudtrail import delivery, trails
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region
from course.telemetry.trail import selectors, signing

Parameters = dict[str, Any]
_VALIDITY = timedelta(days=365)
MOST_TAGS = 50


def put_event_selectors(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    trail = trails.own(region, parameters["TrailName"])
    basic = [_completed(each) for each in parameters.get("EventSelectors") or []]
    advanced = parameters.get("AdvancedEventSelectors") or []
    selectors.check(basic, advanced)
    region.part(delivery.Engine).gather()
    trail.basic, trail.advanced = basic, advanced
    return get_event_selectors(region, parameters)


def _completed(selector: dict[str, Any]) -> dict[str, Any]:
    return {**selectors.DEFAULT[0], **selector}


def get_event_selectors(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    trail = trails.find(region, parameters["TrailName"])
    if trail.advanced:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": trail.advanced}
    return {"TrailARN": trail.arn, "EventSelectors": trail.basic or selectors.DEFAULT}


def put_insight_selectors(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    _refuse_stores(parameters, "PutInsightSelectors")
    trail = trails.own(region, parameters["TrailName"])
    given = parameters["InsightSelectors"]
    logged = selectors.management_only(trail.basic, trail.advanced)
    for selector in given:
        if "Data" in (selector.get("EventCategories") or ()):
            what = "cloudtrail:PutInsightSelectors for data events"
            raise NotSimulated(what, "Leave EventCategories out.")
        _check_logged(selector.get("InsightType"), logged)
    region.part(delivery.Engine).gather()
    trail.insights, trail.insights_since = given, region.now
    return {"TrailARN": trail.arn, "InsightSelectors": given}


def _check_logged(kind: str | None, logged: Mapping[str, bool]) -> None:
    enough = logged["write"] or (kind == "ApiErrorRateInsight" and logged["read"])
    if not enough:
        message = f"The trail must log management events to log {kind} events."
        raise AwsError("InvalidInsightSelectorsException", message)


def get_insight_selectors(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    _refuse_stores(parameters, "GetInsightSelectors")
    trail = trails.find(region, parameters["TrailName"])
    if not trail.insights:
        message = f"Insights is not enabled on the trail {trail.arn}."
        raise AwsError("InsightNotEnabledException", message)
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insights}


def _refuse_stores(parameters: Parameters, operation: str) -> None:
    if "TrailName" not in parameters:
        what = f"cloudtrail:{operation} for an event data store"
        raise NotSimulated(what, "Name a trail: TrailName.")


def add_tags(region: Region, parameters: Parameters) -> None:
    trail = trails.own(region, parameters["ResourceId"])
    given = {each["Key"]: each.get("Value", "") for each in parameters["TagsList"]}
    if len(region.tags[trail.arn] | given) > MOST_TAGS:
        message = f"A trail can have at most {MOST_TAGS} tags."
        raise AwsError("TagsLimitExceededException", message)
    region.tags[trail.arn] |= given


def remove_tags(region: Region, parameters: Parameters) -> None:
    trail = trails.own(region, parameters["ResourceId"])
    for each in parameters["TagsList"]:
        region.tags[trail.arn].pop(each["Key"], None)


def list_tags(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    found = []
    for name in parameters["ResourceIdList"]:
        trail = trails.own(region, name)
        tags = tagging.listed(region.tags[trail.arn])
        found.append({"ResourceId": trail.arn, "TagsList": tags})
    return {"ResourceTagList": found}


def list_public_keys(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """The one key of this Region, which is always valid."""
    now = utc(region.now)
    start, end = parameters.get("StartTime", now), parameters.get("EndTime", now)
    if start > end:
        message = "The start time must be before the end time."
        raise AwsError("InvalidTimeRangeException", message)
    key = {
        "Value": base64.b64encode(signing.public_key(region.name)).decode(),
        "ValidityStartTime": start - _VALIDITY,
        "ValidityEndTime": end + _VALIDITY,
        "Fingerprint": signing.fingerprint(region.name),
    }
    return {"PublicKeyList": [key]}
