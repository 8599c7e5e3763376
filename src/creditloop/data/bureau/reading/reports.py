"""From the bytes of a report, as JSON or XML, to the value of its class.

1. JSON is decoded at once into the class's form, and read from there by the quick doors.
2. If anything about that is not as it should be, and always for XML, the bytes are taken apart into plain
   data and read by the strict doors: the fault is found with its path, or there is none.
"""

from typing import Any, Generic, TypeVar

import msgspec

from creditloop.data.bureau.reading.elements import Reader
from creditloop.data.bureau.reading.fault import Fault
from creditloop.data.bureau.reading.from_json import element_from_json, form_from_json
from creditloop.data.bureau.reading.from_xml import element_from_xml

Report = TypeVar("Report")


class ReportReader(Generic[Report]):
    """Reads reports of one class from either form of writing.

    Raises: Fault with the path, if a report is not as the class declares.
    """

    def __init__(self, reader: Reader, *, of: type[Report]) -> None:
        self.of = of
        self.reader = reader
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reader.door.form)

    def from_json(self, data: bytes) -> Report:
        """Read a report from JSON."""
        form = form_from_json(data, self._decoder)
        if form is not None:
            try:
                quick: Report = self.reader.door.quick(form)
            except Fault:  # without a place; read again to find it
                pass
            else:
                return quick
        strict: Report = self.reader.door.strict(element_from_json(data))
        return strict

    def from_xml(self, data: bytes) -> Report:
        """Read a report from XML; the same values as from JSON."""
        element = element_from_xml(data, lists=self.reader.lists, skipped=self.reader.skipped)
        strict: Report = self.reader.door.strict(element)
        return strict
