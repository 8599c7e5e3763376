"""The rooms that own tables, in the order their schemas stand on each other."""

from creditloop.kernel.storage import Room

ROOMS = (
    Room(package="creditloop.kernel.storage"),
    Room(package="creditloop.data"),
    Room(package="creditloop.book"),
    Room(package="creditloop.evidence"),
    Room(package="creditloop.monitor"),
    Room(package="creditloop.acquire"),
    Room(package="creditloop.admit"),
    Room(package="creditloop.lend"),
    Room(package="creditloop.recover"),
    Room(package="creditloop.oversight"),
    Room(package="creditloop.service.doors"),
    Room(package="creditloop.service.attesting"),
)
