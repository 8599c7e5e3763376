"""`creditloop data delete-expired` on documents committed to on the evidence network (simulated)."""

from tests.service.attesting.network import joined, looked
from tests.service.cli.said import Shell
from tests.service.loans.asked import BULLET, opened
from tests.service.test_retaining import AMOUNT, kept, paid_off

from creditloop.service.attesting import RULES
from creditloop.service.bank import Bank

LINE = "data delete-expired --as-of 2026-08-01 --reason monthly"
"""Counted with a policy of six months: what was over in January is over for long enough."""


def test_committed_documents_go_with_the_rule_and_are_told(shell: Shell, in_new_bank: Bank) -> None:
    bank = in_new_bank
    door = joined(bank)
    assert opened(bank, asked=BULLET, amount_fen=AMOUNT).outcome == "approve"
    paid_off(bank, "L-1")
    looked(bank, door)
    before = kept(bank, "L-1")
    nothing = shell(f"{LINE} --json").record["committed"]
    assert (nothing["documents"], nothing["loans"], nothing["unknown"]) == (0, [], [])
    assert (nothing["months"], nothing["cut_day"]) == (120, "2016-08-01")
    named = shell(
        "data delete-expired --source small_cards --as-of 2026-08-01 --reason monthly --dry-run --json"
    )
    assert named.record["committed"] is None, "asked about a source it looks at nothing else"
    policy = bank.places.documents / RULES
    policy.write_text(policy.read_text("utf-8").replace("value: 120\n", "value: 6\n"), "utf-8")
    counted = shell(f"{LINE} --dry-run --json").record["committed"]
    assert (counted["documents"], kept(bank, "L-1")) == (before, before)
    said = shell(LINE)
    assert said.status == 0
    for words in ("L-1", "2026-01-05", "documents_kept_months 6", f"deleted: {before}"):
        assert words in said.out
    assert kept(bank, "L-1") == 0
    (told,) = shell("data deletions --json").record["committed"]
    assert (told["documents"], str(told["reason"]).endswith("; monthly")) == (before, True)
    assert "已承诺文件" in shell("data deletions").out
    assert shell(f"{LINE} --json").record["committed"]["documents"] == 0
    assert bank.verify().problems == ()
