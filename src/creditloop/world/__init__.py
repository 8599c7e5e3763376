"""A town to practise in (小镇): generated sources with planted truth, under the contracts a bank uses.

`plan` reads the numbers a town is made from, `setting` fixes seed, size and calendar. `planted` holds the
truth: who lives there, who is linked to whom, gangs and innocent hubs, shocks, who stops paying and why.
`sources` tells of it as a bank would hear: each source makes its rows from what is planted. `writing` makes
Parquet files of them, with late facts and corrections; `truth` writes what only the town knows. `making` is
one worker's part, `town` the whole: `build_town` gives a folder that is the same byte for byte for the same
seed, whatever the number of workers, and `read_town` (`reading`) reads one back. Nothing here is read by
judgement: only `service` may import it, and everything made from it is simulated.
"""

from creditloop.world.making import CONSENTS
from creditloop.world.plan import SHIPPED, Plan, read_plan
from creditloop.world.reading import read_town
from creditloop.world.sources.catalogue import SOURCE_CHECKS, SOURCES
from creditloop.world.sources.courts import NAME_IN_TEXTS
from creditloop.world.town import Town, TownFile, build_town

__all__ = [
    "CONSENTS",
    "NAME_IN_TEXTS",
    "SHIPPED",
    "SOURCES",
    "SOURCE_CHECKS",
    "Plan",
    "Town",
    "TownFile",
    "build_town",
    "read_plan",
    "read_town",
]
