"""
Settings of the hosts as an analyzer can see them: what Linux's sysctls come to
on the wire.
"""

from .netns import Unsupported

DEFAULTS = {"tcp_orphan_retries": 0, "tcp_fin_timeout": 60, "tcp_tw_reuse": 2,
            "tcp_rfc1337": 0, "tcp_rto_max_ms": 120000}
RETRIES = 8     # what 0 orphan retries count as: tcp_orphan_retries()


def settings_of(ns):
    """What a namespace is set to; a kernel may not have all of them."""
    out = {}
    for name in DEFAULTS:
        try:
            out[name] = int(ns.sysctl(f"ipv4/{name}"))
        except Unsupported:
            continue
    return out


def on_the_wire(settings):
    """What these settings look like, those not given at their defaults."""
    out = {**DEFAULTS, **{k: v for k, v in settings.items() if k in DEFAULTS}}
    out["tcp_orphan_retries"] = out["tcp_orphan_retries"] or RETRIES
    return out


def hosts_of(truth):
    """
    {address: (end, settings)}. Truths without the kernel's own account of the
    settings have what the scenario changed.
    """
    known = truth.get("hosts")
    if known:
        return {host["ip"]: (end, on_the_wire(host["settings"]))
                for end, host in known.items()}
    given = truth["sysctls"]
    if not set(given) & {"client", "server"}:
        given = {"client": given, "server": given}
    return {c[end]["ip"]: (end, on_the_wire(given.get(end, {})))
            for c in truth["connections"] for end in ("client", "server")}
