"""The words that scenario files are written in."""

from .derive import (cut_to, from_packet, only, out_of_order, seen_twice,
                     without)
from .rules import (BEFORE_TAP, BEHIND_TAP, alter, delay, drop, duplicate,
                    hold, keep, notice, shift, steal)
from .scenario import (PLACES, at_least, betrayed, by_place, finding, healthy,
                       one_of, scenario, talk)
from .steps import (abort, close, connect, drain, forge, inject, kill_socket,
                    listen, options, recv, send, shutdown, sleep, sysctl, tell,
                    unlisten, wait)
