"""A page of a long list: which rows, how many pages."""

from dataclasses import dataclass

from creditloop.service.console.visit import Visit

ON_A_PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The page asked for, from 1."""

    page: int

    @property
    def skip(self) -> int:
        """Rows before it."""
        return (self.page - 1) * ON_A_PAGE

    def pages(self, total: int) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-total // ON_A_PAGE))


def paging(visit: Visit) -> Paging:
    """Read the page asked for."""
    return Paging(page=max(1, visit.number("page", otherwise=1)))
