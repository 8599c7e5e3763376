"""Requests that cannot be read at all: twigs of the one tree of errors (`kernel.errors`)."""

# ruff: noqa: N818 -- named as the tree's others are

from creditloop.kernel.errors import InputError


class Malformed(InputError):
    """What was sent is not JSON, or not JSON as strict as it must be."""

    code = "malformed"


class TooLarge(InputError):
    """More was sent than any request needs."""

    code = "too_large"


class WrongMediaType(InputError):
    """What was sent says it is something else than JSON."""

    code = "wrong_media_type"
