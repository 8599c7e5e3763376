"""Somebody at a browser: signs in, follows links, sends forms; knows nothing of the console but its pages."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
from starlette.types import ASGIApp
from tests.service.console.loop_bank import PASSWORD

HOST = "http://bank.test"
HOME = "/console/"
SIGN_IN = "/console/sign-in"


class Form(dict[str, str]):
    """A form's fields as they stand on the page, and where it is sent."""

    action = ""
    method = "get"


class _Reader(HTMLParser):
    """Reads links, forms and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self.text: list[str] = []
        self._select = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in {"link", "script", "img"}:
            self.sources.append(given.get("href") or given.get("src", ""))
        if tag == "form":
            self.forms.append(Form())
            self.forms[-1].action, self.forms[-1].method = given["action"], given.get("method", "get")
        if tag == "input" and "name" in given:
            self.forms[-1][given["name"]] = given.get("value", "")
        if tag == "textarea":
            self.forms[-1][given["name"]] = ""
        if tag == "select":
            self._select = given["name"]
        if tag == "option" and (self._select not in self.forms[-1] or "selected" in given):
            self.forms[-1][self._select] = given["value"]
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.text.append(data.strip())


@dataclass
class Seen:
    """A page as it is seen."""

    response: httpx.Response
    reader: _Reader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = _Reader()
        if "html" in self.response.headers.get("content-type", ""):
            self.reader.feed(self.response.text)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return " ".join(self.reader.text)

    @property
    def links(self) -> list[str]:
        """Addresses of the console the page leads to, without what stands behind #."""
        here = str(self.response.url)
        found = (urlsplit(urljoin(here, link)) for link in self.reader.links)
        return [
            f"{one.path}?{one.query}" if one.query else one.path
            for one in found
            if f"{one.scheme}://{one.netloc}" == HOST
        ]

    def form(self, action: str, holding: str = "") -> Form:
        """Return the form that is sent to an address and has a field."""
        found = [
            one
            for one in self.reader.forms
            if one.action.endswith(action) and (not holding or holding in one)
        ]
        assert found, f"no form for {action} on {self.response.url}"
        return found[0]


class Browser:
    """A browser with its cookies; each request is answered by the application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def get(self, path: str) -> Seen:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str], *, follow: bool = True) -> Seen:
        return self.ask("POST", path, fields=fields, follow=follow)

    def send(self, form: Form, *, follow: bool = True, **fields: str) -> Seen:
        return self.post(form.action, {**form, **fields}, follow=follow)

    def ask(
        self, method: str, path: str, *, fields: Mapping[str, str] | None = None, follow: bool = True
    ) -> Seen:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url=HOST, cookies=self.cookies, follow_redirects=follow
            ) as client:
                response = await client.request(method, path, data=dict(fields) if fields else None)
                self.cookies = client.cookies
                return response

        return Seen(asyncio.run(answer()))

    def sign_in(self, login: str, password: str = PASSWORD) -> Seen:
        form = self.get(SIGN_IN).form("/sign-in")
        return self.send(form, login=login, password=password)

    def speak(self, language: str) -> Seen:
        form = self.get(HOME).form("/language")
        return self.send(form, language=language)
