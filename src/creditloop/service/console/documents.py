"""规则与文档: every text that decided, by its hash, as the bank's archive keeps it."""

from creditloop.kernel.storage import list_documents
from creditloop.service.console.visit import Page, Visit


def show_documents(visit: Visit) -> Page:
    """List the archive."""
    with visit.reading() as connection:
        found = list_documents(connection)
    chosen = visit.query.get("kind") or None
    record = {
        "rows": [one for one in found if chosen in {None, one.kind}],
        "kinds": sorted({one.kind for one in found}),
        "chosen": chosen,
    }
    return Page(template="documents.html", record=record, trail=_trail(visit))


def show_document(visit: Visit) -> Page:
    """Show a text with its line numbers; lines that name what was asked for (a rule's id) are marked."""
    find = visit.query.get("find", "").strip()
    with visit.work() as work:
        document = work.adopted(visit.path["document_hash"])
    lines = document.text.splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if _names(line, find)} if find else set()
    record = {
        "document": document,
        "lines": lines,
        "marked": marked,
        "first": min(marked, default=1),
        "find": find,
    }
    return Page(
        template="document.html", record=record, trail=[*_trail(visit, here=False), (document.path, None)]
    )


def _names(line: str, word: str) -> bool:
    """Whether a line names a word as a whole, not as a part of a longer one."""
    start = line.find(word)
    while start >= 0:
        around = line[start - 1 : start] + line[start + len(word) : start + len(word) + 1]
        if not any(character.isalnum() or character == "_" for character in around):
            return True
        start = line.find(word, start + 1)
    return False


def _trail(visit: Visit, *, here: bool = True) -> list[tuple[str, str | None]]:
    return [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.documents"), None if here else visit.at("/documents")),
    ]
