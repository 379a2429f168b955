"""The addresses at which a notebook opens: pure functions of the settings in _config.yml.

Each address names the notebook by its path in the repository, so that a class's own copy of the repository, on its
own hub, needs one change in one file.
"""

from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote, urlsplit

from course_ext.words import N_

JUPYTERLAB_FIELDS = {"path", "repository", "branch", "name"}


def source_page(repository: str) -> str:
    """Returns the page of a repository whose address may be the one that git clones; "" stays ""."""
    return repository.rstrip("/").removesuffix(".git")


@dataclass(frozen=True)
class Places:
    """Where the course lives. An empty address stands for a service that is not offered."""

    repository_url: str = ""
    branch: str = "main"
    colab_url: str = ""
    binder_url: str = ""
    jupyterlab_url: str = ""

    def problem(self) -> str:
        """Returns what is wrong with the settings and how to mend it; "" when nothing is."""
        try:
            fields = {name for _, name, _, _ in Formatter().parse(self.jupyterlab_url) if name is not None}
        except ValueError as error:
            return f"course_jupyterlab_url has braces that do not match: {error}"
        if unknown := fields - JUPYTERLAB_FIELDS:
            known = ", ".join(f"{{{name}}}" for name in sorted(JUPYTERLAB_FIELDS))
            return f"course_jupyterlab_url holds {{{sorted(unknown)[0]}}}; what it may hold is {known}"
        if self.jupyterlab_url and "path" not in fields:
            return "course_jupyterlab_url lacks {path}, the notebook's place in the repository"
        if fields - {"path"} and not self.repository_url:
            return "course_jupyterlab_url names the repository: set course_repository_url too"
        return ""

    def links(self, path: str) -> list[tuple[str, str]]:
        """Returns (text, address) for each way to open the file at ``path`` of the repository."""
        repository = source_page(self.repository_url)
        found = []
        if self.jupyterlab_url:
            found.append((N_("Open in JupyterLab"), self._jupyterlab(repository, path)))
        if not repository:
            return found
        on_github, owner = urlsplit(repository).netloc == "github.com", urlsplit(repository).path.strip("/")
        if self.colab_url and on_github:  # Colab opens notebooks of no other host
            found.append(
                (N_("Open in Colab"), f"{self.colab_url.rstrip('/')}/github/{owner}/blob/{self.branch}/{path}")
            )
        if self.binder_url:
            source = f"gh/{owner}/{quote(self.branch, safe='')}" if on_github else self._any_git(repository)
            found.append(
                (N_("Open in Binder"), f"{self.binder_url.rstrip('/')}/v2/{source}?labpath={quote(path, safe='')}")
            )
        found.append((N_("See it in the repository"), f"{repository}/blob/{self.branch}/{path}"))
        return found

    def _jupyterlab(self, repository: str, path: str) -> str:
        values = {"repository": repository, "branch": self.branch, "name": repository.rsplit("/", 1)[-1]}
        quoted = {key: quote(value, safe="") for key, value in values.items()}
        return self.jupyterlab_url.format(**quoted, path=quote(path))

    def _any_git(self, repository: str) -> str:
        """Binder's form for a repository on any host."""
        return f"git/{quote(repository, safe='')}/{quote(self.branch, safe='')}"
