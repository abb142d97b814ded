"""Arrows between the rooms run down, never up or in circles (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dedup"
NOUNS = {"records", "verdicts", "errors"}
STAGES = ("corpus", "clean", "sketch", "match", "cluster", "wire", "report")
# What the modules of each room may import of the package, beside their own room.
ALLOWED = {
    "records": set(),
    "verdicts": {"records"},
    "errors": set(),
    "_jit": set(),
    "_mapped": set(),
    "_verb": {"api"},
    "config": {"errors"},
    **{stage: NOUNS | {"_jit"} for stage in STAGES},
    "clean": NOUNS | {"_jit", "_verb"},
    "match": NOUNS | {"_jit", "_mapped", "sketch"},
    "index": NOUNS | {"_jit", "_mapped", "match", "sketch"},
    "engine": NOUNS | {"_mapped", "index"} | set(STAGES),
    "api": NOUNS | set(STAGES) | {"engine", "index"},
    "contrib": NOUNS | set(STAGES) | {"engine", "api", "index"},
    "cli": NOUNS | set(STAGES) | {"engine", "index", "config"},
    "__init__": NOUNS | {"api", "engine", "index", "clean"},
    "__main__": {"cli"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "dedup" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1], node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_run_down(path):
    own = room(path)
    wrong = [(other, line) for other, line in imported_rooms(path) if other != own and other not in ALLOWED[own]]
    assert not wrong, f"{path}: {own} may not know {wrong}"


def _calls(path, names):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            if module.split(".")[0] == "click":
                yield node.lineno


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room(p) not in {"cli", "__main__"}], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_nothing_below_the_command_line_prints_exits_or_knows_click(path):
    commands = {"make_unicode.py"}  # maintainers' scripts, run with `python -m`
    if path.name not in commands:
        assert not list(_calls(path, {"print", "exit", "input"}))
