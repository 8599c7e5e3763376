"""Field notes (尽调笔记) to events: at most one event a topic of the party visited.

The matches of each topic's patterns are found clause by clause and the first that counts is made an event,
with its amount and day (`telling`); what keeps a match from counting — it is denied, supposed, bygone, untrue
or of somebody else — is one list of patterns each, with a reach of its own (`discounting`). What was only
heard is marked in the working.
"""

from creditloop.data.texts.notes.telling import read_field_note

__all__ = ["read_field_note"]
