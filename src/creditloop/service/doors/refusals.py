"""What the doors say to whoever may not come in: twigs of the one tree of errors (`kernel.errors`)."""

# ruff: noqa: N818 -- named as the tree's others are

from creditloop.kernel.errors import StateError


class NotSignedIn(StateError):
    """Nobody knows who asks: no key, no session, or one that is at its end."""

    code = "not_signed_in"


class NotAllowed(StateError):
    """Who asks is known, and may not do this."""

    code = "not_allowed"
