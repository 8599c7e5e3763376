"""Evidence packages as the bank uses them (证据包): collected, drawn, exported with a reason, received.

`export_package` reads what the bank keeps of a loan's documents, collects its records from the nodes
(`collecting`), draws an index for people of what a check of the package read (`index_page`), and hands the
file out once the export is written down (`exports`: who, when, why, for whom, SHA-256). `check_loan` does the
same for a screen and hands nothing out. What the recipient does with a package is `service.receiving`'s.

The formats and their checks are `evidence.package`'s; the nodes are behind `service.node_door`.
"""

from creditloop.service.packaging.agreeing import AgreedRecord, Judged
from creditloop.service.packaging.exporting import (
    Asked,
    CheckedLoan,
    ExportedPackage,
    check_loan,
    export_package,
)
from creditloop.service.packaging.exports import (
    Export,
    Received,
    delivery_of,
    find_export,
    find_exports,
    record_receipt,
)
from creditloop.service.packaging.opening import packager_at
from creditloop.service.packaging.packager import Packager

__all__ = [
    "AgreedRecord",
    "Asked",
    "CheckedLoan",
    "Export",
    "ExportedPackage",
    "Judged",
    "Packager",
    "Received",
    "check_loan",
    "delivery_of",
    "export_package",
    "find_export",
    "find_exports",
    "packager_at",
    "record_receipt",
]
