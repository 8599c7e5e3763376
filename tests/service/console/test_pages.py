"""Each screen over the small bank: its key facts, in words, and the way down to rows, rules and versions."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.service.console.browser import HOME, Browser, Seen
from tests.service.console.loop_bank import decided_party
from tests.service.small_bank import CUSTOMERS, LATE, MONTHS

from creditloop.admit import find_batches, find_cases, find_decisions
from creditloop.data import Access, accesses
from creditloop.evidence import check_proof, proof_from_text
from creditloop.kernel.storage import connect
from creditloop.monitor import find_runs, find_warning_runs, portfolio
from creditloop.oversight import find_comparison_runs, find_model_runs, find_proposals
from creditloop.service.bank import Bank
from creditloop.service.console.figures import count, money, percent

LAST = MONTHS[-1]


@pytest.fixture(scope="module")
def shared_bank(loop_once: tuple[Path, Bank]) -> Bank:
    return loop_once[1]


@pytest.fixture
def auditor(signed_in: Mapping[str, Browser]) -> Browser:
    return signed_in["auditor"]


def opened(browser: Browser, path: str) -> Seen:
    seen = browser.get(f"/console{path}")
    assert seen.status == 200, seen.text
    return seen


def test_the_cockpit_shows_the_portfolio(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        figures = portfolio(connection, run=find_runs(connection)[-1])
    seen = opened(auditor, "/")
    for figure in (money(figures.owed_fen), percent(figures.bank_npl_nano), count(figures.customers)):
        assert figure in seen.text
    for month in MONTHS:
        assert str(month) in seen.text
    assert "迁徙率矩阵" in seen.text
    assert "仅为已获批客户的同期留出样本" in seen.text
    assert seen.response.text.count("<svg") == 3
    assert f"/console/customers?month={LAST}&bucket=M0" in seen.links


def test_the_months_of_the_cockpit_can_be_chosen(auditor: Browser) -> None:
    assert f"业务日期 {MONTHS[0]}" in opened(auditor, f"/?month={MONTHS[0]}").text
    assert "第一个月没有上月可比" in opened(auditor, f"/?month={MONTHS[0]}").text
    assert auditor.get("/console/?month=2004-01-31").status == 404
    assert auditor.get("/console/?month=soon").status == 400


def test_a_bucket_leads_to_its_customers_and_they_to_row_rule_and_file(auditor: Browser) -> None:
    listed = opened(auditor, "/customers?bucket=M4")
    assert LATE in listed.text
    assert "共 1 条" in listed.text
    row = next(link for link in listed.links if "/rows/monitor.classification/" in link)
    proven = auditor.get(row)
    assert "核验通过" in proven.text
    assert LATE in proven.text
    source = next(link for link in proven.links if "/rows/source.small_cards_statement/" in link)
    origin = auditor.get(source)
    assert "statements.parquet" in origin.text
    rule = next(link for link in listed.links if "find=DPD_04" in link)
    document = auditor.get(rule)
    assert 'class="marked"' in document.response.text
    assert "DPD_04" in document.text


@pytest.mark.parametrize(
    ("query", "customers"),
    [
        ("", CUSTOMERS),
        ("kind=late&month=2005-09-30&party=small_cards/4", 1),
        ("party=nobody", 0),
        ("page=9", CUSTOMERS),
    ],
)
def test_customers_are_chosen(auditor: Browser, query: str, customers: int) -> None:
    assert (
        f'<dd data-sum="customers">{customers}</dd>' in opened(auditor, f"/customers?{query}").response.text
    )


@pytest.mark.parametrize("query", ["kind=rich", "page=x", "page=-1", "month=2005-02-30"])
def test_a_choice_that_cannot_be_is_refused(auditor: Browser, query: str) -> None:
    assert auditor.get(f"/console/customers?{query}").status == 400


def test_a_customer_is_shown_whole(auditor: Browser) -> None:
    seen = opened(auditor, f"/customers/{LATE}")
    for words in (
        "可用额度",
        "预警",
        "台账流水",
        "时间线",
        "净消费",
        "推算",
        "投诉",
        "模拟",
        "清收个案",
        "获客画像",
    ):
        assert words in seen.text, words
    assert "提醒过多" in seen.text
    for table in ("source.small_cards_statement", "book.event", "monitor.classification"):
        assert any(f"/rows/{table}/" in link for link in seen.links), table


def test_what_a_person_sees_of_a_customer_depends_on_the_purpose(signed_in: Mapping[str, Browser]) -> None:
    auditor = opened(signed_in["auditor"], f"/customers/{LATE}").text
    approver = opened(signed_in["approver"], f"/customers/{LATE}").text
    assert "目的：审计" in auditor
    assert "目的：策略规则" in approver
    assert "次月违约" in auditor
    assert "次月违约" not in approver  # the outcome is not there for a purpose that decides
    for text in (auditor, approver):
        assert "性别" not in text
        assert "教育程度" not in text


def test_every_look_at_a_customer_is_in_the_log(signed_in: Mapping[str, Browser], shared_bank: Bank) -> None:
    before = len(accesses_of(shared_bank))
    opened(signed_in["postloan"], f"/customers/{LATE}")
    with connect(shared_bank.url) as connection:
        new = accesses(connection, party_id=LATE)[before:]
    assert {read.reader for read in new} == {"console:postloan"}
    assert {read.purpose for read in new} == {"monitoring"}
    own = {"book.event", "monitor.classification", "monitor.warning"}
    own |= {"admit.decision", "admit.review_case", "lend.limit_event", "lend.agreement", "lend.letter"}
    own |= {"recover.case", "recover.contact_event", "acquire.screening", "acquire.invitation"}
    assert {*own, "source.small_cards_statement"} <= {read.table for read in new}


def test_a_look_at_a_case_is_in_the_log(signed_in: Mapping[str, Browser], shared_bank: Bank) -> None:
    before = len(accesses_of(shared_bank))
    opened(signed_in["collector"], f"/cases/{LATE}")
    new = accesses_of(shared_bank)[before:]
    assert {(read.reader, read.table) for read in new} == {
        ("console:collector", "recover.case"),
        ("console:collector", "recover.contact_event"),
    }


def accesses_of(bank: Bank) -> tuple[Access, ...]:
    with connect(bank.url) as connection:
        return accesses(connection, party_id=LATE)


def test_a_stranger_is_not_found(auditor: Browser) -> None:
    assert auditor.get("/console/customers/small_cards/999").status == 404
    assert auditor.get("/console/customers/other/1").status == 404


def test_decisions_are_counted_and_lead_to_their_working(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        batch = next(one for one in reversed(find_batches(connection)) if one.request_id is None)
    seen = opened(auditor, "/decisions")
    assert f"{count(batch.decided)} 户作出决定" in seen.text
    assert "仅为已获批客户的同期留出样本" in seen.text
    for version in (batch.policy_hash, batch.card_hash, batch.features_hash, batch.plan_hash):
        assert f"/console/documents/{version}" in seen.links


def test_a_decision_shows_its_working(auditor: Browser, shared_bank: Bank) -> None:
    party = decided_party(shared_bank)
    with connect(shared_bank.url) as connection:
        decision = find_decisions(connection, party_id=party)[-1]
    seen = opened(auditor, f"/decisions/{decision.decision_id}")
    for words in (
        "结果与记录一致",
        "评分构成",
        "决策过程",
        "命中",
        "生效参数",
        "所用版本",
        "输入与特征",
        "程序版本",
        "最接近命中的规则",
        "决定结果的规则",
        "没有另行查询外部数据",
    ):
        assert words in seen.text, words
    assert str(decision.said["score"]) in seen.text
    assert any("/rows/source.small_cards_" in link for link in seen.links)
    assert any("find=" in link for link in seen.links)
    assert any("/console/strategies/" in link for link in seen.links), "the version that decided"
    for version in set(re.findall(r"/console/documents/([0-9a-f]{64})", " ".join(seen.links))):
        assert auditor.get(f"/console/documents/{version}").status == 200


def test_a_decision_is_read_for_what_the_person_does(
    signed_in: Mapping[str, Browser], shared_bank: Bank
) -> None:
    with connect(shared_bank.url) as connection:
        case = find_cases(connection, closed=False)[0].case
    opened(signed_in["auditor"], f"/decisions/{case.decision_id}")
    opened(signed_in["auditor"], f"/reviews/{case.case_id}")
    opened(signed_in["approver"], f"/reviews/{case.case_id}")
    opened(signed_in["strategist"], f"/reviews/{case.case_id}")
    with connect(shared_bank.url) as connection:
        reads = [
            read for read in accesses(connection, party_id=case.party_id) if read.table == "admit.decision"
        ]
    assert {(read.reader, read.purpose) for read in reads} >= {
        ("console:auditor", "audit"),
        ("console:approver", "rule"),
        ("console:strategist", "rule"),
    }


def test_the_review_queue_says_who_may_decide_what(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        waiting = find_cases(connection, closed=False)
    seen = opened(auditor, "/reviews")
    for case in waiting:
        assert case.case.party_id in seen.text
    assert "推翻率" in seen.text
    shown = opened(auditor, f"/reviews/{waiting[0].case.case_id}")
    assert "您的岗位不能签署此个案" in shown.text
    assert auditor.get("/console/reviews?state=lost").status == 400


def test_warnings_carry_level_signal_and_measure(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        run = find_warning_runs(connection)[-1]
    seen = opened(auditor, "/warnings?level=alert")
    assert run.alerts > 0
    assert LATE in seen.text
    assert "措施仅为建议" in seen.text
    assert 'class="badge level alert"' in seen.response.text
    assert "最近一期逾期" in seen.text
    assert auditor.get("/console/warnings?level=odd").status == 400
    assert auditor.get("/console/warnings?month=2004-04-30").status == 404


def test_the_collection_queue_says_who_may_not_be_contacted(auditor: Browser) -> None:
    seen = opened(auditor, "/cases")
    assert "投诉或异议未结，停止联系" in seen.text
    case = opened(auditor, f"/cases/{LATE}")
    assert "所有联系一律停止" in case.text
    assert "不可" in case.text
    assert "您的岗位只能查看，不能登记" in case.text
    assert auditor.get("/console/cases?route=odd").status == 400


def test_the_models_page_says_what_is_due(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        runs, proposal = find_model_runs(connection), find_proposals(connection)[-1]
    seen = opened(auditor, "/models")
    assert "评审到期" in seen.text
    assert "待第二人批准" in seen.text
    model = opened(auditor, f"/models/{runs[0].card_hash}")
    for words in ("0.7123", "0.3000", "WOE", "2005-07", "2005-08", "性别 男", "仅为已获批客户的同期留出样本"):
        assert words in model.text, words
    assert 'class="h7"' in model.response.text
    assert "few <b>months</b>" in model.text
    for words in (
        "已答复，待验证人关闭",
        "验收签署",
        "KS 曲线",
        "提升度",
        "95% 区间",
        "逐月",
        "评分批次",
        "未答复",
        "已超期",
    ):
        assert words in model.text, words
    party = decided_party(shared_bank)
    row = opened(auditor, f"/models/{runs[0].card_hash}?party={party}")
    assert "单户得分" in row.text
    assert party in row.text
    assert "没有用此卡" in opened(auditor, f"/models/{runs[0].card_hash}?party=nobody").text
    early = opened(auditor, f"/models/{runs[0].card_hash}?party={party}&until=2004-01-31")
    assert "没有用此卡" in early.text
    shown = opened(auditor, f"/proposals/{proposal.batch_id}")
    assert "# a challenger's note" in shown.text
    assert "模拟" in shown.text
    assert "待提出人以外的审批人批准" in shown.text


def test_a_comparison_prints_every_line_with_its_interval(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        run = find_comparison_runs(connection)[0]
    seen = opened(auditor, f"/comparisons/{run.batch_id}")
    for words in ("-0.50%", "[-0.90%, 0.10%]", "15.00%", "10 月标签（按发布）", "仅限存量已准入客户"):
        assert words in seen.text, words
    assert f"/console/rows/oversight.comparison/{run.batch_id}/0" in seen.links


def test_the_evidence_is_verified_on_demand(auditor: Browser) -> None:
    seen = auditor.send(opened(auditor, "/evidence").form("/evidence", "form_token"))
    assert seen.status == 200
    assert "全部记录与封存时一致" in seen.text
    assert "访问日志" in seen.text


def test_a_proof_is_given_as_a_file(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        run = find_runs(connection)[-1]
    path = f"/console/rows/monitor.classification_batch/{run.batch_id}/0?proof=text"
    answer = auditor.get(path).response
    assert "attachment" in answer.headers["content-disposition"]
    proven = check_proof(proof_from_text(answer.text), verifier_key=shared_bank.evidence.verifier().text())
    assert proven.values["business_date"] == str(LAST)


def test_a_row_is_looked_for_by_hand(auditor: Browser, shared_bank: Bank) -> None:
    with connect(shared_bank.url) as connection:
        run = find_runs(connection)[-1]
    asked = f"/evidence?table=monitor.classification_batch&batch_id={run.batch_id}&row_no=0"
    assert "核验通过" in opened(auditor, asked).text


@pytest.mark.parametrize(
    "path",
    [
        "/rows/doors.person/3f2504e0-4f89-41d3-9a0c-0305e82c3301/0",
        "/records/doors.person?batch=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/rows/nothing.here/3f2504e0-4f89-41d3-9a0c-0305e82c3301/0",
        "/rows/monitor.classification/3f2504e0-4f89-41d3-9a0c-0305e82c3301/0",
        "/rows/monitor.classification/3f2504e0-4f89-41d3-9a0c-0305e82c3301/x",
        "/documents/" + "0" * 64,
        "/decisions/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/proposals/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/comparisons/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/reviews/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/measurements/3f2504e0-4f89-41d3-9a0c-0305e82c3301/0",
        "/shares/luck",
        "/shares/bucket?bucket=M99",
        "/shares/roll?from_state=here&to_state=there",
        "/shares/outcome?batch=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/book/gold",
        "/findings?batch=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/strategies/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/proofs/3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "/experiments/" + "0" * 64,
        "/records/admit.decision?version=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    ],
)
def test_what_is_not_there_is_not_found(auditor: Browser, path: str) -> None:
    assert auditor.get(f"/console{path}").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/rows/a/b/0",
        "/decisions/x",
        "/reviews/x",
        "/records/book.event?shoe_size=42",
        "/records/book.event?sequence=x",
        "/records/book.event?side=left",
        "/records/book.event?absent=shoe_size",
        "/strategies/x/difference",
        "/measurements?batch=x",
    ],
)
def test_an_address_that_cannot_be_is_refused(auditor: Browser, path: str) -> None:
    assert auditor.get(f"/console{path}").status == 400


def test_rows_about_people_are_for_those_who_may_see_people(
    signed_in: Mapping[str, Browser], shared_bank: Bank
) -> None:
    with connect(shared_bank.url) as connection:
        run = find_runs(connection)[-1]
    about = f"/console/rows/monitor.classification/{run.batch_id}/0"
    assert signed_in["modeller"].get(about).status == 403
    assert signed_in["modeller"].get(f"/console/records/monitor.warning?party={LATE}").status == 403
    assert (
        signed_in["modeller"].get(f"/console/rows/monitor.classification_batch/{run.batch_id}/0").status
        == 200
    )


def test_a_row_shows_no_more_than_the_purpose_may_see(
    signed_in: Mapping[str, Browser], shared_bank: Bank
) -> None:
    seen = opened(signed_in["collector"], f"/customers/{LATE}")
    row = next(link for link in seen.links if "/rows/source.small_cards_customer/" in link)
    for role, shown in (("auditor", False), ("collector", True), ("approver", True)):
        page = signed_in[role].get(row)
        assert page.status == 200
        assert ("本次目的不可见" in page.text) is shown, role
        listed = opened(signed_in[role], f"/records/source.small_cards_customer?party={LATE}")
        assert ("marriage" in listed.text) is not shown, role
    assert signed_in["collector"].get(f"{row}?proof=text").status == 403
    assert signed_in["auditor"].get(f"{row}?proof=text").status == 200


def test_pages_speak_english_too(browser: Browser) -> None:
    browser.sign_in("auditor")
    browser.speak("en")
    for path, words in {
        "": "Portfolio cockpit",
        "customers": "Days past due (estimated)",
        f"customers/{LATE}": "What the sources say",
        "decisions": "In-time holdout of accepted customers only",
        "reviews": "Override rate",
        "warnings": "Measures are suggestions",
        "cases": "complaint or objection open",
        "models": "review due",
        "strategies": "In force from",
        "documents": "Every text that decided",
        "evidence": "Log of reads",
    }.items():
        seen = browser.get(HOME + path)
        assert seen.status == 200
        if path != f"customers/{LATE}":
            assert words in seen.text, path


def test_a_new_bank_says_that_nothing_is_there(small_bank: Bank) -> None:
    from tests.service.console.conftest import application
    from tests.service.console.loop_bank import PASSWORD

    from creditloop.service.doors import create_person

    with small_bank.work() as work:
        person = create_person(
            work.connection,
            login="everything",
            display_name="全岗",
            roles=["auditor", "postloan", "collector", "approver"],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(person.batch_id)
    browser = Browser(application(small_bank))
    browser.sign_in("everything")
    for path, words in {
        "": "台账尚未分类",
        "customers": "台账尚未分类",
        "decisions": "还没有决策",
        "reviews": "没有待处理的个案",
        "warnings": "还没有运行预警",
        "cases": "还没有清收分流",
        "models": "还没有登记或监测模型",
        "documents": "存档中还没有文档",
    }.items():
        seen = browser.get(HOME + path)
        assert seen.status == 200, path
        assert words in seen.text, path
