extension RunCase {
  /// What is run.
  static let command: [RunCase] = [
    RunCase("entrypoint and cmd make the command", "run @entry", output: "entry cmd two words"),
    RunCase("arguments take cmd's place", "run @entry a 'b c'", output: "entry a b c"),
    RunCase("an entrypoint alone", "run @only-entry", output: "entry"),
    RunCase("an entrypoint alone with arguments", "run @only-entry x", output: "entry x"),
    RunCase("a shell form gets the arguments as $0 and $@", "run @shell", output: "shell cmd"),
    RunCase("a shell form with arguments", "run @shell one two", output: "shell one two"),
    RunCase("--entrypoint takes entrypoint's place and drops cmd", "run --entrypoint echo @entry"),
    RunCase("--entrypoint with arguments", "run --entrypoint cat @entry /data/file", output: "of the image"),
    RunCase("an empty --entrypoint takes both away", "run --entrypoint '' @entry echo bare", output: "bare"),
    RunCase("an empty --entrypoint leaves nothing to run", "run --entrypoint '' @entry", status: 125),
    RunCase("no command at all", "run @nothing", status: 125),
    RunCase("an image from scratch with a static binary", "run @scratch", output: "static"),
    RunCase("an image from scratch with arguments", "run @scratch printf '%s,' a b", output: "a,b,"),
    RunCase(
      "a Python application", "run @python",
      output: #"hello ['/0', '/1', '/2']\#n328350\#n1b977e9f84f1\#nbob /app"#, status: 9),
    RunCase("120 layers", "run @many cat last layer-0 layer-118", output: #"118\#n0\#n118"#),
    RunCase(
      "arguments are bytes", #"run @base printf '%s|' '' ' ' "$(printf '\303\244')" '$HOME' '*'"#,
      output: "| |ä|$HOME|*|"),
    RunCase("options behind the image are the command's", "run @base echo -e --rm -it", output: "--rm -it"),
  ]

  /// Its variables.
  static let variables: [RunCase] = [
    RunCase(
      "the image's variables", "run @env env | grep -v HOSTNAME | sort",
      output: #"A=image\#nB=two words\#nEMPTY=\#nHOME=/root\#nPATH=/bin:/usr/bin"#),
    RunCase(
      "-e sets, replaces and takes from the caller",
      #"export C=caller; run -e A=new -e C -e D= @env sh -c 'echo "$A|$B|$C|${D-unset}|${EMPTY-unset}"'"#,
      output: "new|two words|caller||"),
    RunCase("-e of what the caller has not", "run -e NONE @base sh -c 'echo ${NONE-unset}'", output: "unset"),
    RunCase("the last -e wins", "run -e A=1 -e A=2 @base sh -c 'echo $A'", output: "2"),
    RunCase("a value may have =", "run -e A=b=c @base sh -c 'echo $A'", output: "b=c"),
    RunCase(
      "--env-file",
      #"printf '# no\n\nA=file\nB="quoted"\nC=x # y\n  D=indented\n' > f; run --env-file f -e A=option @base sh -c 'echo "$A|$B|$C|$D"'"#,
      output: #"option|"quoted"|x # y|indented"#),
    RunCase(
      "--env-file takes names from the caller",
      #"export E=caller; printf 'E\nNONE\n' > f; run --env-file f @base sh -c 'echo "$E|${NONE-unset}"'"#,
      output: "caller|unset"),
    RunCase(
      "HOME is that of the user",
      "run @base sh -c 'echo $HOME'; run -u bob @base sh -c 'echo $HOME'; run -u 4242 @base sh -c 'echo $HOME'",
      output: #"/root\#n/home/bob\#n/"#),
    RunCase(
      "HOSTNAME is the host's name",
      "run --hostname box @base sh -c 'echo $HOSTNAME; hostname; cat /etc/hostname'",
      output: #"box\#nbox\#nbox"#),
    RunCase(
      "PATH has a default", "run @scratch env | grep PATH",
      output: "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    RunCase("TERM is set with a terminal only", "run @base sh -c 'echo ${TERM-unset}'", output: "unset"),
    RunCase(
      "nothing of the caller's comes in", "export SECRET=1; run @base env | grep -c SECRET", output: "0",
      status: 1),
  ]

  /// Where it starts.
  static let directory: [RunCase] = [
    RunCase("the working directory is made", "run @env pwd", output: "/made/deep"),
    RunCase("-w is made", "run -w /a/b/c @base sh -c 'pwd; stat -c %u:%a .'", output: #"/a/b/c\#n0:755"#),
    RunCase("-w takes the place of the image's", "run -w /tmp @work pwd", output: "/tmp"),
    RunCase("the image's working directory", "run @work pwd", output: "/home/bob"),
    RunCase("-w must be absolute", "run -w a/b @base pwd", status: 125),
    RunCase("-w in a file", "run -w /data/file/x @base pwd", status: 125),
    RunCase(
      "-w in a volume is made there", "mkdir v; run -v $PWD/v:/v -w /v/deep @base pwd; ls v",
      output: #"/v/deep\#ndeep"#),
  ]

  /// As whom it runs.
  static let users: [RunCase] = [
    RunCase("root by default", "run @base id", output: "uid=0(root) gid=0(root) groups=0(root)"),
    RunCase(
      "a user by name has its groups", "run -u bob @base id",
      output: "uid=1000(bob) gid=1000(bob) groups=10(wheel),44(video),1000(bob)"),
    RunCase(
      "a user by number has its groups too", "run -u 1000 @base id",
      output: "uid=1000(bob) gid=1000(bob) groups=10(wheel),44(video),1000(bob)"),
    RunCase(
      "a user and a group", "run -u bob:video @base id",
      output: "uid=1000(bob) gid=44(video) groups=44(video)"),
    RunCase(
      "numbers that no file knows", "run -u 4242:4343 @base id", output: "uid=4242 gid=4343 groups=4343"),
    RunCase(
      "a number alone that no file knows", "run -u 4242 @base id",
      output: "uid=4242 gid=0(root) groups=0(root)"),
    RunCase("a group alone", "run -u :10 @base id", output: "uid=0(root) gid=10(wheel) groups=10(wheel)"),
    RunCase("an unknown user", "run -u carol @base id", status: 125),
    RunCase("an unknown group", "run -u bob:carols @base id", status: 125),
    RunCase("a number too large", "run -u 4294967296 @base id", status: 125),
    RunCase(
      "the image's user", "run @user id",
      output: "uid=1000(bob) gid=1000(bob) groups=10(wheel),44(video),1000(bob)"),
    RunCase(
      "the image's user by number", "run @user-number id",
      output: "uid=1000(bob) gid=77(alone) groups=77(alone)"),
    RunCase("an image's user that is not there", "run @user-missing id", status: 125),
    RunCase("-u takes the place of the image's", "run -u root @user id -u", output: "0"),
    RunCase(
      "--group-add", "run --group-add alone --group-add 4242 -u bob @base id",
      output: "uid=1000(bob) gid=1000(bob) groups=10(wheel),44(video),77(alone),1000(bob),4242"),
    RunCase("--group-add of an unknown group", "run --group-add carols @base id", status: 125),
    RunCase("a user without /etc/passwd", "run -u 5:6 @scratch id", output: "uid=5 gid=6 groups=6"),
    RunCase("a named user without /etc/passwd", "run -u bob @scratch id", status: 125),
  ]

  /// How it begins and ends.
  static let life: [RunCase] = [
    RunCase("the command's status", "run @base sh -c 'exit 42'", status: 42),
    RunCase("a command that is not there", "run @base none-such", status: 127),
    RunCase("a path that is not there", "run @base /none/such", status: 127),
    RunCase("a file that may not be executed", "run @base /broken/plain", status: 126),
    RunCase("a directory", "run @base /bin", status: 126),
    RunCase(
      "an interpreter that is not there", "run @base /broken/interpreter", status: 127,
      differs: "127 and 126 as the shell has them; docker learns of it too late and says 1"),
    RunCase(
      "a foreign architecture", "run @base /broken/foreign", status: 126,
      differs: "126 as the shell has it; docker learns of it too late and says 1"),
    RunCase(
      "an empty program", "run @base /broken/nothing", status: 126,
      differs: "126 as the shell has it; docker learns of it too late and says 1"),
    RunCase(
      "a script without its first line", "run @base /broken/script", status: 126,
      differs: "126 as the shell has it; docker learns of it too late and says 1"),
    RunCase("an unknown option", "run --nonsense @base true", status: 125),
    RunCase("an image that is not there", "engine @none-such true", status: 125),
    RunCase(
      "the image's stop signal",
      #"begin @stop sh -c 'trap "echo usr1; exit 5" USR1; trap "echo term; exit 6" TERM; echo ready; while :; do sleep 0.1; done' > out & await ready out; kill -TERM $!; wait $!; s=$?; cat out; exit $s"#,
      output: #"ready\#nusr1"#, status: 5,
      differs: "docker run passes TERM itself on: the image's signal is what docker stop sends"),
    RunCase(
      "--init gives the command's other signals", "run --init @base sh -c 'kill -TERM $$'", status: 143),
    RunCase(
      "process 1 ignores signals it has no handler for", "run @base sh -c 'kill -TERM $$; echo alive'",
      output: "alive"),
    RunCase(
      "a signal is passed on",
      #"begin @base sh -c 'trap "echo term; exit 3" TERM; echo ready; while :; do sleep 0.1; done' > out & await ready out; kill -TERM $!; wait $!; s=$?; cat out; exit $s"#,
      output: #"ready\#nterm"#, status: 3),
    RunCase(
      "SIGHUP and SIGUSR2 are passed on",
      #"begin @base sh -c 'trap "echo hup" HUP; trap "echo usr2; exit 0" USR2; echo ready; while :; do sleep 0.1; done' > out & await ready out; kill -HUP $!; await hup out; kill -USR2 $!; wait $!; s=$?; cat out; exit $s"#,
      output: #"ready\#nhup\#nusr2"#),
    RunCase(
      "--init reaps",
      "run --init @base sh -c '[ $$ != 1 ] && echo child; (sleep 0.1 &); sleep 0.6; ps -o stat | grep -c Z'",
      output: #"child\#n0"#, status: 1),
    RunCase(
      "--init passes signals on",
      #"begin --init @base sh -c 'trap "echo term; exit 4" TERM; echo ready; while :; do sleep 0.1; done' > out & await ready out; kill -TERM $!; wait $!; s=$?; cat out; exit $s"#,
      output: #"ready\#nterm"#, status: 4),
    RunCase("--init gives the command's signal", "run --init @base sh -c 'kill -KILL $$'", status: 137),
    RunCase("-i reads standard input", "echo in | run -i @base cat", output: "in"),
    RunCase("without -i standard input is empty", "echo in | run @base cat"),
    RunCase("-i with much", "head -c 3000000 /dev/zero | run -i @base sh -c 'wc -c'", output: "3000000"),
    RunCase("standard error is apart", "run @base sh -c 'echo out; echo err >&2' 2>/dev/null", output: "out"),
    RunCase(
      "--cidfile", "run --cidfile cid @base true; wc -c < cid; grep -cE '^[0-9a-f]{64}$' cid",
      output: #"64\#n1"#),
    RunCase("--cidfile that is there", ": > cid; run --cidfile cid @base echo ran", status: 125),
    RunCase(
      "the host name begins the id",
      #"run --cidfile cid @base hostname > name; [ "$(cat name)" = "$(head -c12 cid)" ] && echo so"#,
      output: "so"),
    RunCase("--name cannot be nonsense", "run --name 'a b' @base true", status: 125),
    RunCase("background processes go with it", "run @base sh -c 'sleep 1000 & echo gone'", output: "gone"),
  ]
}
