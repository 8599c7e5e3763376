"""A page of a list: how many, after how many."""

from typing import Annotated

from fastapi import Query

_MOST = 1000
_FAR = 10_000_000
Limit = Annotated[int, Query(ge=1, le=_MOST, description="至多条数 at most so many")]
Skip = Annotated[int, Query(ge=0, le=_FAR, description="跳过条数 after so many")]
