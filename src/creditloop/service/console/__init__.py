"""The console (控制台): the bank's screens, drawn on the server, zh-CN first and English beside it.

`screens` lists every screen with its address and the roles that may open it or act on it. A request becomes
a `visit` (who asks, in which language, for what); the screen's module answers it with a plain record, a
redirect or a file; `drawing` puts the record into a template. Sentences stand in `catalogue.yaml` alone
(`words`), figures are written by `figures`, pictures are SVG made by `charts`. `door` holds what every
request passes: sign-in, roles, CSRF tokens, headers. A screen reads through the rooms' public faces in a
piece of work, so what it sees of a person is logged and sealed, and it decides nothing by itself.
"""

from creditloop.service.console.door import mount

__all__ = ["mount"]
