"""Evidence: the last signed checkpoint, and the proof of any sealed row."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request

from creditloop.evidence import make_proof
from creditloop.kernel.errors import EvidenceError, InputError, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection
from creditloop.service.http.answers import Checkpoint, Proof
from creditloop.service.http.visits import visit
from creditloop.service.wiring import sealed_tables

router = APIRouter(prefix="/v1/evidence", tags=["evidence 存证"])
ROW_MAX = 2**31 - 1
_CLOSED = ("doors.", "source.")


@router.get("/checkpoint", summary="最新检查点 the last signed checkpoint")
def find_checkpoint(request: Request) -> Checkpoint:
    """Return the signed checkpoint as it stands outside the database, over all that was answered by now."""
    request.app.state.bank.settle()
    with visit(request, scope="evidence:read") as visited:
        file = visited.bank.evidence.checkpoint_path
        try:
            return Checkpoint(checkpoint=file.read_text("utf-8"))
        except OSError as error:
            raise EvidenceError("the checkpoint is not there", where={"file": file.name}) from error


@router.get("/proof", summary="单行存证证明 the proof of one row")
def find_proof(
    request: Request,
    table: Annotated[str, Query(max_length=100, description="表名", examples=["book.event"])],
    batch_id: Annotated[UUID, Query(description="批次")],
    row_no: Annotated[int, Query(ge=0, le=ROW_MAX, description="批内行号", examples=[0])],
) -> Proof:
    """Return what a stranger checks with the log's public key alone; the read is logged as an audit."""
    request.app.state.bank.settle()
    with visit(request, scope="evidence:read") as visited:
        connection = visited.work.connection
        described = _table(connection, table)
        proof = make_proof(
            connection, folder=visited.bank.evidence, table=described, batch_id=batch_id, row_no=row_no
        )
        visited.read(
            package="creditloop.evidence",
            table=table,
            columns=described.columns,
            parties_count=1,
            purpose="audit",
        )
    return Proof(table=table, batch_id=batch_id, row_no=row_no, proof=proof.text())


def _table(connection: Connection, name: str) -> AppendOnlyTable:
    if name.startswith(_CLOSED):
        # a proof holds the whole row in clear: hashes of keys, protected attributes among them
        raise InputError(
            "rows of this table are not proven over the network",
            got=name,
            hint="creditloop evidence prove",
        )
    for table in sealed_tables(connection):
        if table.name == name:
            return table
    raise UnknownId("no such sealed table", got=name)
