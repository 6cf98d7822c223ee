"""Google's own description of its APIs, as checks of answers and of requests."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own

Json = dict[str, Any]
_DOCUMENTS = "googleapiclient.discovery_cache.documents"
_SAME = ("type", "enum", "pattern")


@cache
def described(api: str) -> Json:
    """The description in the client's package, by its name (`drive.v3`)."""
    found: Json = json.loads((files(_DOCUMENTS) / f"{api}.json").read_text(encoding="utf-8"))
    return found


def problems(api: str, schema: str, answer: object) -> list[str]:
    """Where an answer differs from what Google describes; unknown keys are differences."""
    return [
        f"{e.json_path}: {e.message[:160]}" for e in _validator(api, schema).iter_errors(answer)
    ]


@cache
def _validator(api: str, schema: str) -> jsonschema.Draft202012Validator:
    known = {name: _schema(one) for name, one in described(api)["schemas"].items()}
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": known})


def _schema(given: Json) -> Json:
    if "$ref" in given:
        return {"$ref": f"#/$defs/{given['$ref']}"}
    if given.get("type") == "any":
        return {}
    out: Json = {key: given[key] for key in _SAME if key in given}
    if given.get("format") in ("int64", "uint64") and given["type"] == "string":
        out["pattern"] = r"^-?\d+$"  # too large for JSON's numbers: written as text
    if "items" in given:
        out["items"] = _schema(given["items"])
    if "properties" in given:
        out["properties"] = {name: _schema(one) for name, one in given["properties"].items()}
        out["additionalProperties"] = False
    if isinstance(given.get("additionalProperties"), dict):
        out["additionalProperties"] = _schema(given["additionalProperties"])
    return out


def request_problems(method: str, path: str, query: Mapping[str, str]) -> list[str]:
    """What Google's description does not allow in a request."""
    for api in ("drive.v3", "docs.v1"):
        description = described(api)
        for one in _methods(description):
            pattern = f"/{description['servicePath']}{one['path']}"
            pattern = re.sub(r"\{\+?[^}]+\}", "[^/]+", pattern)
            if one["httpMethod"] == method and re.fullmatch(pattern, path):
                return list(_parameter_problems(description["parameters"], one, query))
    return [f"{method} {path}: no such method"]


def _methods(owner: Json) -> Iterator[Json]:
    yield from owner.get("methods", {}).values()
    for resource in owner.get("resources", {}).values():
        yield from _methods(resource)


def _parameter_problems(common: Json, method: Json, query: Mapping[str, str]) -> Iterator[str]:
    allowed = {**common, **method["parameters"]}
    for name, about in allowed.items():
        if about.get("required") and about["location"] == "query" and name not in query:
            yield f"{method['id']}: {name} is missing"
    for name, value in query.items():
        about = allowed.get(name)
        if about is None:
            yield f"{method['id']}: {name} is no parameter"
        elif about.get("deprecated"):
            yield f"{method['id']}: {name} is out of use"
        elif not _fits(about, value):
            yield f"{method['id']}: {name}={value!r} does not fit"


def _fits(about: Json, value: str) -> bool:
    if "enum" in about:
        return value in about["enum"]
    match about["type"]:
        case "boolean":
            return value in ("true", "false")
        case "integer":
            low, high = int(about.get("minimum", 0)), int(about.get("maximum", 2**31))
            return value.isdigit() and low <= int(value) <= high
        case _:
            return True
