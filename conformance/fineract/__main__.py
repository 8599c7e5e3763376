"""Run the outside cases of loans: `python -m conformance.fineract DIR [--json]`."""

import sys

from conformance.fineract.judging import main

sys.exit(main(sys.argv[1:]))
