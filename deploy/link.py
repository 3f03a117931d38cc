"""The link that brings the course to a student's home, opens it, and brings it up to date when it is clicked again.

python deploy/link.py https://hub.example.org https://example.org/you/vaelab --branch autumn

The repository is yours, a copy of the course's; the branch is one that you move on, never back. What nbgitpuller does
with a student's files is in deploy/README.md.
"""

import argparse
import os
import subprocess
import sys
from urllib.parse import quote, urlencode, urlsplit

FOLDER = "vaelab"  # in the student's home
FIRST = "notebooks/00_start_here.ipynb"


def link(hub: str, repository: str, branch: str, notebook: str = FIRST) -> str:
    """The link, for a hub's address, a repository's, a branch of it and the notebook to open.

    Raises ValueError for what is no address, and for a repository that students would need a key for.

    >>> link("https://hub.example.org", "https://example.org/you/vaelab", "autumn")
    'https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fexample.org%2Fyou%2Fvaelab&branch=autumn&targetpath=vaelab&urlpath=lab%2Ftree%2Fvaelab%2Fnotebooks%2F00_start_here.ipynb'
    """
    for what, address in (("hub", hub), ("repository", repository)):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(
                f'the {what}\'s whole address is needed, such as https://example.org/…; got "{address}". '
                "Students' servers have no keys, so a repository's that starts with git@ or ssh:// won't do."
            )
    if not branch or branch.startswith("-") or any(letter.isspace() for letter in branch):
        raise ValueError(f'the branch needs its name, such as autumn; got "{branch}"')
    # Else the folder is called as the repository's address ends, and the notebook is looked for in another.
    query = {"repo": repository, "branch": branch, "targetpath": FOLDER, "urlpath": f"lab/tree/{FOLDER}/{notebook}"}
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query, quote_via=quote, safe='')}"


def problem(repository: str, branch: str) -> str | None:
    """What stands against the branch, asked of the repository: nothing of that name, or a tag."""
    quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0"}  # no student could give a password either
    asked = subprocess.run(["git", "ls-remote", "--", repository], capture_output=True, text=True, env=quiet)
    if asked.returncode:
        return f"{repository} can't be read: {asked.stderr.strip()}"
    references = {line.split("\t")[1] for line in asked.stdout.splitlines()}
    if f"refs/heads/{branch}" in references:
        return None
    if f"refs/tags/{branch}" in references:
        return (
            f'"{branch}" is a tag. nbgitpuller clones a tag, and fails at the second click. Make a branch of it: '
            f"git push origin {branch}^{{}}:refs/heads/NAME"
        )
    return f'{repository} has no branch "{branch}".'


def main() -> int:
    """Prints the link, or says what is wrong."""
    parser = argparse.ArgumentParser(prog="deploy/link.py", description="the link by which a hub pulls the course")
    parser.add_argument("hub", help="the hub's address, as students type it")
    parser.add_argument("repository", help="the repository's address, as git clones it")
    parser.add_argument("--branch", required=True, help="a branch that you move on from version to version")
    parser.add_argument("--notebook", default=FIRST, help=f"what opens ({FIRST})")
    parser.add_argument("--unchecked", action="store_true", help="don't ask the repository whether it has the branch")
    given = parser.parse_args()
    try:
        made = link(given.hub, given.repository, given.branch, given.notebook)
    except ValueError as error:
        print(f"deploy/link.py: {error}", file=sys.stderr)
        return 2
    if not given.unchecked and (found := problem(given.repository, given.branch)):
        print(f"deploy/link.py: {found}", file=sys.stderr)
        return 1
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
