"""The whole risk loop of a bank's lending, every rule, weight and reason readable (白盒).

The folders are the loan's life: `acquire` → `admit` → `lend` → `monitor` → `recover`, standing on four
arts that do not know each other — `data` knows, `risk` judges, `book` counts, `evidence` proves — which
speak `formula` and stand on `kernel`. `oversight` checks, `assist` writes drafts, `service` opens the doors
and wires everything; `world` is a town to practise in. A later stage may read an earlier one, never back:
what flows back is a fact on the outbox, answered in `service/wiring.py`. A folder is there once something
lives in it. Start with `docs/life-of-a-loan.md`.
"""

__version__ = "0.1.0"
