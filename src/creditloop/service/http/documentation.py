"""The API's description (OpenAPI) and a plain page of it: no script, nothing from elsewhere."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from creditloop.service.doors import SCOPES
from creditloop.service.http.answers import Answer, Problem
from creditloop.service.http.commands import Command
from creditloop.service.http.problems import MEDIA_TYPE, STATUSES

OPENAPI, DOCS = "/v1/openapi.json", "/v1/docs"
_REFERENCE = "#/components/schemas/{name}"
_TEXT = """\
信贷风控闭环的开放接口：决策及其过程、客户、余额、借据、预警、催收案件、人工复核、存证证明。
The open door of a bank's credit risk loop: decisions with their working, customers, balances, loans,
warnings, cases, manual reviews, evidence proofs.

- 密钥 Key: `Authorization: Bearer cl_…`, made by `creditloop keys create`, each for named scopes.
- 幂等 Repeats: every POST that keeps something carries `Idempotency-Key`, a name of the caller's own, best
  a UUID. A repeat gets the first answer byte for byte; the same name with other content is 409
  `conflicting_repeat`. An answer is given only once it is committed.
- 金额 Money is integer fen, a hundredth of the book's one currency; rates and shares are integers in
  nano (10⁻⁹).
- 错误 Problems are RFC 9457 documents with a stable `code`.
- 留痕 Every read of personal data is logged under the key's holder, and sealed.
"""
_PAGE = Template("""\
<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>creditloop API</title><style>
body{font:15px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
code,pre{font:13px/1.5 ui-monospace,monospace;background:#f3f4f6;border-radius:4px}code{padding:.1em .3em}
pre{padding:.8rem;overflow:auto}h2{margin-top:2.5rem;border-top:1px solid #d0d7de;padding-top:1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border:1px solid #d0d7de;
vertical-align:top}.method{font-weight:600}</style></head><body>
<h1>creditloop API $version</h1><pre>$text</pre><p>OpenAPI: <a href="$openapi">$openapi</a></p>
$routes<h2 id="problems">错误 Problems</h2>
<table><tr><th>code</th><th>status</th><th></th></tr>$problems</table>
</body></html>
""")


def add_pages(app: FastAPI, *, commands: Sequence[Command[Any]]) -> None:
    """Serve the description and its page; both are made once."""
    described: dict[str, Any] = {}

    def description() -> dict[str, Any]:
        if not described:
            described.update(describe(app, commands=commands))
        return described

    async def openapi(_: Request) -> Response:
        return JSONResponse(description())

    async def docs(_: Request) -> Response:
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(page(description()), headers=policy)

    app.add_route(OPENAPI, openapi, methods=["GET"], include_in_schema=False)
    app.add_route(DOCS, docs, methods=["GET"], include_in_schema=False)


def describe(app: FastAPI, *, commands: Sequence[Command[Any]]) -> dict[str, Any]:
    """Return the whole description: FastAPI's of its routes, ours of the commands, problems and keys."""
    found = app.openapi()
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for command in commands:
        _add_command(found, command)
    for path, methods in found["paths"].items():
        for operation in methods.values():
            _add_problems(operation, is_open=path == "/v1/health")
    found["info"]["description"] = _TEXT
    found["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "cl_<id>_<secret>"}
    }
    return found


def _add_command(found: dict[str, Any], command: Command[Any]) -> None:
    schemas = found["components"]["schemas"]
    (_,), bodies = msgspec.json.schema_components([command.body], ref_template=_REFERENCE)
    schemas.update(bodies)
    _add_model(schemas, command.answer)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": text}
        for name, text in command.parameters.items()
    ]
    name_of_request = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[\\x21-\\x7e]*$"},
        "description": "幂等键 the caller's own name of this request",
        "example": "3f2c7a52-0d6e-4c1b-9a57-8f4f0c1d2e3b",
    }
    reference = {"$ref": _REFERENCE.format(name=command.body.__name__)}
    answer = {"$ref": _REFERENCE.format(name=command.answer.__name__)}
    found["paths"].setdefault(command.path, {})["post"] = {
        "tags": [command.tag],
        "operationId": command.name,
        "summary": command.summary,
        "description": f"{command.description}\n\nScope `{command.scope}`: {SCOPES[command.scope]}.",
        "parameters": [*parameters, name_of_request],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference, "example": dict(command.example)}},
        },
        "responses": {
            str(command.status): {
                "description": "做成 done",
                "content": {"application/json": {"schema": answer}},
            }
        },
    }


def _add_model(schemas: dict[str, Any], model: type[Answer]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def _add_problems(operation: dict[str, Any], *, is_open: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    problem = {"schema": {"$ref": _REFERENCE.format(name="Problem")}}
    responses["default"] = {"description": "未做成 a problem", "content": {MEDIA_TYPE: problem}}
    operation["security"] = [] if is_open else [{"key": []}]


def page(description: Mapping[str, Any]) -> str:
    """Return the description as a page to read."""
    routes = "".join(
        _route(method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    )
    problems = "".join(
        f'<tr id="{kind.code}"><td><code>{kind.code}</code></td><td>{status}</td>'
        f"<td>{escape((kind.__doc__ or '').splitlines()[0])}</td></tr>"
        for kind, status in STATUSES
    )
    return _PAGE.substitute(
        version=escape(description["info"]["version"]),
        text=escape(description["info"]["description"]),
        openapi=OPENAPI,
        routes=routes,
        problems=problems,
    )


def _route(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}"
        f"{'' if one.get('required') else ', optional'}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    )
    table = f"<table>{rows}</table>" if rows else ""
    return (
        f"<h2><span class=method>{method.upper()}</span> <code>{escape(path)}</code></h2>"
        f"<p>{escape(operation.get('summary', ''))}<br>{escape(operation.get('description', ''))}</p>{table}"
        f"{_body(method, path, operation)}"
    )


def _body(method: str, path: str, operation: Mapping[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    example = json.dumps(
        operation["requestBody"]["content"]["application/json"]["example"], ensure_ascii=False
    )
    call = (
        f"curl -X {method.upper()} http://127.0.0.1:8620{path} \\\n"
        '  -H "Authorization: Bearer $KEY" -H "Idempotency-Key: $(uuidgen)" \\\n'
        f"  -H 'Content-Type: application/json' -d '{example}'"
    )
    return f"<pre>{escape(call)}</pre>"
