"""The kernel's TCP counters of one namespace, as nstat shows them."""

FILES = ("/proc/net/netstat", "/proc/net/snmp")
WANTED = ("TcpExt", "Tcp")


def parse(text):
    """Pairs of lines: names, then values."""
    lines = text.splitlines()
    values = {}
    for names, numbers in zip(lines[::2], lines[1::2]):
        group, *names = names.replace(":", " ").split()
        if group in WANTED:
            values.update((group + n, int(v)) for n, v in
                          zip(names, numbers.split()[1:]))
    return values


class Counters:
    def __init__(self, ns):
        self.ns = ns
        self.before = self._read()

    def _read(self):
        values = {}
        for path in FILES:
            values.update(parse(self.ns.read(path)))
        return values

    def changes(self):
        """What has changed since the beginning."""
        return {name: value - self.before.get(name, 0)
                for name, value in self._read().items()
                if value != self.before.get(name, 0)}
