"""Signed notes (C2SP signed-note): text that people and machines read, with signature lines under it.

```
text, one or more lines

— NAME BASE64(key id, signature)
```
Signatures of unknown keys are passed over; a known key's bad signature rejects the whole note.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.evidence.signature import Signer, Verifier, check_name
from creditloop.kernel.errors import EvidenceError, InputError

_MARK = "— "
_SIGNATURES_MAX = 100
"""More signature lines than this are refused (the specification asks for at least 16 to be accepted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note that was opened.

    Attributes:
        text: what was signed, ending in a line feed.
        signed_by: names of the known keys whose signatures verified, in their order on the note.
    """

    text: str
    signed_by: tuple[str, ...]


def sign_note(text: str, *, signers: Sequence[Signer]) -> str:
    """Return the text with one signature line per signer.

    Raises: InputError if the text is not one a note can carry, or nobody signs.
    """
    if not _is_note_text(text):
        raise InputError("not a note's text", got=repr(text), expected="lines without control characters")
    if not signers:
        raise InputError("a note needs a signer")
    lines = [
        f"{_MARK}{signer.verifier.name} "
        + base64.b64encode(signer.verifier.key_id + signer.sign(text.encode())).decode()
        for signer in signers
    ]
    return "\n".join([text, *lines, ""])


def open_note(note: str, *, verifiers: Sequence[Verifier]) -> Note:
    """Check a note's signatures against the known keys and return its text.

    Raises: EvidenceError if it is not a signed note, a known key's signature is bad, or no known key signed.
    """
    text, lines = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed_by: list[str] = []
    seen = set()
    for line in lines:
        name, key_id, signature = _signature_parts(line)
        verifier = known.get((name, key_id))
        if verifier is None or (name, key_id) in seen:
            continue
        if not verifier.verify(text.encode(), signature):
            raise EvidenceError("a note's signature does not verify", where={"key": name})
        seen.add((name, key_id))
        signed_by.append(name)
    if not signed_by:
        raise EvidenceError(
            "no known key signed the note", got=lines, expected=[verifier.text() for verifier in verifiers]
        )
    return Note(text=text, signed_by=tuple(signed_by))


def stands_under(note: str, *, verifier: Verifier) -> bool:
    """Say whether a key's signature line stands under a note; its first one counts, and it must be good.

    Raises: EvidenceError if it is not a signed note, or the line is bad.
    """
    text, lines = _split(note)
    for line in lines:
        name, key_id, signature = _signature_parts(line)
        if (name, key_id) == (verifier.name, verifier.key_id):
            if not verifier.verify(text.encode(), signature):
                raise EvidenceError("a note's signature does not verify", where={"key": name})
            return True
    return False


def _split(note: str) -> tuple[str, list[str]]:
    text, mark, signatures = note.rpartition("\n\n")
    if not mark or not _is_note_text(text + "\n") or not signatures.endswith("\n"):
        raise EvidenceError(
            "not a signed note", got=repr(note[:200]), expected="text, empty line, signature lines"
        )
    lines = signatures[:-1].split("\n")
    if len(lines) > _SIGNATURES_MAX:
        raise EvidenceError("too many signatures on a note", got=len(lines), expected=f"<= {_SIGNATURES_MAX}")
    return text + "\n", lines


def _signature_parts(line: str) -> tuple[str, bytes, bytes]:
    try:
        if not line.startswith(_MARK):
            raise ValueError
        name, encoded = line.removeprefix(_MARK).split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if len(raw) < 5:
            raise ValueError
        return check_name(name), raw[:4], raw[4:]
    except (ValueError, binascii.Error, InputError):
        raise EvidenceError("not a signature line", got=repr(line), expected=f"{_MARK}NAME BASE64") from None


def _is_note_text(text: str) -> bool:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        return False
    try:
        text.encode()  # lone surrogates have no UTF-8 form
    except UnicodeEncodeError:
        return False
    return True
