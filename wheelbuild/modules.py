"""Makes a module that imports quickly from one of the package: the same code without work at import.

- Dataclasses are written out (`classes`).
- A private pattern (`_NAME = re.compile(…)`) is compiled when it is first used.
- Annotations go, and with them the imports that only they use. Type checkers read the sources, which the wheel has
  as `NAME.pyi`.
- The texts of documentation go.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wheelbuild.classes import SHARED, Field, NotPlainError, flags_of, written_out

# Modules whose names only annotations and declarations use.
_OF_TYPES = ("typing", "collections.abc")
_OWN_NAMES = frozenset({"_MadeFrozen", "_MadeRecord", "_made_set", "_made_unset", "_made_once"})
_HEAD = "# Made by wheelbuild for the wheel. The source is the .pyi beside this file.\n"


@dataclass
class Package:
    """The sources of a package: the syntax of each module by its full name.

    `quick` names those that are made quick. Others are read to know which names they use.
    """

    modules: Mapping[str, ast.Module]
    quick: frozenset[str]
    fields: dict[str, dict[str, tuple[Field, ...]]] = field(default_factory=dict)

    def made(self) -> dict[str, str]:
        """The text of each quick module."""
        stripped = {name: _stripped(tree) for name, tree in self.modules.items() if name in self.quick}
        for name, tree in stripped.items():
            if taken := {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} & _OWN_NAMES:
                raise ValueError(f"{name} uses {taken}, which wheelbuild gives a meaning of its own")
        loads = {
            name: _loads(stripped[name]) if name in stripped else _loads_of_source(tree)
            for name, tree in self.modules.items()
        }
        imports = _Imports({**self.modules, **stripped}, loads)
        attributes = _attributes(self.modules.values())
        used = {name: loads[name] | imports.used.get(name, set()) for name in stripped}
        wanted = {name: attributes | imports.names.get(name, set()) for name in stripped}
        return {
            name: _HEAD + ast.unparse(self._quick(name, tree, wanted[name], used[name])) + "\n"
            for name, tree in _bases_first(stripped)
        }

    def _quick(self, name: str, tree: ast.Module, wanted: set[str], used: set[str]) -> ast.Module:
        body = [each for each in tree.body if not _is_unused_declaration(each, used)]
        body = [_as_text(each) if _is_alias(each) and not _targets(each) & used else each for each in body]
        body = self._written_out(name, body)
        body = _patterns_when_used(body, wanted)
        tree = ast.Module([_without_annotations(each) for each in body], [])
        return ast.fix_missing_locations(_without_unused_imports(tree, wanted))

    def _written_out(self, module: str, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        known = dict(self._fields_of_imported(body))
        own = self.fields.setdefault(module, {})
        made: list[ast.stmt] = []
        done = False
        for each in body:
            if isinstance(each, ast.ClassDef) and _is_dataclass(each):
                try:
                    node, own[each.name] = written_out(each, {**known, **own})
                except NotPlainError:
                    made.append(each)
                else:
                    made.append(node)
                    done = True
            else:
                made.append(each)
        names = {name for each in made for name in _loads(each)}
        wanted = [
            f"{name} as {alias}"
            for name, alias in (("Frozen", "_MadeFrozen"), ("Record", "_MadeRecord"))
            if done and alias in names
        ]
        imports = [f"from {SHARED} import {', '.join(wanted)}"] if wanted else []
        if "_made_set" in names and done:
            imports.append("_made_set = object.__setattr__")
        if "_made_unset" in names and done:
            imports.append("_made_unset = object()")
        if done and not any(isinstance(each, ast.ClassDef) and _is_dataclass(each) for each in made):
            made = [_without_names(each, "dataclasses", {"dataclass", "field"}) for each in made]
        every = _after_imports(made, ast.parse("\n".join(imports)).body)
        return [part for each in every for part in _replace_from_shared(each)]

    def _fields_of_imported(self, body: Iterable[ast.stmt]) -> Iterator[tuple[str, tuple[Field, ...]]]:
        for each in body:
            if isinstance(each, ast.ImportFrom) and each.module in self.fields:
                known = self.fields[each.module]
                yield from ((alias.name, known[alias.name]) for alias in each.names if alias.name in known)


def _bases_first(modules: Mapping[str, ast.Module]) -> Iterator[tuple[str, ast.Module]]:
    """The modules, those with the bases of a class before the module of the class."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, ast.Module]]:
        if name in done:
            return
        done.add(name)
        bases = {
            base.id
            for each in modules[name].body
            if isinstance(each, ast.ClassDef)
            for base in each.bases
            if isinstance(base, ast.Name)
        }
        for each in modules[name].body:
            if (
                isinstance(each, ast.ImportFrom)
                and each.module is not None
                and each.module in modules
                and bases & {alias.name for alias in each.names}
            ):
                yield from visit(each.module)
        yield name, modules[name]

    for name in sorted(modules):
        yield from visit(name)


def _stripped(tree: ast.Module) -> ast.Module:
    """The module without what only type checkers and readers use; declarations at the top stay as they are."""
    made = _Strip().visit(ast.parse(ast.unparse(tree)))
    assert isinstance(made, ast.Module)
    return ast.fix_missing_locations(made)


class _Strip(ast.NodeTransformer):
    """Takes out annotations of functions, texts of documentation, and what is under `TYPE_CHECKING`."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = _without_text(node.body)
        self.generic_visit(node)
        node.body = [
            each for each in node.body if not (isinstance(each, ast.ImportFrom) and each.module == "__future__")
        ]
        return node

    def visit_If(self, node: ast.If) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = _without_text(node.body) or [ast.Pass()]
        node.returns = None
        every = node.args
        for argument in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg):
            if argument is not None:
                argument.annotation = None
        self.generic_visit(node)
        node.body = [
            made for each in node.body for made in [_without_annotations(each)] if not isinstance(made, ast.Pass)
        ] or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.body = _without_text(node.body) or [ast.Pass()]
        node.bases = [base for base in node.bases if ast.unparse(base).partition("[")[0] not in ("Protocol", "Generic")]
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "cast" and len(node.args) == 2:
            return node.args[1]
        return node


def _without_text(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without a text of documentation before them."""
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


def _without_annotations(node: ast.stmt) -> ast.stmt:
    """The statement, and all in it, without annotations of variables."""

    class Plain(ast.NodeTransformer):
        def visit_AnnAssign(self, each: ast.AnnAssign) -> ast.stmt:
            self.generic_visit(each)
            if each.value is None:
                return ast.Pass()
            return ast.Assign([each.target], each.value)

        def visit_ClassDef(self, each: ast.ClassDef) -> ast.ClassDef:
            return each if _is_dataclass(each) else self.generic_visit(each)  # type: ignore[return-value]

    made = Plain().visit(node)
    assert isinstance(made, ast.stmt)
    return made


def _is_dataclass(node: ast.ClassDef) -> bool:
    try:
        return flags_of(node) is not None
    except NotPlainError:
        return True


def _is_alias(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"


def _is_unused_declaration(node: ast.stmt, used: set[str]) -> bool:
    """Whether the statement makes a type variable for annotations only."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in ("TypeVar", "ParamSpec")
        and not _targets(node) & used
    )


def _as_text(node: ast.stmt) -> ast.stmt:
    """The alias of a type as the text of the type: annotations of other modules may still name it."""
    assert isinstance(node, ast.AnnAssign)
    assert node.value is not None
    text = node.value if isinstance(node.value, ast.Constant) else ast.Constant(ast.unparse(node.value))
    return ast.Assign([node.target], text)


def _patterns_when_used(body: Sequence[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    """The module with each private pattern as a function that compiles it once."""
    now = {name for each in body for name in _loads_now(each)}
    late = {
        target.id: value
        for each in body
        for target, value in [_assigned(each)]
        if isinstance(target, ast.Name)
        and value is not None
        and isinstance(value, ast.Call)
        and ast.unparse(value.func) == "re.compile"
        and target.id.startswith("_")
        and target.id not in now | wanted
    }
    made: list[ast.stmt] = []
    for each in body:
        target, _ = _assigned(each)
        if isinstance(target, ast.Name) and target.id in late:
            source = f"@_made_once\ndef {target.id}():\n    return {ast.unparse(late[target.id])}"
            made += ast.parse(source).body
        else:
            made.append(_Called(late.keys()).visit(each))
    return _after_imports(made, ast.parse("from functools import cache as _made_once").body) if late else made


class _Called(ast.NodeTransformer):
    """Puts a call in the place of each name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.names and isinstance(node.ctx, ast.Load):
            return ast.Call(node, [], [])
        return node


def _assigned(node: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return node.targets[0], node.value
    if isinstance(node, ast.AnnAssign):
        return node.target, node.value
    return None, None


def _targets(node: ast.stmt) -> set[str]:
    target, _ = _assigned(node)
    return {target.id} if isinstance(target, ast.Name) else set()


def _loads(node: ast.AST) -> set[str]:
    """The names that the code reads when it runs: not those of annotations of variables."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.AnnAssign):
            todo += [each.target, *([] if each.value is None or _is_alias(each) else [each.value])]
        else:
            todo += ast.iter_child_nodes(each)
    return found


def _loads_of_source(tree: ast.Module) -> set[str]:
    """The names that a module that stays as it is reads when it runs: those of its aliases, too."""
    if not imports_typer(tree):
        tree = _stripped(tree)
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def imports_typer(tree: ast.Module) -> bool:
    """Whether annotations are read when the module runs: typer's commands are made from them."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return any(alias.name == "typer" for node in imports for alias in node.names)


def _loads_now(node: ast.AST) -> set[str]:
    """The names that the statement reads when the module is imported."""
    found: set[str] = set()
    todo: list[ast.AST] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.FunctionDef | ast.Lambda):
            every = each.args
            todo += [*every.defaults, *(default for default in every.kw_defaults if default is not None)]
            todo += each.decorator_list if isinstance(each, ast.FunctionDef) else []
        else:
            todo += ast.iter_child_nodes(each)
    return found


def _attributes(modules: Iterable[ast.Module]) -> set[str]:
    """Every name after a dot in these modules."""
    return {each.attr for tree in modules for each in ast.walk(tree) if isinstance(each, ast.Attribute)}


class _Imports:
    """By module, the names that others import from it: all `names`, and those `used` when the other module runs."""

    def __init__(self, modules: Mapping[str, ast.Module], loads: Mapping[str, set[str]]) -> None:
        self.names: dict[str, set[str]] = {}
        self.used: dict[str, set[str]] = {}
        for other, tree in modules.items():
            for each in ast.walk(tree):  # an import inside a function counts, too
                if isinstance(each, ast.ImportFrom) and each.module is not None:
                    for alias in each.names:
                        self.names.setdefault(each.module, set()).add(alias.name)
                        if (alias.asname or alias.name) in loads[other]:
                            self.used.setdefault(each.module, set()).add(alias.name)


def _without_unused_imports(tree: ast.Module, wanted: set[str]) -> ast.Module:
    used = _loads(tree)
    body: list[ast.stmt] = []
    for each in tree.body:
        if isinstance(each, ast.ImportFrom):
            kept = [alias for alias in each.names if (alias.asname or alias.name) in used | _exported(each, wanted)]
            body += [ast.ImportFrom(each.module, kept, each.level)] if kept else []
        elif (
            not isinstance(each, ast.Import)
            or {(alias.asname or alias.name).partition(".")[0] for alias in each.names} & used
        ):
            body.append(each)
    return ast.Module(body, [])


def _exported(node: ast.ImportFrom, wanted: set[str]) -> set[str]:
    return set() if node.module in (*_OF_TYPES, "dataclasses") else wanted


def _after_imports(body: Sequence[ast.stmt], added: Sequence[ast.stmt]) -> list[ast.stmt]:
    last = max(
        (number for number, each in enumerate(body) if isinstance(each, ast.Import | ast.ImportFrom)), default=-1
    )
    return [*body[: last + 1], *added, *body[last + 1 :]]


def _without_names(node: ast.stmt, module: str, names: set[str]) -> ast.stmt:
    """The statement; if it imports names from the module, without these."""
    if not isinstance(node, ast.ImportFrom) or node.module != module:
        return node
    kept = [alias for alias in node.names if alias.name not in names]
    return ast.ImportFrom(module, kept, 0) if kept else ast.Pass()


def _replace_from_shared(node: ast.stmt) -> list[ast.stmt]:
    """The import of `replace`, from the module that does without `dataclasses`."""
    if not isinstance(node, ast.ImportFrom) or node.module != "dataclasses":
        return [node]
    others = [alias for alias in node.names if alias.name != "replace"]
    shared = [ast.ImportFrom(SHARED, [ast.alias("replace")], 0)] if len(others) < len(node.names) else []
    return [*shared, *([ast.ImportFrom("dataclasses", others, 0)] if others else [])]
