"""What every request of the console passes, in order.

1. the session of the cookie is looked up: who is it, with the roles of now
2. nobody: the sign-in page, and back afterwards
3. a POST must carry the form token of that session (CSRF 防护)
4. the roles must allow the screen, and the action if it is one
5. the screen answers; errors become a page with their code
6. every answer carries the headers: a strict content policy, no framing, no keeping of personal data
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from creditloop.kernel.errors import CreditloopError, InputError, SourceError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.console.drawing import draw
from creditloop.service.console.screens import MENU, SCREENS, Screen
from creditloop.service.console.visit import Answer, Download, FileDownload, Redirect, Visit, address
from creditloop.service.console.words import LANGUAGES, Words
from creditloop.service.doors import (
    NotAllowed,
    Person,
    find_session,
    form_token,
    roles_allow,
    sign_in,
    sign_out,
)

SESSION, LANGUAGE, STRANGER = "creditloop_session", "creditloop_language", "creditloop_visitor"
"""Cookies: the session, the language, and a number for a visitor who has not signed in yet."""
_STATIC = Path(__file__).with_name("static")
_FORM_FIELDS_MAX, _FORM_BYTES_MAX = 50, 64 * 1024
_YEAR_SECONDS = 365 * 24 * 3600
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_STATUSES: tuple[tuple[type[CreditloopError], int], ...] = (
    (NotAllowed, 403),
    (UnknownId, 404),
    (InputError, 400),
    (StateError, 409),
    (SourceError, 503),
)

Endpoint = Callable[[Request], Awaitable[Response]]


def mount(app: Starlette, bank: Bank) -> None:
    """Put the console of a bank under /console of an application."""
    routes = [
        Route("/sign-in", _signing_in(bank), methods=["GET", "POST"], name="sign_in"),
        Route("/sign-out", _signing_out(bank), methods=["POST"], name="sign_out"),
        Route("/language", _choosing_language(bank), methods=["POST"], name="language"),
        *(Route(screen.path, _answering(bank, screen), methods=screen.methods) for screen in SCREENS),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]

    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await run_in_threadpool(_error_page, bank, request, status, None)

    console = Starlette(routes=routes, exception_handlers={HTTPException: lost, Exception: lost})
    app.mount("/console", _Headers(console))


class _Headers:
    """Adds the headers to every answer; answers but the static files are not kept by anybody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_static = "/static/" in scope.get("path", "")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = HEADERS | ({} if is_static else {"Cache-Control": "no-store"})
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode(), value.encode()) for name, value in extra.items()),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)


def _answering(bank: Bank, screen: Screen) -> Endpoint:
    async def answer(request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(_answer, bank, screen, request, form)

    return answer


def _answer(bank: Bank, screen: Screen, request: Request, form: Mapping[str, str]) -> Response:
    person = _person(bank, request)
    if person is None:
        back = _here(request) if request.method != "POST" else None
        return RedirectResponse(address(_base(request), "/sign-in", back=back), 303)
    visit = _visit(bank, screen.name, person, request, form)
    try:
        visit.check(screen.action)
        if request.method == "POST":
            if not _token_holds(request, form):
                return _error_page(bank, request, 403, None)
            answer = screen.post(visit)
        else:
            answer = screen.show(visit)
        return _response(visit, request, answer)
    except CreditloopError as error:
        status = next((number for family, number in _STATUSES if isinstance(error, family)), 500)
        return _error_page(bank, request, status, error)


def _response(visit: Visit, request: Request, answer: Answer) -> Response:
    if isinstance(answer, Redirect):
        return RedirectResponse(visit.at(answer.path, **answer.query), 303)
    if isinstance(answer, Download):
        shown = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return PlainTextResponse(answer.text, headers=shown)
    if isinstance(answer, FileDownload):
        shown = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.content, headers=shown, media_type=answer.media_type)
    record = {**_frame(request, visit.words, visit.person), "visit": visit, "screen": visit.screen}
    return HTMLResponse(
        draw(answer.template, {**record, "trail": answer.trail, **answer.record}), answer.status
    )


def _error_page(bank: Bank, request: Request, status: int, error: CreditloopError | None) -> Response:
    """Say what went wrong: to a person signed in within the console's frame, to others alone."""
    person = None if status >= 500 and error is None else _person(bank, request)
    words = _words(request)
    record = {**_frame(request, words, person), "screen": "error", "trail": ()}
    return HTMLResponse(draw("error.html", {**record, "status": status, "error": error}), status)


def _frame(request: Request, words: Words, person: Person | None) -> dict[str, object]:
    """Return what the frame around every page needs."""
    base = _base(request)
    menu = (
        []
        if person is None
        else [
            (group, [screen for screen in screens if roles_allow(person, screen.action)])
            for group, screens in MENU
        ]
    )
    return {
        "words": words,
        "person": person,
        "menu": [(group, screens) for group, screens in menu if screens],
        "at": lambda path, **query: address(base, path, **query),
        "here": _here(request) if request.method == "GET" else "/",
        "done": request.query_params.get("done"),
        "form_token": form_token(_seed(request)) if _seed(request) else None,
    }


def _signing_in(bank: Bank) -> Endpoint:
    async def answer(request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(_sign_in, bank, request, form)

    return answer


def _sign_in(bank: Bank, request: Request, form: Mapping[str, str]) -> Response:
    back = _inside(form.get("back") or request.query_params.get("back"))
    if request.method == "GET":
        if _person(bank, request) is not None:
            return RedirectResponse(f"{_base(request)}{back}", 303)
        return _sign_in_page(request, back=back, refused=False)
    if not _token_holds(request, form):
        return _sign_in_page(request, back=back, refused=False, status=403)
    with connect(bank.url) as connection:
        session = sign_in(
            connection, login=form.get("login", ""), password=form.get("password", ""), now=bank.clock()
        )
        connection.commit()  # a refusal too: it counts
    if session is None:
        return _sign_in_page(request, back=back, refused=True, status=401)
    response = RedirectResponse(f"{_base(request)}{back}", 303)
    _keep(response, request, SESSION, session.token)
    response.delete_cookie(STRANGER, path=_base(request) or "/")
    return response


def _sign_in_page(request: Request, *, back: str, refused: bool, status: int = 200) -> Response:
    number = request.cookies.get(STRANGER) or secrets.token_urlsafe(32)
    record = {**_frame(request, _words(request), None), "screen": "sign_in", "trail": ()}
    record |= {"form_token": form_token(number), "back": back, "refused": refused}
    record["here"] = address("", "/sign-in", back=back)
    response = HTMLResponse(draw("sign_in.html", record), status)
    _keep(response, request, STRANGER, number)
    # the token of this page belongs to the visitor, not to a session that may have ended
    response.delete_cookie(SESSION, path=_base(request) or "/")
    return response


def _signing_out(bank: Bank) -> Endpoint:
    def end(request: Request, form: Mapping[str, str]) -> Response:
        if not _token_holds(request, form):
            return _error_page(bank, request, 403, None)
        with connect(bank.url) as connection:
            sign_out(connection, token=_seed(request), now=bank.clock())
            connection.commit()
        response = RedirectResponse(address(_base(request), "/sign-in"), 303)
        response.delete_cookie(SESSION, path=_base(request) or "/")
        return response

    async def answer(request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(end, request, form)

    return answer


def _choosing_language(bank: Bank) -> Endpoint:
    async def answer(request: Request) -> Response:
        form = await _form(request)
        if not _token_holds(request, form) or form.get("language") not in LANGUAGES:
            return await run_in_threadpool(_error_page, bank, request, 403, None)
        response = RedirectResponse(f"{_base(request)}{_inside(form.get('back'))}", 303)
        _keep(response, request, LANGUAGE, form["language"], seconds=_YEAR_SECONDS)
        return response

    return answer


async def _form(request: Request) -> Mapping[str, str]:
    """Read what was posted, text only; an oversized or odd form reads as empty, and fails its token."""
    if request.method != "POST":
        return {}
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _FORM_BYTES_MAX:
        return {}
    posted = await request.form(max_files=0, max_fields=_FORM_FIELDS_MAX)
    return {name: value for name, value in posted.items() if isinstance(value, str)}


def _visit(bank: Bank, name: str, person: Person, request: Request, form: Mapping[str, str]) -> Visit:
    return Visit(
        bank=bank,
        person=person,
        words=_words(request),
        base=_base(request),
        screen=name,
        here=_here(request),
        path={key: str(value) for key, value in request.path_params.items() if isinstance(value, str)},
        query=dict(request.query_params),
        form=form,
    )


def _person(bank: Bank, request: Request) -> Person | None:
    token = request.cookies.get(SESSION)
    if not token:
        return None
    with connect(bank.url) as connection:
        return find_session(connection, token=token, now=bank.clock())


def _words(request: Request) -> Words:
    chosen = request.cookies.get(LANGUAGE)
    return Words(language=chosen if chosen in LANGUAGES else LANGUAGES[0])


def _seed(request: Request) -> str:
    """Return what the form token of this browser is made from: its session, or the visitor's number."""
    return request.cookies.get(SESSION) or request.cookies.get(STRANGER) or ""


def _token_holds(request: Request, form: Mapping[str, str]) -> bool:
    seed, given = _seed(request), form.get("form_token", "")
    return bool(seed) and hmac.compare_digest(form_token(seed).encode(), given.encode())


def _base(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _here(request: Request) -> str:
    path = request.url.path.removeprefix(_base(request)) or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def _inside(back: str | None) -> str:
    """Return an address of the console to go back to; anything else becomes its first page."""
    inside = (
        back is not None
        and back.startswith("/")
        and not back.startswith(("//", "/\\"))
        and back.isprintable()
    )
    return back if inside and back is not None else "/"


def _keep(response: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_base(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
