"""Import a file of a source as the bank does: held against the features in production, and on record."""

from functools import partial
from pathlib import Path

from creditloop.data import Contract, ImportResult, Progress, import_file
from creditloop.data.identifiers import KeyRing
from creditloop.data.quality import codes_unlisted_in_features
from creditloop.service.features import features_in_production
from creditloop.service.work import Work


def import_source(
    work: Work,
    *,
    contract: Contract,
    file: Path,
    keys: KeyRing | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import a file under a contract; a repeat returns the first result.

    A code that features in production do not list is a finding of every row that has it.

    Args:
        keys, sheet, progress: as for `data.import_file`.
    Raises: as `data.import_file`; EvidenceError if a text of the features in production is not as published.
    """
    features = features_in_production(work, contract=contract.name)
    result = import_file(
        work.connection,
        contract=contract,
        file=file,
        now=work.now,
        sheet=sheet,
        progress=progress,
        keys=keys,
        check=partial(codes_unlisted_in_features, contract=contract, features=features) if features else None,
    )
    if not result.repeated:
        work.recorded(result.batch_id)
    return result
