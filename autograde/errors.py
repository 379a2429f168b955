"""The exceptions that the grader raises on purpose; the command line turns each into one line and exit code 2.

AutogradeError
├── UsageError           an argument, a file or a name that cannot be used as given
├── ConfigError          a setting that is unknown or out of range
├── IsolationError       student code cannot be isolated on this machine
├── SandboxError         the sandbox itself broke (not the student's code in it)
└── GradebookError       the gradebook is locked, missing or from another version
    └── EntryError       the gradebook is well, and refuses one entry
"""


class AutogradeError(Exception):
    """Base of every error that a user can act on; its text says what was expected, what came and what to do."""


class UsageError(AutogradeError):
    """An argument, a file or a name that cannot be used as given."""


class ConfigError(AutogradeError):
    """A setting that is unknown or out of range."""


class IsolationError(AutogradeError):
    """Student code cannot be isolated on this machine."""


class SandboxError(AutogradeError):
    """The sandbox itself broke; no student is to blame."""


class GradebookError(AutogradeError):
    """The gradebook is locked, missing or from another version."""


class EntryError(GradebookError):
    """The gradebook is well, and refuses one entry."""
