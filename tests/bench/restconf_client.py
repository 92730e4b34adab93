"""A RESTCONF client for measuring: one kept-alive connection, one request after the other.

    restconf_client.py --url https://HOST:443 --user admin --password X [--sizes 0,100000]

needs a writable list on the server, by default that of bench-list.yang. For many connections at once
run wrk or h2load on the same addresses beside it.
"""

import argparse
import base64
import http.client
import json
import socket
import ssl
import statistics
import time
import urllib.parse

LIST = "/restconf/data/bench-list:routes"


class Client:
    def __init__(self, url, user, password, timeout=300):
        parts = urllib.parse.urlparse(url)
        if parts.scheme == "https":
            self.connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout,
                                                          context=ssl._create_unverified_context())
        else:
            self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Accept": "application/yang-data+json", "Content-Type": "application/yang-data+json",
                        "Authorization": f"Basic {secret}"}

    def request(self, method, path, body=None):
        """(status, body, seconds)"""
        begun = time.perf_counter()
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        return answer.status, data, time.perf_counter() - begun


def entry(number, revision):
    return (f'{{"id":{number},"prefix":"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/32",'
            f'"next-hop":"192.0.2.1","metric":{revision}}}')


def loop(request, count, seconds):
    took, until = [], time.perf_counter() + seconds
    for number in range(count):
        status, data, once = request(number)
        if status >= 300:
            raise RuntimeError(f"status {status}: {data[:500]!r}")
        took.append(once)
        if time.perf_counter() > until:
            break
    return took


def measure(client, sizes, count=500, seconds=10):
    """{size: {what: seconds or per second}} for each length of the list; `bare` is the health answer."""
    found = {"bare": {"gets-per-second": rate(loop(lambda _: client.request("GET", "/health"), count, seconds))}}
    for size in sizes:
        client.request("DELETE", LIST)
        one = found[size] = {}
        if size:
            body = '{"bench-list:routes":{"route":[' + ",".join(entry(i, 0) for i in range(size)) + "]}}"
            status, data, one["put-all"] = client.request("PUT", LIST, body)
            if status >= 300:
                raise RuntimeError(f"status {status}: {data[:500]!r}")
            status, data, one["get-all"] = client.request("GET", LIST)
            if data.count(b'"id"') != size:
                raise RuntimeError(f"{data.count(b'id')} of {size} entries came back")

        def put(number):
            return client.request("PUT", f"{LIST}/route={size + number}",
                                  f'{{"bench-list:route":[{entry(size + number, number)}]}}')

        loop(put, 50, seconds)  # warm
        puts = loop(put, count, seconds)
        one["puts-per-second"], one["put-p50"] = rate(puts), statistics.median(puts)
        one["gets-per-second"] = rate(loop(lambda _: client.request("GET", f"{LIST}/route={size}"), count, seconds))
    client.request("DELETE", LIST)
    return found


def rate(took):
    return len(took) / sum(took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="https://127.0.0.1:443")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--sizes", default="0,100000")
    arguments = parser.parse_args()
    client = Client(arguments.url, arguments.user, arguments.password)
    print(json.dumps(measure(client, [int(size) for size in arguments.sizes.split(",")]), indent=1))


if __name__ == "__main__":
    main()
