"""mocompile: compile a MetricSet into plain Kubernetes objects."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    # Reading the installed metadata costs tens of milliseconds, which only `--version` has to pay.
    if name == "__version__":
        from importlib.metadata import version

        return version("mocompile")
    raise AttributeError(name)
