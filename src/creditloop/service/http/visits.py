"""A visit: one request's piece of work, begun only when the caller has shown a key that is for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi.routing import APIRoute
from starlette.requests import Request

from creditloop.kernel.errors import InputError
from creditloop.service.doors import ApiKey, NotSignedIn, check_scope, key_of_secret
from creditloop.service.http.bodies import check_text
from creditloop.service.http.pooled_bank import PooledBank
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request's piece of work, and who asks."""

    work: Work
    key: ApiKey
    bank: PooledBank
    route: str

    @property
    def reader(self) -> str:
        """Who asks, as the log of reads names them."""
        return f"api:{self.key.holder}"

    @property
    def reason(self) -> str:
        """Why, as the log of reads says it."""
        return f"{self.route} with key {self.key.key_id}"

    def read(
        self, *, package: str, table: str, columns: Sequence[str], parties_count: int,
        party_id: str | None = None, purpose: str = "display",
    ) -> None:  # fmt: skip
        """Log a read of the bank's own records about people."""
        record_own_read(
            self.work,
            package=package,
            table=table,
            columns=columns,
            purpose=purpose,
            reader=self.reader,
            reason=self.reason,
            parties_count=parties_count,
            party_id=party_id,
        )


@contextmanager
def visit(request: Request, *, scope: str, path: str | None = None) -> Iterator[Visit]:
    """Begin a piece of work for whoever shows a key with this scope; what it read and did is then sealed.

    Args:
        path: the route as described, for a route that is not FastAPI's own.
    Raises: NotSignedIn without a good key; NotAllowed if the key is not for this; InputError for a parameter
        that the route does not have.
    """
    bank: PooledBank = request.app.state.bank
    secret = shown_secret(request)
    with bank.work() as work:
        key = key_of_secret(work.connection, secret=secret)
        check_scope(key, scope)
        check_parameters(request)
        described = path or request.scope["route"].path
        yield Visit(work=work, key=key, bank=bank, route=f"{request.method} {described}")


def shown_secret(request: Request) -> str:
    """Return the secret of the key that a caller shows.

    Raises: NotSignedIn if none is shown.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise NotSignedIn(
            "no key was shown", expected="Authorization: Bearer cl_…", hint="creditloop keys create makes one"
        )
    return secret.strip()


def check_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not know or that is given twice, and text with NUL."""
    route = request.scope.get("route")
    fields = route.dependant.query_params if isinstance(route, APIRoute) else []
    known = sorted(field.alias for field in fields)
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    for name in names:
        if name not in known or names.count(name) > 1:
            what = "given twice" if name in known else "not a parameter of this route"
            raise InputError(what, got=name[:80], expected=known, where={"in": "query"})
    for name, value in [*given, *request.path_params.items()]:
        check_text(str(value), where=name)
