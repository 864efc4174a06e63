#!/bin/bash
# Makes images with other people's tools, each of several layers that change one another, in an OCI layout.
#
# usage: made.sh BUSYBOX LAYOUT DOCKER PODMAN
#
# Adds to a layout. BUSYBOX is the image to begin with (skopeo's words), DOCKER and PODMAN are the commands that reach them.
# Images: docker (commit), built (docker build), podman (commit), buildah, umoci. Run in an empty directory.
set -euo pipefail
busybox=$1 layout=$2 docker=$3 podman=$4
copy="skopeo --insecure-policy copy -q"

# What is done in a container, by busybox.
steps=(
  '/bin/busybox --install -s /bin; mkdir -p /d/sub; echo one > /d/one; echo two > /d/sub/two; ln /d/one /d/hard; ln -s one /d/soft; chmod 4755 /d/one
   mkdir -m 1777 /sticky; mkdir /empty; mkfifo /fifo; chown 12:34 /d/sub /d/sub/two; echo kept > /kept; ln /kept /kept2; rm /bin/uname'
  'rm /d/one; rm -r /d/sub; mkdir /d/sub; echo new > /d/sub/new; rm -r /sticky; echo file > /sticky; echo more >> /d/hard
   rmdir /empty; ln -s d /empty; chmod 600 /kept; mv /tmp /moved'
  'rm -r /d; mkdir /d; echo last > /d/last; rm /sticky; mkdir /sticky; rm /empty; mkdir -p /empty/again; mkdir /tmp; echo > /bin/uname'
)
# What only the host's tools can do, in a directory with a root file system.
host() {
  case $2 in
    0) mkdir "$1/d"; echo acl > "$1/d/acl"; setfacl -m u:1234:rw "$1/d/acl"; setfattr -n user.one -v 1 "$1/d/acl"
       cp /bin/true "$1/d/ping"; setcap cap_net_raw+ep "$1/d/ping"; truncate -s 5M "$1/d/sparse"; echo x >> "$1/d/sparse"
       mknod "$1/null" c 1 3; mknod "$1/block" b 7 99; touch -d @1700000000.123456789 "$1/d/acl"; chown 55:66 "$1/d"
       printf x > "$1/"$'caf\351'; printf x > "$1/d/$(printf 'n%.0s' {1..255})"; chmod 2711 "$1/d" ;;
    1) setfattr -x user.one "$1/d/acl"; setcap cap_chown+ep "$1/d/ping"; rm "$1/null"; mkdir "$1/null"; rm "$1/"$'caf\351'
       rm "$1/block"; ln "$1/d/acl" "$1/block"; chmod 0755 "$1/d" ;;
    2) rm -r "$1/d"; mkdir "$1/d"; echo end > "$1/d/end" ;;
  esac
}

$copy "$busybox" docker-archive:busybox.tar:docker.io/library/base:1
for engine in docker podman; do
  run=$docker; [ $engine = docker ] || run=$podman
  $run load -q < busybox.tar >&2
  from=docker.io/library/base:1
  for step in 0 1 2; do
    $run run --name made-$engine-$step --network none "$from" sh -ec "${steps[step]}" >&2
    from=docker.io/library/made-$engine:$step
    $run commit made-$engine-$step "$from" >&2
    $run rm made-$engine-$step >&2
  done
  $run save "$from" > $engine.tar
  $copy docker-archive:$engine.tar "oci:$layout:$engine"
done

mkdir context
{ echo FROM base:1
  echo 'RUN ["sh", "-c", "busybox mkdir -p /srv/a/b; echo x > /srv/a/b/c"]'
  echo 'COPY . /srv/'; echo 'COPY --chown=5:6 a /srv/new/place/'; echo 'RUN ["/bin/busybox", "rm", "-r", "/srv/a"]'; echo 'WORKDIR /srv/work'
} > context/Dockerfile
mkdir context/a; echo changed > context/a/file; ln -s file context/a/link
DOCKER_BUILDKIT=0 $docker build -q --network none -t made-built:1 context >&2
$docker save made-built:1 > built.tar
$copy docker-archive:built.tar "oci:$layout:built"

buildah="buildah --root $PWD/buildah --runroot $PWD/buildah-run --storage-driver overlay"
$copy "$busybox" oci:base:base
from=oci:base:base
for step in 0 1 2; do
  container=$($buildah from -q "$from")
  host "$($buildah mount "$container")" $step
  $buildah umount "$container" >&2
  $buildah commit -q "$container" "oci:$PWD/buildah-$step:made" >&2
  from=oci:$PWD/buildah-$step:made
done
umount -q buildah/overlay || true
$copy "$from" "oci:$layout:buildah"

cp -r base umoci
for step in 0 1 2; do
  umoci unpack --image umoci:base bundle 2>/dev/null
  host bundle/rootfs $step
  umoci repack --image umoci:base bundle 2>/dev/null
  rm -r bundle
done
$copy oci:umoci:base "oci:$layout:umoci"
