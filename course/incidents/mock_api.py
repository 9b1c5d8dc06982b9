"""A REST API that answers by itself, for what stands before integrations: keys, limits, caches."""

from __future__ import annotations

from collections.abc import Iterable

import boto3

# Every answer that comes from the integration, and not from a cache, has an id of its own.
BODY = '{"id": "$context.requestId"}'


def mock_api(routes: Iterable[str], stage: str = "prod") -> tuple[str, str]:
    """Deploy ["GET /books/{id}", "POST /orders", ...] in the open account: API id, address."""
    rest = boto3.client("apigateway")
    api = rest.create_rest_api(name="self-answering")["id"]
    places = {"": rest.get_resources(restApiId=api)["items"][0]["id"]}
    for route in routes:
        verb, path = route.split(" ")
        above = ""
        for part in path.strip("/").split("/"):
            here = f"{above}/{part}"
            if here not in places:
                made = rest.create_resource(restApiId=api, parentId=places[above], pathPart=part)
                places[here] = made["id"]
            above = here
        where = {"restApiId": api, "resourceId": places[path], "httpMethod": verb}
        rest.put_method(**where, authorizationType="NONE")
        templates = {"application/json": '{"statusCode": 200}'}
        rest.put_integration(**where, type="MOCK", requestTemplates=templates)
        rest.put_method_response(**where, statusCode="200")
        answers = {"application/json": BODY}
        rest.put_integration_response(**where, statusCode="200", responseTemplates=answers)
    rest.create_deployment(restApiId=api, stageName=stage)
    return api, f"https://{api}.execute-api.{rest.meta.region_name}.amazonaws.com/{stage}"
