"""What the written-out classes of a wheel share. The wheel has this file as `mocompile/_written_out.py`.

`wheelbuild.classes` writes out the dataclasses: making a dataclass takes longer than all else that importing its module
does. A written-out class behaves as the dataclass does; `dataclasses` knows it, too.
"""


class _Fields:
    """`__dataclass_fields__` of a written-out class, made when somebody asks."""

    def __get__(self, record: object, owner: "type[Record]") -> object:
        import dataclasses

        if "_fields" not in owner.__dict__:
            raise AttributeError("__dataclass_fields__")
        fields = [(name, object, dataclasses.field(init=name in owner._made_with)) for name in owner._fields]  # noqa: SLF001
        return vars(dataclasses.make_dataclass(owner.__name__, fields))["__dataclass_fields__"]


class Record:
    """A written-out dataclass. `_fields`, `_made_with` and `_shown` name its fields, those of `__init__`, of `repr`."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _made_with: tuple[str, ...] = ()
    _shown: tuple[str, ...] = ()
    __dataclass_fields__ = _Fields()

    def __repr__(self) -> str:
        shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in self._shown])
        return f"{self.__class__.__qualname__}({shown})"

    def __getstate__(self) -> list[object]:
        return [getattr(self, name) for name in self._fields]

    def __setstate__(self, state: list[object]) -> None:
        for name, value in zip(self._fields, state, strict=True):
            object.__setattr__(self, name, value)

    def __replace__(self, /, **changes: object) -> object:
        for name in changes:
            if name in self._fields and name not in self._made_with:
                raise ValueError(f"field {name} is declared with init=False, it cannot be specified with replace()")
        made = {name: getattr(self, name) for name in self._made_with if name not in changes}
        return self.__class__(**made, **changes)


class Frozen(Record):
    """A written-out dataclass that is frozen."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")


def replace(record: object, /, **changes: object) -> object:
    """`dataclasses.replace`, which is imported only for a class that is not written out."""
    if isinstance(record, Record):
        return record.__replace__(**changes)
    import dataclasses

    return dataclasses.replace(record, **changes)  # type: ignore[type-var]
