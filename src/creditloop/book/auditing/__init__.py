"""The auditor's export (审计导出): events, rules and postings, for recomputing statements without our code.

`export_for_audit` writes plain files: loans with the texts that were agreed, events with legs and hashes,
what falls due after each event as known from each booking on (`falling_due`), and where each loan stood at
every close. A file of its own says in words, zh and en, how each amount follows from them; `manifest.json`
counts the rows and hashes the files.
An independent script, `conformance/audit/recompute.py`, does the recomputing in the tests.
"""

from creditloop.book.auditing.exporting import ExportedFile, export_for_audit

__all__ = ["ExportedFile", "export_for_audit"]
