/// The images of Fixtures/runs.py, and what docker makes of the table of cases; kept below .build.
enum Runs {
  /// The layout with the images.
  static let layout = Result<String, any Error> {
    let made = try runScript(
      """
      set -e; mkdir -p \(Machine.fixtures); cd \(Machine.fixtures); exec 9>runs.lock; flock 9
      fixtures=\(Machine.root)/Tests/Commands/Fixtures
      name=runs-$(cat $fixtures/runs.py $fixtures/images.py $fixtures/application.py /bin/busybox | sha256sum | head -c 12)
      if ! [ -d $name ]; then
        rm -rf runs-* new-runs; PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 $fixtures/runs.py new-runs; mv new-runs $name
      fi
      echo $PWD/$name
      """, in: Machine.root, environment: Machine.environment, timeout: 300)
    guard made.status == 0 else { throw CommandFailed(description: made.description) }
    return made.output
  }

  /// The layer store of all these tests.
  static let store = Result<Server, any Error> { try Server("runs", "exec sleep infinity") }

  /// A directory with what docker printed, FILE, and its status, FILE.status, for each case.
  static let docker = Result<String, any Error> {
    let scratch = try Scratch()
    try scratch.ok("mkdir cases")
    for each in RunCase.all {
      try scratch.write(
        "cases/\(each.file)", each.script("docker -H unix://$DOCKER_SOCKET run --rm", prefix: ""))
    }
    let made = try scratch.run(
      """
      set -e; exec 9>\(Machine.fixtures)/docker-runs.lock; flock 9
      name=\(Machine.fixtures)/docker-runs-$( (cat cases/*; basename \(layout.get())) | sha256sum | head -c 12)
      if ! [ -d $name ]; then
        rm -rf \(Machine.fixtures)/docker-runs-*
        export DOCKER_SOCKET=\(Engine.docker.directory())/sock
        for image in $(grep -oh '@[a-z-]*' cases/* | sort -u | grep -v none-such | tr -d @); do
          img-save -q \(layout.get()):$image:latest | docker -H unix://$DOCKER_SOCKET load >/dev/null
        done
        mkdir results
        ls cases | xargs -P 4 -I FILE bash -c 'mkdir work-FILE; cd work-FILE
          timeout 60 bash -u -o pipefail ../cases/FILE > ../results/FILE 2>/dev/null </dev/null; echo $? > ../results/FILE.status'
        mkdir -p $name.new; cp results/* $name.new; mv $name.new $name
      fi
      echo $name
      """, timeout: 500)
    guard made.status == 0 else { throw CommandFailed(description: made.description) }
    return made.output
  }
}
