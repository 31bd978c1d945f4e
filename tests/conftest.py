"""What holds for every test."""

from __future__ import annotations

import signal
import threading


def pytest_configure() -> None:
    """Restore the signals that a background job ignores.

    A shell without job control starts `bash tests/run.sh &` with SIGINT and SIGQUIT ignored. Every child would inherit
    that, and a shell cannot trap a signal that was ignored when it started.
    """
    if threading.current_thread() is threading.main_thread():
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
