#!/bin/sh
# Shows the pipe on a machine without internet: a busybox image made out of Debian's busybox-static, a registry
# on a free loopback port, img-pull and img-save between them. Everything it starts it stops.
set -eu

bin=${OCIUTILS_BIN:-$(dirname "$0")/../.build/release}
PATH=$bin:$PATH:/usr/sbin:/sbin
images=$(cd "$(dirname "$0")/../Tests/Commands/Fixtures" && pwd)/images.py
work=$(mktemp -d)
registry=

finish() {
  status=$?
  trap - EXIT INT TERM
  if [ -n "$registry" ]; then
    kill "$registry" 2>/dev/null || :
    wait "$registry" 2>/dev/null || :
  fi
  umount "$work/mnt" 2>/dev/null || :
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for tool in busybox docker-registry curl file tar python3; do
  command -v $tool >/dev/null || { echo "demo: $tool is not installed (make deps)" >&2; exit 1; }
done

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
  bold='' dim='' plain=''
fi

# What comes next, in words.
say() { printf '\n%s# %s%s\n' "$dim" "$1" "$plain"; }

# Prints a command, then runs it.
run() {
  printf '%s$ %s%s\n' "$bold" "$1" "$plain"
  sh -c "$1"
}

cd "$work"
export HOME="$work" TMPDIR="$work" IMG_LAYOUT="$work/images" IMG_LAYERS="$work/layers" XDG_CACHE_HOME="$work/cache"
# No proxy for a registry on this machine.
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy

say 'An image out of /bin/busybox, published in a registry on this machine.'
/usr/bin/python3 "$images" made >/dev/null
for attempt in 1 2 3 4 5; do
  port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >config.yml <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: 127.0.0.1:$port}
END
  docker-registry serve config.yml >registry.log 2>&1 &
  registry=$!
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if curl -s -o /dev/null "http://127.0.0.1:$port/v2/"; then break 2; fi
    kill -0 "$registry" 2>/dev/null || break
    sleep 0.1
  done
  [ "$attempt" -lt 5 ] || { cat registry.log >&2; echo 'demo: the registry does not start' >&2; exit 1; }
  kill "$registry" 2>/dev/null || :
done

run "img-push made:busybox:latest 127.0.0.1:$port/busybox"
run "img-push --progress plain made:app:latest 127.0.0.1:$port/app"

say 'The pipe: registry to archive, nothing in between.'
run "img-pull 127.0.0.1:$port/busybox | img-save > busy.img"
run 'file busy.img'
run 'tar -tf busy.img'

say 'Into a directory, an OCI image layout. Standard output says how to name the image from now on.'
run "img-pull --progress plain -o store 127.0.0.1:$port/app"

say 'A second pull moves nothing.'
run "img-pull --progress plain -o store 127.0.0.1:$port/app"

say 'Remove it, and have it back from the archive.'
run "img-pull -q -o store 127.0.0.1:$port/busybox"
run "img-ls store"
run "img-rm store:127.0.0.1:$port/busybox"
run 'img-load -i busy.img -o store'

say 'Another name, pushed to the registry: nothing is sent twice.'
run "img-tag store:127.0.0.1:$port/busybox 127.0.0.1:$port/team/busybox:1"
run 'img-ls store'
run "img-push --progress plain store:127.0.0.1:$port/team/busybox:1 127.0.0.1:$port/team/busybox:1"

say 'What is in it, and which layers images share.'
run "img-inspect store:127.0.0.1:$port/busybox"
run 'img-ls --tree store'

if [ "$(id -u)" = 0 ]; then
  say 'Mounted: each layer is unpacked once, into a directory that images share.'
  mkdir mnt
  run "img-mount --progress plain store:127.0.0.1:$port/app mnt"
  run 'mount | tail -n 1'
  run 'img-mount'
  run 'ls mnt; img-mount -u mnt'
  run "img-mount --progress plain store:127.0.0.1:$port/busybox mnt -- ls -l mnt"
  run 'ls -d layers/*/*'

  say 'Run: in namespaces of its own, with nothing left behind.'
  run "ctr-run --net none store:127.0.0.1:$port/busybox echo Hello"
  run "img-pull -q 127.0.0.1:$port/busybox | ctr-run --net none - sh -c 'echo Hello from \$HOSTNAME; id'"
fi

if [ "$(id -u)" = 0 ]; then
  say 'Built: the classic example, from a Dockerfile.'
  mkdir app
  # shellcheck disable=SC2016 # It is the container that asks for its name.
  printf '#!/bin/sh\necho "Hello this is $(hostname)"\n' >app/hello.sh
  printf 'FROM busybox\nADD hello.sh /app/\nWORKDIR /app\nCMD ["sh", "hello.sh"]\n' >app/Dockerfile
  run 'cat app/Dockerfile'
  run 'img-tag made:busybox:latest busybox'
  run 'IMG_LAYOUT=made img-build -t hello -o store app'
  run 'img-ls store'
  run 'ctr-run --net none store:hello'
  say 'A second time there is nothing to do; and what is built may go on by a pipe.'
  run 'IMG_LAYOUT=made img-build -t hello -o store app'
  run 'IMG_LAYOUT=made img-build -q -t hello app | img-save | tar -tf - | head -n 3'
fi

say 'From there to anywhere.'
run "img-save store:127.0.0.1:$port/app | tar -xOf - manifest.json; echo"

say 'Verified all the way: change one byte, and the next command in the pipe fails as well.'
blob=$(find store/blobs/sha256 -size +100k | sort | head -n 1)
printf '%s$ printf X | dd of=%s bs=1 seek=5000 conv=notrunc%s\n' "$bold" "$blob" "$plain"
printf X | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
run "img-save store:127.0.0.1:$port/app > broken.img || echo \"exit status \$?\""
