"""What the OpenAPI text says of forms and answers, made of the same models that check them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from accord.service.options import JobOptions, Placement, SingleOptions
from accord.service.refusals import PROBLEM
from accord.service.work import FORMATS

_PICTURES = {
    "composite": "The picture to harmonize: PNG, JPEG, WebP, TIFF, OpenEXR, DPX, JPEG XL or PSD.",
    "mask": "White where the foreground is, of the composite's size (or the foreground's); by default its alpha.",
    "background": "In place of a composite: the picture behind.",
    "foreground": "In place of a composite: what is placed over it, with alpha or a mask.",
}
_MASKS = {
    "reference_mask": "White where the look is to be taken from, in place of `reference`.",
    "protect_mask": "White where colours keep chroma and hue, beside `protect`.",
}

_REFUSALS = {
    400: "The form is damaged or cut off.",
    401: "A key is asked for here, and none that is known was shown.",
    403: "A web page of another origin asks, where no keys are asked for.",
    404: "There is no such thing.",
    406: "The answer cannot be had in the form that Accept asks for.",
    408: "The request took too long to arrive.",
    409: "The picture is not done.",
    413: "Too many bytes, pixels, or seconds of work.",
    415: "No form, or a file that is no picture that accord reads.",
    421: "The service is not addressed by this name.",
    422: "The pictures or settings cannot be used as they came.",
    429: "The queue is full.",
    500: "We are at fault.",
    507: "The service's disk is full.",
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What came, what was wanted, and a way out."},
    },
}

_ABOUT: dict[str, Any] = {
    "type": "object",
    "description": "What `accord harmonize --sidecar` writes, and more: signals (docs/signals.md), the colour map, "
    "which `accord.transforms.from_dict` reads and `--method FILE.json` applies again at any size.",
    "required": ["accord", "method", "settings", "signals", "colour_map", "left_alone", "picture"],
    "properties": {
        "accord": {"type": "string"},
        "method": {"type": ["object", "null"]},
        "model_hash": {"type": ["string", "null"]},
        "settings": {"type": "object"},
        "signals": {"type": "object"},
        "explanation": {"type": "object"},
        "guards": {"type": "array", "items": {"type": "object"}},
        "colour_map": {"type": ["object", "null"]},
        "left_alone": {"type": "boolean"},
        "need": {"type": ["object", "null"]},
        "choice": {"type": ["object", "null"]},
        "picture": {
            "type": "object",
            "required": ["width", "height"],
            "properties": {
                "width": {"type": "integer"},
                "height": {"type": "integer"},
                "media_type": {"type": "string", "description": "Its format, where `answer` is both."},
                "base64": {"type": "string", "description": "The file, where `answer` is both."},
            },
        },
    },
}

JOB: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status", "created", "finished", "error", "waiting", "done", "failed"],
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["queued", "running", "done", "failed"]},
        "created": {"type": "string", "format": "date-time"},
        "finished": {"type": ["string", "null"], "format": "date-time"},
        "error": {"type": ["string", "null"], "description": "Why nothing could be made."},
        "waiting": {"type": "integer", "description": "Pictures that are not made yet."},
        "done": {"type": "integer"},
        "failed": {"type": "integer"},
        "pictures": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "status", "error", "url"],
                "properties": {
                    "index": {"type": "integer"},
                    "status": {"enum": ["waiting", "done", "failed"]},
                    "error": {"type": ["string", "null"]},
                    "seconds": {"type": ["number", "null"]},
                    "left_alone": {"type": ["boolean", "null"]},
                    "signals": {"type": ["object", "null"]},
                    "url": {"type": ["string", "null"], "description": "Where to get it, once it is done."},
                },
            },
        },
    },
}

JOBS: dict[str, Any] = {"type": "array", "items": JOB}

_SHOWN = {
    "a composite and its mask": {"composite": "(composite.png)", "mask": "(mask.png)", "strength": 0.8},
    "with another method, as JSON": {
        "composite": "(composite.jpg)",
        "mask": "(mask.png)",
        "method": "mkl",
        "answer": "json",
    },
    "layers": {"background": "(room.jpg)", "foreground": "(sofa.png)", "at": "0.55,0.8", "scale": 0.4},
}


def single_form() -> dict[str, Any]:
    """Describe the form of POST /v1/harmonize."""
    files = {
        name: {"type": "string", "format": "binary", "description": what}
        for name, what in {**_PICTURES, **_MASKS}.items()
    }
    examples = {name: {"value": value} for name, value in _SHOWN.items()}
    return _form({**files, **_texts(SingleOptions), **_texts(Placement)}, examples)


def job_form() -> dict[str, Any]:
    """Describe the form of POST /v1/jobs."""
    files = {
        name: {"type": "array", "items": {"type": "string", "format": "binary"}, "description": what}
        for name, what in _PICTURES.items()
    }
    examples = {
        "two composites and their masks": {
            "value": {"composite": ["(a.png)", "(b.png)"], "mask": ["(a_mask.png)", "(b_mask.png)"], "signals": True}
        },
        "one foreground in two scenes": {
            "value": {"background": ["(hall.jpg)", "(garden.jpg)"], "foreground": ["(sofa.png)"], "scale": 0.4}
        },
    }
    return _form({**files, **_texts(JobOptions), **_texts(Placement)}, examples)


def pictures(what: str, *, or_json: bool = False) -> dict[str, Any]:
    """Describe an answer that is a picture."""
    content: dict[str, Any] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FORMATS.values()}
    if or_json:
        content["application/json"] = {"schema": _ABOUT}
    return {"description": what, "content": content}


def json_answer(what: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe an answer that is JSON."""
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe refusals by their statuses; those that any request may get come with them."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 401, 403, 421, 500}):
        found[status] = {
            "description": _REFUSALS[status],
            "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}},
        }
    if 429 in found:
        found[429]["headers"] = {
            "Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}}
        }
    return found


def with_security(document: dict[str, Any]) -> dict[str, Any]:
    """Say in an OpenAPI text that keys may be asked for."""
    document.setdefault("components", {})["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            operation["security"] = [{}, {"bearer": []}, {"key": []}] if path.startswith("/v1/") else []
    return document


def _form(properties: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": schema, "examples": examples}},
        }
    }


def _texts(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a model's fields as those of a form, which can be left out but not be null."""
    found = {}
    for name, schema in model.model_json_schema()["properties"].items():
        kinds = [one for one in schema.pop("anyOf", []) if one.get("type") != "null"]
        schema.pop("title", None)
        if schema.get("default", 0) is None:
            del schema["default"]
        found[name] = {**(kinds[0] if kinds else {}), **schema}
    if "at" in found:
        found["at"] = {
            "type": "string",
            "pattern": r"^-?[0-9.]+,-?[0-9.]+$",
            "default": "0.5,0.5",
            "description": found["at"]["description"],
        }
    return found
