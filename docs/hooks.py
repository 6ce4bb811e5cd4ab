"""What the site of ``mkdocs.yml`` has beyond docs/: pages of the root, those that ``baihuo docs`` prints, JSON Schemas, and a page a room from its docstrings.

None of these is kept in git. Documents link to files as they are in the repository, so that the links work there too. Here a link
that leaves docs/ goes to the page made of it, or becomes plain text where there is none, and a command that prints a page links to the page.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]
OF_ROOT = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PRINTED = {"cli": "cli.md", "features": "features_list.md", "settings": "settings.md"}
"""The pages of `baihuo docs`."""
SCHEMAS = ("event", "page", "product", "quality_report", "query")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_MERMAID = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def rooms() -> list[str]:
    """The folders of ``src/baihuo``."""
    return sorted(p.parent.name for p in (ROOT / "src" / "baihuo").glob("*/__init__.py"))


def on_config(config: Any) -> Any:
    """Decisions and rooms join the nav under their headings."""
    for part in config["nav"]:
        if "Rooms" in part:
            part["Rooms"] += [{name: f"rooms/{name}.md"} for name in rooms()]
        if "Decisions" in part:
            pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
            part["Decisions"] += [
                f"decisions/{name}" for name in ("README.md", *(p.name for p in pages))
            ]
    return config


def _printed(*words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "baihuo", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def on_files(files: Files, config: Any) -> Files:
    """The pages that are no files of docs/."""
    from mkdocs.structure.files import File

    made = {f"root/{name}": (ROOT / name).read_text(encoding="utf-8") for name in OF_ROOT}
    listed = "\n".join(f"- [{name}]({name}.md)" for name in rooms())
    made["rooms/index.md"] = (
        f"# Rooms\n\nWhat each room offers to the others, from its docstrings.\n\n{listed}\n"
    )
    made |= {page: _printed("docs", name) for name, page in PRINTED.items()}
    made |= {f"schemas/{name}.schema.json": _printed("schema", name) for name in SCHEMAS}
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
    for name, made in PRINTED.items():
        to = posixpath.relpath(made, here or ".")
        markdown = re.sub(
            rf"(?<!\[)`baihuo docs {name}`", f"[`baihuo docs {name}`]({to})", markdown
        )
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
