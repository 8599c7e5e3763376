"""A bank whose contract says how old its source may be, and policies that ask whether it is too old."""

from pathlib import Path

from tests.service.small_bank import CONTRACT

from creditloop.service.bank import Bank

STATE = f"source_state_{CONTRACT}"
CODE = "SOURCE_STALE_SMALL_CARDS"
_REASON = f"reason: {{code: {CODE}, zh: 来源 {CONTRACT} 已过时效, en: source {CONTRACT} is not fresh}}"
_DECLARED = f'{STATE}: {{kind: text, "null": refer}}'


def change(file: Path, *replacements: tuple[str, str]) -> None:
    """Change a document, each text once."""
    text = file.read_text("utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")


def limit(bank: Bank, days: int, then: str, *, contract: str = CONTRACT) -> None:
    """Let the contract say how old what is known may be."""
    limited = f"staleness: {{days: {days}, then: {then}, basis: {{title: the tests}}}}\nretention:"
    change(bank.places.contract_file(contract), ("retention:", limited))


def ask_first(
    bank: Bank, policy: str, *, table: str, output: str, values: str = "", contract: str = CONTRACT
) -> None:
    """Let a table of a policy refer what is not fresh, before anything else.

    Args:
        values: the output's values as they are written, where `refer` is not one of them yet.
    """
    text = (bank.places.documents / policy).read_text("utf-8")
    at = text.index(f"  - id: {table}\n")
    head, body = text[:at], text[at:]
    row = f"{{id: STALE, when: \"{STATE} != 'fresh'\", then: {{{output}: refer}}, {_REASON}}}"
    body = body.replace("    inputs:\n", f"    inputs:\n      {_DECLARED}\n", 1)
    body = body.replace("    rows:\n", f"    rows:\n      - {row}\n", 1)
    if values:
        assert values in body, values
        body = body.replace(values, f"{values[:-1]}, refer]", 1)
    _write(bank, policy, head + body, contract)


def tell_beside(bank: Bank, policy: str, *, contract: str = CONTRACT) -> None:
    """Let a table of its own name a source that is not fresh; nothing is decided by it."""
    table = f"""\
tables:
  - id: sources
    hit_policy: first
    inputs:
      {_DECLARED}
    outputs:
      source_told: {{kind: text, values: [absent, fresh]}}
    rows:
      - {{id: STALE, when: "{STATE} != 'fresh'", then: {{source_told: absent}}, {_REASON}}}
    otherwise: {{then: {{source_told: fresh}}, reason: {{code: SOURCE_FRESH, zh: 来源新鲜, en: fresh}}}}
"""
    text = (bank.places.documents / policy).read_text("utf-8").replace("\ntables:\n", f"\n{table}\n", 1)
    _write(bank, policy, text, contract)


def _write(bank: Bank, policy: str, text: str, contract: str) -> None:
    text = text.replace("\ninputs:\n", f"\ninputs:\n  {_DECLARED}\n", 1).replace(CONTRACT, contract)
    (bank.places.documents / policy).write_text(
        text.replace(CODE, f"SOURCE_STALE_{contract.upper()}"), "utf-8"
    )
