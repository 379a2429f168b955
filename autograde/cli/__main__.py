"""`python -m autograde.cli`, which is `autograde`."""

import sys

from autograde.cli import main

sys.exit(main())
