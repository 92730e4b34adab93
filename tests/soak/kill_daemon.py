#!/usr/bin/python3
"""kill -9 of lagopusd at random points of commit traffic: after each, what it serves is what it
acknowledged, or the commit that was under way, whole.

    kill_daemon.py [--kills 1000] [--seed N]
"""

import argparse
import pathlib
import random
import secrets
import subprocess
import sys
import tempfile
import time

import traffic


def run(kills, seed, command=(traffic.ROOT / "build/bin/lagopusd",), progress=print):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="lagopus-kill-") as directory:
        state = pathlib.Path(directory) / "state"
        daemon = traffic.Daemon(state, command)
        served = 0
        for kill in range(1, kills + 1):
            writer = traffic.Traffic(daemon, served + 1)
            writer.start()
            if chance.random() < 0.9:
                writer.begun()
            time.sleep(chance.uniform(0, 0.5))
            daemon.kill()
            writer.join(30)
            daemon = traffic.Daemon(state, command)
            served = traffic.check(daemon, writer)
            if kill % 50 == 0:
                progress(f"{kill} kills, {served} commits")
        daemon.stop()
        audited = subprocess.run([*map(str, command), "--verify-audit", state / "audit"],
                                 capture_output=True, text=True, timeout=60)
        assert audited.returncode == 0, audited.stdout + audited.stderr
        return served


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    arguments = parser.parse_args()
    print(f"kill_daemon: {arguments.kills} kills, seed {arguments.seed}", flush=True)
    commits = run(arguments.kills, arguments.seed, progress=lambda line: print(line, flush=True))
    print(f"kill_daemon: nothing was lost in {arguments.kills} kills, {commits} commits")
    sys.exit(0)
