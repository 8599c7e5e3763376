"""A firm and a person of the register `customer`: few rows of few sources, and a small portrait of firms."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.data.derived.derived_documents import SMALL as DERIVED
from tests.data.portraits.portrait_documents import SMALL as PORTRAIT
from tests.service.small_bank import REPOSITORY

FIRM, PERSON, DAY = "customer/f1", "customer/p1", "2025-12-31"
SOURCES = ("parties", "invoices", "tax_filings", "source_checks")
FILES: Mapping[str, Sequence[str]] = {
    "parties": (
        "party_no,kind,customer_since,region,industry,size,established_on,birth_year,sex,id_number,phone,address,known_on",
        "f1,firm,2020-01-01,r01,retail,small,2015-01-01,,,made-up-1,,,2020-01-01",
        "p1,person,2020-01-01,r01,retail,,,1980,female,made-up-2,,,2020-01-01",
    ),
    "invoices": (
        "party_no,invoice_no,issued_on,direction,state,amount,tax,counterparty,known_on",
        *(f"f1,i{n},2025-11-0{n},sale,normal,1000.00,130.00,c{n},2025-12-20" for n in range(1, 6)),
    ),
    "tax_filings": (
        "party_no,filing_no,filed_on,period_end_on,kind,state,taxpayer_class,revenue,tax_due,tax_paid,delay_days,known_on",
        "f1,t1,2025-12-10,2025-11-30,vat,paid,a,2000.00,260.00,260.00,0,2025-12-12",
    ),
    "source_checks": (
        "party_no,source,checked_on,answer,known_on",
        "f1,invoices,2025-12-20,found,2025-12-20",
        "f1,tax_filings,2025-12-20,none,2025-12-20",
    ),
}


def write_firm_sources(folder: Path) -> None:
    """Write contracts, documents and files into a bank's folder."""
    for name in ("derived_windows", "portraits"):
        (folder / "features" / name).mkdir(parents=True)
    (folder / "features/small.yaml").write_text(DERIVED, "utf-8")
    (folder / "features/portraits/small.yaml").write_text(PORTRAIT, "utf-8")
    for name in SOURCES:
        shutil.copy(REPOSITORY / "contracts" / f"{name}.yaml", folder / "contracts")
        if name != "source_checks":
            shutil.copy(
                REPOSITORY / f"features/derived_windows/{name}.yaml", folder / "features/derived_windows"
            )
        (folder / f"{name}.csv").write_text("\n".join(FILES[name]) + "\n", "utf-8")
