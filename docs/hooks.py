"""What the site of ``mkdocs.yml`` has beyond docs/: pages of the root, the help of all commands, and a page a room from its docstrings.

Documents link to files as they lie in the repository, so that the links work there too. Here a link
that leaves docs/ goes to the page made of it, or becomes plain text where there is none.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
OF_ROOT = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_MERMAID = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def rooms() -> list[str]:
    """The folders of ``src/baihuo``."""
    return sorted(p.parent.name for p in (ROOT / "src" / "baihuo").glob("*/__init__.py"))


def on_config(config: Any) -> Any:
    """The rooms join the nav under their heading."""
    for part in config["nav"]:
        if "Rooms" in part:
            part["Rooms"] += [{name: f"rooms/{name}.md"} for name in rooms()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """The pages that lie in no file of docs/."""
    made = {f"root/{name}": (ROOT / name).read_text(encoding="utf-8") for name in OF_ROOT}
    listed = "\n".join(f"- [{name}]({name}.md)" for name in rooms())
    made["rooms/index.md"] = (
        f"# Rooms\n\nWhat each room offers to the others, from its docstrings.\n\n{listed}\n"
    )
    made["cli.md"] = subprocess.run(
        [sys.executable, "-m", "baihuo", "docs"], check=True, capture_output=True, text=True
    ).stdout
    made |= {f"rooms/{name}.md": f"# `baihuo.{name}`\n\n::: baihuo.{name}\n" for name in rooms()}
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links as this site has them. Diagrams are drawn by a script from elsewhere, so they are left out."""
    uri = page.file.src_uri
    if uri.startswith("rooms/"):
        return markdown
    lies_in = "" if uri.startswith("root/") else posixpath.dirname(f"docs/{uri}")
    here = posixpath.dirname(uri)

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        to = page_of(posixpath.normpath(posixpath.join(lies_in, target)), files)
        return words if to is None else f"[{words}]({posixpath.relpath(to, here or '.')}{anchor})"

    markdown = _MERMAID.sub("", markdown).replace("](docs/screenshot.png)", "](../screenshot.png)")
    return _LINK.sub(link, markdown)


def page_of(path: str, files: Files) -> str | None:
    """The page or file of the site that shows ``path`` of the repository; None where there is none.

    A file of a room is shown by the page of its room, a folder of docs/ by its README or first page.
    """
    if path in OF_ROOT:
        return f"root/{path}"
    parts = path.split("/")
    if parts[:2] == ["src", "baihuo"] and len(parts) > 2 and parts[2] in rooms():
        return f"rooms/{parts[2]}.md"
    if parts[0] != "docs":
        return None
    inside = "/".join(parts[1:])
    if files.get_file_from_path(inside) is not None:
        return inside
    within = sorted(f.src_uri for f in files if f.src_uri.startswith(f"{inside}/"))
    pages = [name for name in within if name.endswith(".md")]
    return (pages or within or [None])[0]
