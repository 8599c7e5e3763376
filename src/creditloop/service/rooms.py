"""The rooms that own tables, in the order their schemas stand on each other."""

from creditloop.kernel.storage import Room

ROOMS = (
    Room(package="creditloop.kernel.storage"),
    Room(package="creditloop.data"),
    Room(package="creditloop.book"),
    Room(package="creditloop.evidence"),
    Room(package="creditloop.monitor"),
)
