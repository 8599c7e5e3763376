"""How fast a bureau report is read and checked, from JSON and from XML, on one core.

    python -m bench.bureau [ACCOUNTS] [QUERIES]

One simulated report of 20 accounts, each with its latest month and a record of 60 months, a fifth of them
late now and then, 5 facilities, 2 guarantees and 40 queries, in compact JSON and XML; and one of a firm of as
many accounts, each reported 24 times. CPU seconds of this
process, median of 9 rounds with the fastest and the slowest in brackets; what the imports left behind is kept
out of garbage collection (`gc.freeze`), as a server that is up may do: without it, ElementTree alone takes
twice as long. The peers, in the same run, only take the text apart and check nothing: `json.loads` and
`ElementTree.fromstring`; the strict reading of JSON is what a report with a fault takes besides. Both forms
must give equal values before anything is timed.
"""

import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from creditloop.data.bureau import event_rows, parse_firm_json, parse_json, parse_xml, table_rows
from creditloop.data.bureau.person import READER
from creditloop.data.bureau.reading.from_json import element_from_json

BAR = 1_000
"""Reports a second a core asked for."""
MONTHS = 60
ROUNDS, REPEATS = 9, 60
STATUSES = "NNNNNNNNN*NNNNN1NNNNNNNM"
"""Repeats in the record of every fifth account; the others were never late."""
EMPTY_SECTIONS = ("PCO", "PNO", "PPO", "PQO", "PND", "POT", "PCJ", "PCE", "PAP", "PHF", "PBS", "PPQ", "PAH")


def account(number: int) -> dict[str, Any]:
    """Make a simulated account: cards and loans in turn."""
    months = [f"{2019 + (5 + n) // 12}-{(5 + n) % 12 + 1:02d}" for n in range(MONTHS)]
    pattern = STATUSES if number % 5 == 0 else STATUSES.replace("1", "N")
    statuses = [pattern[(number + n) % len(pattern)] for n in range(MONTHS)]
    card = number % 2
    terms = {
        "PD01AI01": str(number),
        "PD01AD01": "R2" if card else "D1",
        "PD01AD02": "11",
        "PD01AI02": f"SIMULATED-{number % 7}",
        "PD01AI03": f"SIM-{number}",
        "PD01AI04": "",
        "PD01AD03": "81" if card else "91",
        "PD01AR01": "2019-05-10",
        "PD01AD04": "CNY",
        "PD01AJ01": "" if card else "80000",
        "PD01AJ02": "50000" if card else "",
        "PD01AJ03": "",
        "PD01AR02": "" if card else "2029-05-10",
        "PD01AD05": "" if card else "11",
        "PD01AD06": "" if card else "03",
        "PD01AS01": "" if card else "120",
        "PD01AD07": "4",
        "PD01AD08": "1",
        "PD01AD09": "0",
        "PD01AD10": "",
    }
    latest = {
        "PD01BD01": "1",
        "PD01BR01": "",
        "PD01BJ01": str(1000 * number + 17),
        "PD01BR02": "2024-05-18",
        "PD01BJ02": "900",
        "PD01BD03": "1",
        "PD01BD04": "N",
        "PD01BR03": "2024-05-31",
    }
    amounts = {f"PD01CJ{n:02d}": str(100 * number + n) for n in range(1, 16)}
    month = {"PD01CR01": "2024-05", "PD01CD01": "1", "PD01CD02": "1", "PD01CS01": "60", "PD01CS02": "0"}
    days = {"PD01CR02": "2024-05-20", "PD01CR03": "2024-05-18", "PD01CR04": "2024-05-31"}
    items = [
        {"PD01ER03": name, "PD01ED01": status, "PD01EJ01": "900" if status == "1" else "0"}
        for name, status in zip(months, statuses, strict=True)
    ]
    record = {"PD01ER01": months[0], "PD01ER02": months[-1], "PD01ES01": str(MONTHS), "PD01EH": items[::-1]}
    return {"PD01A": terms, "PD01B": latest, "PD01C": amounts | month | days, "PD01E": record}


def facility(number: int) -> dict[str, Any]:
    """Make a simulated facility."""
    marks = {
        "PD02AI01": str(number),
        "PD02AD01": "11",
        "PD02AI02": "SIMULATED-1",
        "PD02AI03": f"SIM-F{number}",
    }
    amounts = {"PD02AJ01": "50000", "PD02AJ04": "1017", "PD02AJ03": ""}
    terms = {"PD02AD02": "31", "PD02AD03": "CNY", "PD02AD04": "1", "PD02AR01": "2019-05-10", "PD02AR02": ""}
    return {"PD02A": marks | amounts | terms}


def guarantee() -> dict[str, Any]:
    """Make a simulated guarantee."""
    who = {"PD03AD08": "1", "PD03AD01": "11", "PD03AQ01": "SIMULATED-2", "PD03AD02": "41", "PD03AD03": "2"}
    when = {"PD03AR01": "2022-05-01", "PD03AR02": "2027-05-01", "PD03AR03": "2024-05-31", "PD03AQ02": "SIM-G"}
    amounts = {"PD03AJ01": "500000", "PD03AD04": "CNY", "PD03AJ02": "320000", "PD03AS01": ""}
    return {"PD03A": who | when | amounts | {"PD03AD05": "1", "PD03AD06": "D1", "PD03AD07": "N"}}


def report(accounts: int, queries: int) -> dict[str, Any]:
    """Make a simulated report of a size."""
    who = {"PA01BD01": "10", "PA01BI01": "SIMULATED-1", "PA01BI02": "SIMULATED-0", "PA01BD02": "02"}
    head = {"PA01A": {"PA01AI01": "SIMULATED-1", "PA01AR01": "2024-06-01T10:20:30"}, "PA01B": who}
    asked = [
        {
            "PH010R01": f"2024-{n % 5 + 1:02d}-{n % 28 + 1:02d}",
            "PH010D01": "11",
            "PH010Q02": f"SIMULATED-{n % 9}",
            "PH010Q03": ("02", "03", "01")[n % 3],
        }
        for n in range(queries)
    ]
    return {
        "PRH": {"PA01": {**head, "PA01D": None, "PA01E": {"PA01ES01": "0"}}},
        "PIM": {
            "PB01": {"PB01A": {"PB01AR01": "1988-02-29", "PB01AD02": "20", "PB01AD03": "4", "PB01AD04": "17"}}
        },
        "PMM": {"PB02": {"PB020D01": "20"}},
        "PRM": {"PB03": [{"PB030D01": "2", "PB030R01": "2024-01-05"}]},
        "POM": {},
        "PSM": None,
        "PDA": {"PD01": [account(n) for n in range(accounts)]},
        "PCA": {"PD02": [facility(n) for n in range(5)]},
        "PCR": {"PD03": [guarantee(), guarantee()]},
        **dict.fromkeys(EMPTY_SECTIONS),
        "POS": None,
        "POQ": {"PH01": asked},
    }


def firm_account(number: int) -> dict[str, Any]:
    """Make a simulated account of a firm, reported at 24 ends of months."""
    ends = [date(2022 + (5 + n) // 12, (5 + n) % 12 + 1, 28).isoformat() for n in range(24)]
    terms = {
        **{"ED01AI01": str(number), "ED01AD01": "1", "ED01AD02": "D1", "ED01AD03": "10", "ED01AD04": "11"},
        **{"ED01AI02": f"SIMULATED-{number % 7}", "ED01AD05": "11", "ED01AR01": "2022-05-10"},
        **{"ED01AD07": "CNY", "ED01AJ01": "800000", "ED01AR02": "2025-05-10", "ED01AD08": "3"},
    }
    reports = [
        {
            **{"ED01BR01": day, "ED01BJ01": str(800_000 - 1_000 * n), "ED01BR02": day, "ED01BD01": "1"},
            **{"ED01BR03": day, "ED01BR04": day, "ED01BJ02": "1000", "ED01BD02": "10", "ED01BR05": day},
            **{"ED01BJ03": "1000", "ED01BJ04": "0", "ED01BJ05": "0", "ED01BS02": "0", "ED01BS03": "12"},
        }
        for n, day in enumerate(ends)
    ]
    return {"ED01A": terms, "ED01B": {"ED01BS01": "24", "ED01BH": reports}}


def firm_report(accounts: int) -> dict[str, Any]:
    """Make a simulated report of a firm."""
    mark = {"EA01AI01": "SIMULATED-1", "EA01AR01": "2024-06-01T10:20:30"}
    firm = {"EA01CS01": "1", "EA01CH": [{"EA01CD01": "20", "EA01CI01": "SIMULATED"}]}
    return {
        "EAA": {"EA01": {"EA01A": mark, "EA01C": firm}},
        "EDA": {"ED01": [firm_account(n) for n in range(accounts)]},
    }


def as_xml(name: str, value: object) -> str:
    """Write an element; a list gives one element an item."""
    if isinstance(value, list):
        return "".join(as_xml(name, item) for item in value)
    if not value:
        return f"<{name}/>"
    inner = (
        "".join(as_xml(*pair) for pair in value.items()) if isinstance(value, dict) else escape(str(value))
    )
    return f"<{name}>{inner}</{name}>"


def measured(work: Callable[[], object]) -> tuple[float, float, float]:
    """Return a second's runs on one core: median, least and most of the rounds."""
    work()
    rates = []
    for _ in range(ROUNDS):
        before = time.process_time()
        for _ in range(REPEATS):
            work()
        rates.append(REPEATS / (time.process_time() - before))
    return statistics.median(rates), min(rates), max(rates)


def main() -> None:
    """Measure and print."""
    numbers = [int(word) for word in sys.argv[1:]]
    accounts, queries = [*numbers, *[20, 40][len(numbers) :]]
    made = report(accounts, queries)
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    xml = ('<?xml version="1.0" encoding="UTF-8"?>' + as_xml("Document", made)).encode()
    parsed = parse_json(text)
    if parsed != parse_xml(xml) or parsed.findings:
        raise SystemExit("JSON and XML do not give the same report without findings")
    firm = json.dumps(firm_report(accounts), separators=(",", ":")).encode()
    parse_firm_json(firm)
    months = {"table": "account_month", "party_id": "simulated/1"}
    gc.collect()
    gc.freeze()
    print(f"{platform.machine()}, Python {platform.python_version()}, simulated report:")
    print(f"{accounts} accounts x {MONTHS} months, {queries} queries; JSON {len(text)}, XML {len(xml)} bytes")
    for name, work in (
        ("parse_json, checked", lambda: parse_json(text)),
        ("  peer: json.loads alone", lambda: json.loads(text)),
        ("  strict reading alone", lambda: READER.reader.door.strict(element_from_json(text))),
        ("parse_firm_json, checked", lambda: parse_firm_json(firm)),
        ("parse_xml, checked", lambda: parse_xml(xml)),
        ("  peer: ElementTree alone", lambda: ElementTree.fromstring(xml)),
        ("table_rows, account_month", lambda: table_rows(parsed.report, **months)),
        ("event_rows, five tables", lambda: event_rows(parsed.report, party_no="simulated")),
    ):
        median, least, most = measured(work)
        print(f"{name:26} {median:8,.0f} a second ({least:,.0f} to {most:,.0f})")
    gc.unfreeze()
    print(f"bar: {BAR:,} reports a second a core")


if __name__ == "__main__":
    main()
