"""What people did on the example book, played from a dated script (模拟): simulated throughout.

`actors` reads the script, `deeds` says what an entry may do, `acting` carries it out, each entry once,
through the same doors a person would use. `loop` moves the business date from month to month and lets
each stage act in its turn. No figure of accuracy uses anything said here.
"""
