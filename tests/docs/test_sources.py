"""The list of the bank's sources says what their contracts say."""

import re

from pages import REPOSITORY

from creditloop.data import Contract, read_contract

CONTRACTS = REPOSITORY / "contracts"


def row(contract: Contract) -> tuple[str, ...]:
    """Return a contract's row of the table."""
    stale = contract.staleness
    return (
        f"`{contract.name}`",
        f"{contract.title.zh} / {contract.title.en}",
        "yes" if contract.consent else "no",
        str(stale.days) if stale else "–",
        stale.then.value if stale else "–",
    )


def test_the_list_of_sources_is_that_of_the_contracts() -> None:
    read = [read_contract(file, root=REPOSITORY) for file in sorted(CONTRACTS.glob("*.yaml"))]
    expected = [row(one) for one in read if one.party.register == "customer"]
    page = (REPOSITORY / "docs" / "contracts.md").read_text("utf-8")
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    (sources,) = [text for text in section if text.startswith("The bank's sources")]
    lines = [line for line in sources.splitlines() if line.startswith("| `")]
    found = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert found == expected
    assert len(found) == 27
