"""What is planted in the town (植入真相), each a pure function of the seed and party numbers.

`people` gives lasting traits, `links` who stands behind whom, `groups` gangs and innocent hubs, `shocks` what
an industry of a region loses. `drivers` says who stops paying, why, when, and from whom it was caught;
`activity` how much each earns or sells in each month; `debts` what each owes to whom. `shard` puts them
together for some thousands of neighbouring parties; sources and truth files are made from it.
"""

from creditloop.world.planted.shard import Shard, shard_of

__all__ = ["Shard", "shard_of"]
