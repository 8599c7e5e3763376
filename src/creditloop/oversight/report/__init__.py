"""The risk report (风险报告) as a PDF: one JSON record in, pages out.

`report.typ` is the template; it only draws. Everything in the record was computed before, and the record is
kept beside the PDF, so that a figure on paper can be looked up as a number. The type setter and the font for
Chinese come with the extra `creditloop[report]`; without it a clear StateError says so. Fonts of the machine
are never used, and the date of creation is the business date: the same record gives the same bytes.

`typeset_pdf` and `typeset_pages` do the same with any other template, for reports that are drawn elsewhere.
"""

from creditloop.oversight.report.drawing import (
    check_can_draw,
    draw_pages,
    draw_report,
    typeset_pages,
    typeset_pdf,
)

__all__ = ["check_can_draw", "draw_pages", "draw_report", "typeset_pages", "typeset_pdf"]
