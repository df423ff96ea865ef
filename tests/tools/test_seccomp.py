"""The calls that the crawl's container may make: what Chromium's sandbox and the cage need, and no more."""

import json
from pathlib import Path
from typing import Any

import pytest

PROFILE: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "deploy/seccomp/crawl.json").read_text())
USER, PROCESSES, NETWORK, MOUNTS, NAMES, IPC, CGROUPS = (
    0x10000000, 0x20000000, 0x40000000, 0x00020000, 0x04000000, 0x08000000, 0x02000000,
)  # fmt: skip
THREAD = 0x003D0F00  # what glibc gives clone for a thread
NETLINK, ROUTE, FIREWALL = 16, 0, 12


def allowed(call: str, *arguments: int) -> bool:
    """What the profile says to a call, as libseccomp reads it: one rule that fits is enough."""
    given = (*arguments, 0, 0, 0, 0, 0, 0)
    rules = [rule for rule in PROFILE["syscalls"] if call in rule["names"] and rule["action"] == "SCMP_ACT_ALLOW"]
    return any(all(_fits(given[wish["index"]], wish) for wish in rule.get("args", [])) for rule in rules)


def _fits(value: int, wish: dict[str, Any]) -> bool:
    if wish["op"] == "SCMP_CMP_MASKED_EQ":
        return value & int(wish["value"]) == int(wish["valueTwo"])
    assert wish["op"] == "SCMP_CMP_EQ"
    return value == int(wish["value"])


def test_what_is_not_named_is_refused() -> None:
    assert PROFILE["defaultAction"] == "SCMP_ACT_ERRNO"
    assert {rule["action"] for rule in PROFILE["syscalls"]} == {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"}
    assert all(each["subArchitectures"] == [] for each in PROFILE["archMap"]), "no second table of calls"


@pytest.mark.parametrize("call", ["prctl", "seccomp", "landlock_create_ruleset", "landlock_restrict_self", "chroot"])
def test_who_wants_to_shut_himself_in_may(call: str) -> None:
    assert allowed(call)


def test_chromium_may_make_the_namespaces_of_its_sandbox() -> None:
    assert allowed("clone", USER | PROCESSES | NETWORK | 17)
    assert allowed("clone", PROCESSES | 17)
    assert allowed("unshare", USER)
    assert allowed("clone", THREAD) and allowed("clone", 17)


@pytest.mark.parametrize("flags", [MOUNTS, NAMES, IPC, CGROUPS])
def test_no_other_namespace_is_made_not_even_beside_these(flags: int) -> None:
    assert not allowed("clone", flags) and not allowed("clone", flags | USER)
    assert not allowed("unshare", flags) and not allowed("unshare", flags | USER)


def test_a_network_namespace_is_made_only_as_chromium_does() -> None:
    assert not allowed("unshare", NETWORK) and not allowed("unshare", NETWORK | USER)


def test_clone3_is_said_to_be_missing_so_that_the_library_takes_clone() -> None:
    (rule,) = [rule for rule in PROFILE["syscalls"] if "clone3" in rule["names"]]
    assert (rule["action"], rule["errnoRet"]) == ("SCMP_ACT_ERRNO", 38)


@pytest.mark.parametrize(
    "call",
    [
        *("mount", "umount2", "pivot_root", "fsopen", "fsmount", "move_mount", "open_tree", "mount_setattr", "setns"),
        *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key", "request_key"),
        *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "swapon"),
        *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "open_by_handle_at"),
        *("settimeofday", "clock_settime", "clock_settime64", "adjtimex", "syslog", "iopl", "ioperm", "mknodat"),
        *("modify_ldt", "quotactl", "fanotify_init", "acct", "sethostname", "vmsplice"),
    ],
)
def test_what_leads_to_the_kernel_or_to_another_process_is_refused(call: str) -> None:
    assert not allowed(call)


def test_sockets_are_those_of_programs_and_not_those_of_the_firewall() -> None:
    assert all(allowed("socket", family, 1) for family in (1, 2, 10))
    assert allowed("socket", NETLINK, 3, ROUTE)
    assert not allowed("socket", NETLINK, 3, FIREWALL)
    assert not any(allowed("socket", family, 3) for family in (17, 38, 40)), (
        "raw frames, the kernel's ciphers, machines"
    )
