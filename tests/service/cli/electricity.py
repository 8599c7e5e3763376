"""A source that asks for consent, for the tests of commands: electricity bills of three customers."""

import re
from pathlib import Path

from tests.service.cli.said import Shell
from tests.service.small_bank import REPOSITORY

from creditloop.service.bank import Bank

PURPOSES = ("rule", "model", "monitoring")
"""For what these tests' contract asks for consent."""
FILE = """party_no,meter_no,billed_on,tariff,state,used_kwh,amount,delay_days,known_on
1,M1,2018-03-31,home,paid,100,55.20,0,2018-04-01
1,M1,2018-04-30,home,paid,110,60.00,0,2018-05-01
2,M2,2026-01-31,home,paid,90,50.00,0,2026-02-20
3,M3,2026-01-31,farm,late,-5,70.00,4,2026-02-01
"""
CORRECTED = """party_no,meter_no,billed_on,tariff,state,used_kwh,amount,delay_days,known_on
3,M3,2026-01-31,farm,late,5,70.00,4,2026-03-01
"""


def import_bills(bank: Bank, shell: Shell) -> None:
    """Import the bills and one correction under the bank's own contract."""
    documents = bank.places.documents
    text = (REPOSITORY / "contracts" / "electricity.yaml").read_text("utf-8")
    text, changed = re.subn(r"(?m)^(consent:\n  purposes: ).*$", rf"\1[{', '.join(PURPOSES)}]", text)
    assert changed == 1
    (documents / "contracts" / "electricity.yaml").write_text(text, "utf-8")
    for name, text in (("bills", FILE), ("corrected", CORRECTED)):
        (documents / f"{name}.csv").write_text(text, "utf-8")
        said = shell(f"import electricity {name}.csv")
        assert said.status == 0, said.err


def wording(folder: Path) -> str:
    """Write the text a customer agrees to; return the options that name it."""
    (folder / "wording.txt").write_text("我同意贵行查询我的电费信息。", "utf-8")
    return "--wording wording.txt --wording-version 2026-01 --channel branch --evidence form-17"
