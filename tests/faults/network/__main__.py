"""The evidence network under faults: five nodes, seeds played and everything checked (simulated).

    python -m tests.faults.network --seeds 0:1000 [--workers 2]     many seeds
    python -m tests.faults.network --seed 123                       one seed, told step by step, twice

Seeds that fail are listed with what did not hold and their last steps; the exit status is 1 then.
"""

import sys
from functools import partial

from tests.faults import campaign
from tests.faults.network.campaign import COMMAND, judged, many, summed, told

if __name__ == "__main__":
    sys.exit(
        campaign.run(
            command=COMMAND,
            about=__doc__,
            one=partial(judged, twice=True),
            many=many,
            told=told,
            summed=summed,
        )
    )
