"""
Many runs side by side: each scenario in a process of its own, longest first,
each with a time limit, all ended if the lab is interrupted.
"""

import os
import subprocess
import sys
import time

LAB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                   "lab")
CANNOT_RUN = 77
GRACE = 25      # seconds that a run may take beyond its scenario's own limit


class Job:
    def __init__(self, name, folder, seconds):
        self.name, self.folder = name, folder
        self.deadline = time.monotonic() + seconds + GRACE
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, LAB, "one", name, "--out", folder],
            stderr=subprocess.PIPE, text=True)

    def finished(self):
        if self.process.poll() is not None:
            return True
        if time.monotonic() > self.deadline:
            self.process.kill()
        return False

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate()


def report(job):
    """Say how a job ended; returns `ran`, `skipped` or `FAILED`."""
    errors = job.process.communicate()[1].strip()
    how = {0: "ran", CANNOT_RUN: "skipped"}.get(job.process.returncode,
                                                "FAILED")
    print(f"{how:7} {job.name}", flush=True)
    if how != "ran":
        print(errors, file=sys.stderr, flush=True)
    return how


def run_many(names, out, jobs, seconds):
    """Run all; returns the names that failed, and those that were skipped."""
    waiting = sorted(names, key=lambda n: seconds[n])
    running, ended = [], {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop()
                running.append(Job(name, os.path.join(out, name),
                                   seconds[name]))
            time.sleep(0.05)
            for job in [j for j in running if j.finished()]:
                running.remove(job)
                ended.setdefault(report(job), []).append(job.name)
    finally:
        for job in running:
            job.stop()
    return ended.get("FAILED", []), ended.get("skipped", [])
