"""`python -m creditloop` is the command line."""

from creditloop.service.cli import main

if __name__ == "__main__":
    main()
