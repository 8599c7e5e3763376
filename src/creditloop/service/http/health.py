"""Health: whether the service can work now, for whoever watches it. No key is needed, nothing is told."""

from fastapi import APIRouter
from starlette.requests import Request

from creditloop import __version__
from creditloop.service.http.answers import Health
from creditloop.service.http.pooled_bank import PooledBank

router = APIRouter(tags=["health 健康检查"])


@router.get("/v1/health", summary="服务是否可用 whether the service can work")
def find_health(request: Request) -> Health:
    """Ask the database something; 503 if it does not answer, or no checkpoint can be signed."""
    bank: PooledBank = request.app.state.bank
    bank.checkpointer.check()
    with bank.connection() as connection:
        connection.execute("SELECT 1")
    return Health(status="ok", version=__version__)
