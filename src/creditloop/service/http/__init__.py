"""The HTTP API (开放接口): the bank's loop for programs and partners, under /v1; the console beside it.

`app` builds it. A request that reads is a FastAPI route (`customers`, `proofs`, `health`, …) and becomes a
`visit`: a piece of work whose caller has shown a key that is for it, and whose reads are logged and sealed.
A request that changes something is one of the `commands`: parsed strictly (`bodies`), done once however
often it is repeated, committed before it is answered. `answers` describes what goes out, `problems` maps
errors to statuses, `documentation` is the OpenAPI description and its page. `serving` runs it as a process.
"""

from creditloop.service.http.app import build_app

__all__ = ["build_app"]
