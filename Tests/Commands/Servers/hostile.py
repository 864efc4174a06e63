#!/usr/bin/python3
"""A registry that misbehaves, out of an OCI layout; read only.

usage: hostile.py LAYOUT LOG      prints the port that it listens on (127.0.0.1 and 127.0.0.2)

The repository's first component says how it misbehaves, its last is the image's name in the layout; what is
between only makes repositories distinct: 127.0.0.1:PORT/503-twice/test-7/busybox:latest.
Each request is a line of LOG: METHOD PATH STATUS RANGE AUTHORIZATION HOST, '-' where there is none.
"""
import base64
import json
import sys
import time

from registry import Handler, Hangup, Server, counts, digest, lock

LAYOUT = sys.argv[1]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
made = {}  # documents that a behaviour invented, by digest


def invent(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    made[digest(data)] = data
    return data


def descriptor(data, media_type, **more):
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def entry(name):
    with open(LAYOUT + "/index.json", "rb") as file:
        for candidate in json.load(file)["manifests"]:
            if candidate["annotations"]["org.opencontainers.image.ref.name"] == name + ":latest":
                return candidate
    return None


def stored(name):
    if name in made:
        return made[name]
    try:
        with open(LAYOUT + "/blobs/" + name.replace(":", "/"), "rb") as file:
            return file.read()
    except OSError:
        return None


# What a tag's manifest is instead of the true one: image name and true bytes → bytes, content type.


def edited(edit):
    def behaviour(_, data):
        value = json.loads(data)
        edit(value)
        return invent(value), MANIFEST
    return behaviour


def layer(key, value):
    return edited(lambda manifest: manifest["layers"][-1].__setitem__(key, value))


def exponential(_, __):
    """Thirty levels of indexes, each of which lists the next one twice: 2^30 paths, 31 documents."""
    data, media_type = invent({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}), INDEX
    for _level in range(30):
        below = descriptor(data, media_type)
        twice = [below, {**below, "annotations": {"again": "yes"}}]
        data = invent({"schemaVersion": 2, "mediaType": INDEX, "manifests": twice})
    return data, INDEX


def self_listing(_, __):
    """An index that lists itself, as well as a digest allows: the entry's digest is answered with the index."""
    wanted = digest(b"the index that lists itself")
    data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": INDEX, "digest": wanted, "size": 300,
         "platform": {"architecture": "amd64", "os": "linux"}}]}).encode()
    data = data.replace(b'"size": 300', b'"size": %d' % (len(data)))
    made[wanted] = data
    return invent(data), INDEX


def confusion(_, data):
    """Both a manifest and an index (CVE-2021-41190)."""
    return invent({**json.loads(data), "manifests": []}), MANIFEST


MANIFESTS = {
    "html": lambda _, __: (b"<html><body>Please log in to the Wi-Fi</body></html>", "text/html"),
    "html-as-json": lambda _, __: (b"<html><body>Please log in to the Wi-Fi</body></html>", MANIFEST),
    "empty": lambda _, __: (b"", MANIFEST),
    "huge-json": lambda _, data: (data + b" " * (5 << 20), MANIFEST),
    "deep-json": lambda _, __: (b"[" * 1_000_000, MANIFEST),
    "duplicate-keys": lambda _, data: (b'{"layers":[],' + data[1:], MANIFEST),
    "truncated-json": lambda _, data: (data[:-20], MANIFEST),
    "schema1": lambda _, __: (
        json.dumps({"schemaVersion": 1, "name": "x", "tag": "y", "fsLayers": [], "history": []}).encode(),
        "application/vnd.docker.distribution.manifest.v1+prettyjws"),
    "wrong-content-type": lambda _, data: (data, INDEX),
    "text-content-type": lambda _, data: (data, "text/plain"),
    "confusion": confusion,
    "index-as-manifest": lambda _, __: (stored(entry("multi")["digest"]), MANIFEST),
    "exponential": exponential,
    "self-listing": self_listing,
    "negative-size": layer("size", -1),
    "float-size": layer("size", 1.5),
    "overflow-size": layer("size", 1 << 63),
    "huge-size": layer("size", (1 << 63) - 1),
    "small-size": layer("size", 100),
    "bad-digest": layer("digest", "sha256:../../../../etc/passwd"),
    "unknown-algorithm": layer("digest", "md5:d41d8cd98f00b204e9800998ecf8427e"),
    "no-layers": edited(lambda manifest: manifest.pop("layers")),
    "no-config": edited(lambda manifest: manifest.pop("config")),
    "foreign": edited(lambda manifest: manifest["layers"][-1].update(
        mediaType="application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        urls=["http://127.0.0.1:%d/foreign-url" % PORT])),
}


class Hostile(Handler):
    noted = "Range"

    def answer(self, status, body=b"", content_type="application/json", length=None, **headers):
        self.status = status
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, **headers):
        self.answer(status, json.dumps({"errors": [{"code": code, "message": code.lower()}]}).encode(), **headers)

    def first(self, times):
        """Whether this request is among the first ones of its repository."""
        with lock:
            key = self.path.split("/blobs/")[0].split("/manifests/")[0]
            counts[key] += 1
            return counts[key] <= times

    def route(self):
        path, _, query = self.path.partition("?")
        if path.startswith("/token/"):
            return self.token(path.split("/")[2], query)
        parts = path.split("/")
        if path == "/v2/":
            return self.answer(200, b"{}")
        if len(parts) < 6 or parts[1] != "v2" or parts[-2] not in ("manifests", "blobs"):
            return self.error(404, "NAME_UNKNOWN")
        self.behaviour, self.image = parts[2], parts[-3]
        if self.refuse():
            return None
        return self.manifest(parts[-1]) if parts[-2] == "manifests" else self.blob(parts[-1])

    # Refusals that hold for every path.

    def refuse(self):
        b = self.behaviour
        here = "http://" + self.headers["Host"]
        if b.startswith("always-"):
            self.error(int(b[7:]), "NO")
        elif b == "503-twice" and self.first(2):
            self.error(503, "UNAVAILABLE")
        elif b == "429-once" and self.first(1):
            self.error(429, "TOOMANYREQUESTS", Retry_After="1")
        elif b == "429-hour" and self.first(1):
            self.error(429, "TOOMANYREQUESTS", Retry_After="3600")
        elif b == "redirect-loop":
            self.answer(307, Location=here + self.path)
        elif b == "redirect-file":
            self.answer(307, Location="file:///etc/passwd")
        elif b == "stall":
            time.sleep(3600)
        elif b == "reset-at-once":
            raise Hangup
        elif b.startswith("basic") and self.headers.get("Authorization") != basic("user", "secret"):
            self.error(401, "UNAUTHORIZED", WWW_Authenticate='Basic realm="hostile"')
        elif b.startswith("bearer") and self.headers.get("Authorization") != "Bearer good-token":
            scope = "repository:" + self.path[4:].rsplit("/", 2)[0] + ":pull"
            realm = "http://registry.example/token/" if b == "bearer-plain-http" else here + "/token/"
            self.error(401, "UNAUTHORIZED", WWW_Authenticate=(
                f'Bearer realm="{realm}{b}",service="hostile",scope="{scope}"'))
        elif b == "no-challenge":
            self.error(401, "UNAUTHORIZED")
        else:
            return False
        return True

    def token(self, behaviour, query):
        if behaviour == "bearer-login" and self.headers.get("Authorization") != basic("user", "secret"):
            return self.error(401, "UNAUTHORIZED")
        if behaviour == "bearer-html":
            return self.answer(200, b"<html>", "text/html")
        if behaviour == "bearer-wrong":
            return self.answer(200, b'{"token":"bad-token"}')
        if "service=hostile" not in query or "scope=repository%3A" not in query.replace(":", "%3A"):
            return self.error(400, "BAD_QUERY")
        return self.answer(200, b'{"token":"good-token","expires_in":300}')

    # Manifests and indexes.

    def manifest(self, reference):
        b = self.behaviour
        if ":" in reference:
            data, media_type = stored(reference), None
            if data is not None:
                media_type = json.loads(data).get("mediaType", MANIFEST) if data[:1] in b"{ " else MANIFEST
        else:
            found = entry(self.image)
            if found is None:
                return self.error(404, "MANIFEST_UNKNOWN")
            data, media_type = stored(found["digest"]), found["mediaType"]
            if b in MANIFESTS:
                data, media_type = MANIFESTS[b](self.image, data)
        if data is None:
            return self.error(404, "MANIFEST_UNKNOWN")
        name = digest(data)
        if b == "manifest-flip":
            data = data.replace(b'"schemaVersion"', b'"schemaversioN"')
        if b == "wrong-digest-header":
            name = digest(b"another")
        if b == "endless-manifest" and self.command == "GET":
            self.status = 200
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            while True:
                self.wfile.write(b" " * 65536)
        headers = {} if b == "no-digest-header" else {"Docker_Content_Digest": name}
        self.answer(200, data, media_type, **headers)

    # Blobs.

    def blob(self, name):
        data, b = stored(name), self.behaviour
        if data is None or b == "blob-404" and self.is_layer(data):
            return self.error(404, "BLOB_UNKNOWN")
        if b == "config-flip" and not self.is_layer(data) or b == "blob-flip" and self.is_layer(data):
            data = data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:]
        if b in ("redirect-host", "basic-redirect"):
            return self.answer(307, Location="http://127.0.0.2:%d/v2/good/%s/blobs/%s" % (PORT, self.image, name))
        if not self.is_layer(data) or self.command == "HEAD":
            return self.whole(data)
        kind = getattr(self, "blob_" + b.removeprefix("blob-").replace("-", "_"), None)
        return kind(data) if kind else self.whole(data)

    @staticmethod
    def is_layer(data):
        return data[:1] != b"{"

    def start(self, data):
        """Where the request wants to begin: (offset, how long the whole is)."""
        wanted = self.headers.get("Range")
        return int(wanted.split("=")[1].split("-")[0]) if wanted else 0

    def whole(self, data):
        offset = self.start(data)
        if offset:
            span = f"bytes {offset}-{len(data) - 1}/{len(data)}"
            return self.answer(206, data[offset:], "application/octet-stream", Content_Range=span)
        return self.answer(200, data, "application/octet-stream")

    def part(self, data, stop):
        """What `whole` would answer, but the connection breaks at `stop`."""
        offset = self.start(data)
        span = {"Content_Range": f"bytes {offset}-{len(data) - 1}/{len(data)}"} if offset else {}
        self.answer(206 if offset else 200, data[offset:max(offset, stop)], "application/octet-stream",
                    length=len(data) - offset, **span)
        time.sleep(0.1)
        raise Hangup

    def blob_short(self, data):
        self.answer(200, data[:-10], "application/octet-stream")

    def blob_long(self, data):
        self.answer(200, data + b"more", "application/octet-stream")

    def blob_endless(self, data):
        self.answer(200, data, "application/octet-stream", length=False, Connection="close")
        self.close_connection = True
        while True:
            self.wfile.write(b"\0" * 65536)

    def blob_html(self, _):
        self.answer(200, b"<html>Please log in</html>", "text/html")

    def blob_cut_once(self, data):
        return self.part(data, len(data) // 2) if self.first(1) else self.whole(data)

    def blob_cut_forward(self, data):
        """Each connection gets a third further."""
        self.part(data, min(len(data), self.start(data) + len(data) // 3 + 1))

    def blob_cut_always(self, data):
        self.part(data, len(data) // 2)

    def blob_cut_no_range(self, data):
        if self.first(1):
            return self.part(data, len(data) // 2)
        return self.answer(200, data, "application/octet-stream")

    def blob_cut_wrong_range(self, data):
        if not self.start(data):
            return self.part(data, len(data) // 2)
        return self.answer(206, data[10:], "application/octet-stream",
                           Content_Range=f"bytes 10-{len(data) - 1}/{len(data)}")

    def blob_cut_flip(self, data):
        """Resumes with other bytes, once."""
        if not self.start(data):
            return self.part(data, len(data) // 2) if self.first(1) else self.whole(data)
        return self.whole(bytes(byte ^ 1 for byte in data))

    def blob_slow(self, data):
        """About 300 kB/s for each connection."""
        offset = self.start(data)
        span = {"Content_Range": f"bytes {offset}-{len(data) - 1}/{len(data)}"} if offset else {}
        self.answer(206 if offset else 200, b"", "application/octet-stream", length=len(data) - offset, **span)
        for position in range(offset, len(data), 20_000):
            self.wfile.write(data[position:position + 20_000])
            time.sleep(0.06)

    def blob_stall_blob(self, data):
        self.answer(200, data[:1000], "application/octet-stream", length=len(data))
        time.sleep(3600)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


server = Server(("127.0.0.1", 0), Hostile)
PORT = server.server_port
server.run()
