"""Take a file of consents (授权文件) into the bank: its records in one transaction, sealed as one batch."""

from collections.abc import Callable
from pathlib import Path

from creditloop.data import Contract
from creditloop.data.consents import BulkRecorded, ConsentFile, read_consent_file, record_consents
from creditloop.service.work import Work


def take_consent_file(
    work: Work, file: Path, *, progress: Callable[[int, int | None], None] | None = None
) -> tuple[ConsentFile, BulkRecorded]:
    """Read a file of consents and record all of them; return the file and what became of it.

    Raises: ContractBroken if a row is no record of consent; ConflictingRepeat if another record was taken
        under an id. Nothing is recorded then.
    """
    known = {each.stem for each in (work.places.documents / "contracts").glob("*.yaml")}

    def find_contract(name: str) -> Contract | None:
        return work.contract(name) if name in known else None

    read = read_consent_file(file, find_contract=find_contract, progress=progress)
    taken = record_consents(work.connection, records=read.records, now=work.now)
    work.recorded(taken.batch_id)
    return read, taken
