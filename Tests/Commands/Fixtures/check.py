#!/usr/bin/python3
"""Checks an OCI layout from outside: says what is wrong with it, and fails.

usage: check.py LAYOUT [NAME...]

Every file below blobs/ has the digest that it is named after; whatever index.json reaches is there with its
size, but for blobs listed as absent; each NAME is the whole name of an image in it.
"""
import hashlib
import json
import os
import sys

layout, names = sys.argv[1], sys.argv[2:]
problems = []


def path(digest):
    return os.path.join(layout, "blobs", *digest.split(":"))


def walk(descriptor, absent):
    digest, where = descriptor["digest"], path(descriptor["digest"])
    if digest in absent:
        return
    if not os.path.isfile(where) or os.path.getsize(where) != descriptor["size"]:
        problems.append(f"{digest}: missing, or not of {descriptor['size']} bytes")
        return
    if "manifest" not in descriptor["mediaType"] and "index" not in descriptor["mediaType"]:
        return
    with open(where, "rb") as file:
        value = json.load(file)
    for child in value.get("manifests", []) + value.get("layers", []) + [value[k] for k in ("config",) if k in value]:
        walk(child, absent)


with open(layout + "/oci-layout", "rb") as file:
    if json.load(file).get("imageLayoutVersion") != "1.0.0":
        problems.append("oci-layout: wrong version")
with open(layout + "/index.json", "rb") as file:
    index = json.load(file)
for algorithm in os.listdir(layout + "/blobs"):
    for name in os.listdir(f"{layout}/blobs/{algorithm}"):
        with open(f"{layout}/blobs/{algorithm}/{name}", "rb") as file:
            if hashlib.new(algorithm, file.read()).hexdigest() != name:
                problems.append(f"{algorithm}:{name}: other bytes")
absent = set(index.get("annotations", {}).get("org.ociutils.absent", "").replace(",", " ").split())
for entry in index["manifests"]:
    walk(entry, absent)
found = [entry.get("annotations", {}).get("io.containerd.image.name") for entry in index["manifests"]]
problems += [f"{name}: not in index.json" for name in names if name not in found]
problems += [f"{name}: twice in index.json" for name in found if name and found.count(name) > 1]
if problems:
    sys.exit("\n".join(problems))
