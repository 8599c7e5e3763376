"""XML is elements and text in UTF-8 and nothing else: no document type, no entity, no attribute, no depth."""

import pytest
from bureau_examples import as_xml, example

from creditloop.data.bureau import parse_xml
from creditloop.data.bureau.reading.fault import Fault, path_of
from creditloop.data.bureau.reading.from_xml import element_from_xml
from creditloop.kernel.errors import ContractBroken

LISTS = frozenset({"L"})


def fault_of(text: str | bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        element_from_xml(text if isinstance(text, bytes) else text.encode(), lists=LISTS, skipped=frozenset())
    return caught.value


def test_lists_are_lists_however_many_items_they_have() -> None:
    def read(text: str) -> object:
        return element_from_xml(f"<Document>{text}</Document>".encode(), lists=LISTS, skipped=frozenset())

    assert read("<A><L>1</L></A>") == {"A": {"L": ["1"]}}
    assert read("<A><L>1</L>\n<L/><L><B>2</B></L></A>") == {"A": {"L": ["1", None, {"B": "2"}]}}
    assert read("<A/><B> </B><C>&lt;&#65;</C>") == {"A": None, "B": None, "C": "<A"}


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE Document [<!ENTITY a "b">]><Document><A>&a;</A></Document>',
        '<!DOCTYPE Document SYSTEM "file:///etc/passwd"><Document/>',
        "<Document><!-- x --></Document>",
        "<Document><A><![CDATA[x]]></A></Document>",
        "<Document><?php x ?></Document>",
        '<?xml version="1.0"?><?xml-stylesheet href="x"?><Document/>',
    ],
)
def test_markup_that_no_report_has_is_refused_before_it_is_read(text: str) -> None:
    assert fault_of(text).what == "holds markup no report has"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the report is not XML"),
        ("<Document>", "the report is not XML"),
        ("<Document>&b;</Document>", "the report is not XML"),
        ("<Document/><Document/>", "the report is not XML"),
        ("<Document>&#0;</Document>", "the report is not XML"),
        ("<Report/>", "the outermost element is not the report's"),
        ('<Document xmlns="urn:x"/>', "the outermost element is not the report's"),
        ('<?xml version="1.0" encoding="GBK"?><Document/>', "the report declares another encoding"),
        ('<?xml version="1.0" encoding="cp037"?><Document/>', "the report declares another encoding"),
        ("<Document>x<A/></Document>", "text stands between elements"),
        ("<Document><A/>x</Document>", "text stands between elements"),
    ],
)
def test_what_is_not_a_document_of_elements_is_refused(text: str, what: str) -> None:
    assert fault_of(text).what == what


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "gbk"])
def test_other_encodings_are_refused(encoding: str) -> None:
    assert fault_of("<Document><A>征信</A></Document>".encode(encoding)).what in {
        "the report is not in UTF-8",
        "the report is not XML",
    }


@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        ("<Document><A><B/><B/></A></Document>", "A.B", "stands twice"),
        ("<Document><A><L/><L><B/><B/></L></A></Document>", "A.L[1].B", "stands twice"),
        ('<Document><A><B c="1"/></A></Document>', "A.B", "has an attribute"),
        ("<Document><A><L>1</L>x<L/></A></Document>", "A.L[0]", "text stands between elements"),
        ("<Document>" + "<A>" * 12 + "</A>" * 12 + "</Document>", "A.A.A.A.A.A.A.A", "is too deep"),
    ],
)
def test_a_fault_in_the_layout_is_found_at_its_place(text: str, path: str, what: str) -> None:
    fault = fault_of(text)
    assert (path_of(fault.steps), fault.what) == (path, what)


def test_depth_without_end_is_refused() -> None:
    assert fault_of("<Document>" + "<A>" * 200_000 + "</A>" * 200_000 + "</Document>").what == "is too deep"


def test_depth_in_what_is_not_loaded_is_not_descended() -> None:
    raw = as_xml(example()).decode()
    deep = raw.replace("<PPO></PPO>", "<PPO>" + "<A>" * 5_000 + "</A>" * 5_000 + "</PPO>")
    assert deep != raw
    assert parse_xml(deep.encode()) == parse_xml(raw.encode())


def test_a_report_with_an_entity_is_refused_by_the_door() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><Document>&c;</Document>'
    with pytest.raises(ContractBroken) as caught:
        parse_xml(bomb)
    assert caught.value.expected == "elements and text only"
