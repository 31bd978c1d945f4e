"""The helper itself: what it does to strings must be what a kubelet does, or the other tests show nothing."""

from __future__ import annotations

import pytest

from tests.pod import kubelet
from tests.pod.containers import escaped


# The cases are those of Kubernetes' own test of expansion.Expand.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(VAR_A)", "A"),
        ("___$(VAR_B)___", "___B___"),
        ("$(VAR_DNE)", "$(VAR_DNE)"),
        ("$(VAR_A", "$(VAR_A"),
        ("$$(VAR_A)", "$(VAR_A)"),
        ("$$$(VAR_A)", "$A"),
        ("$$$$(VAR_A)", "$$(VAR_A)"),
        ("$VAR_A", "$VAR_A"),
        ("foo$", "foo$"),
        ("$$$$$$$", "$$$$"),
        ("$()", "$()"),
        ("$(VAR_REF)", "$(VAR_A)"),
        ("$(VAR_A)$(VAR_B)$(VAR_EMPTY)", "AB"),
        ("$((VAR_A)", "$((VAR_A)"),
        ("\\$(VAR_A)", "\\A"),
        ("f000-$VAR_A)", "f000-$VAR_A)"),
    ],
)
def test_expand_does_what_kubernetes_does(text: str, expected: str) -> None:
    variables = {"VAR_A": "A", "VAR_B": "B", "VAR_REF": "$(VAR_A)", "VAR_EMPTY": ""}
    assert kubelet.expand(text, variables) == expected


@pytest.mark.parametrize("text", ["$", "$$", "a$(VAR_A)b", "$é", "`id` $(id) $$(VAR_A", "€$€$"])
def test_a_value_with_every_dollar_doubled_comes_out_as_it_was(text: str) -> None:
    assert kubelet.expand(escaped(text), {"VAR_A": "A"}) == text


def test_env_may_refer_only_to_what_stands_before_it() -> None:
    container = {"env": [{"name": "A", "value": "$(B)"}, {"name": "B", "value": "b"}, {"name": "C", "value": "$(B)"}]}
    assert kubelet.environment(container, {}, {}) == {"A": "$(B)", "B": "b", "C": "b"}


def test_a_container_gets_the_declared_environment_and_no_more() -> None:
    container = {
        "command": ["/usr/bin/env", "-0"],
        "env": [
            {"name": "LINES", "value": "a\nb"},
            {"name": "SET", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['x/y']"}}},
        ],
    }
    result = kubelet.run(container, configmap={}, labels={"x/y": "z", kubelet.INDEX_LABEL: "3"}, pod_name="p")
    assert sorted(result.stdout.split("\0")[:-1]) == [
        "HOME=/root",
        "HOSTNAME=p",
        "JOB_COMPLETION_INDEX=3",
        "LINES=a\nb",
        "PATH=/bin",
        "SET=z",
    ]
    assert result.code == 0


def test_what_a_container_writes_is_gone_with_it() -> None:
    result = kubelet.run({"command": ["/bin/sh", "-c", "echo x >/root/there && cat /root/there"]}, configmap={})
    assert result.stdout == "x\n"
    again = kubelet.run({"command": ["/bin/sh", "-c", "cat /root/there"]}, configmap={})
    assert again.code == 1
