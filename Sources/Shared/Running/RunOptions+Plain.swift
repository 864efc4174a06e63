import CommandLine

// The options read without ArgumentParser: for each group all names, and what they are where they are not given. That
// both readings agree is tested with every option there is.

extension ProcessOptions {
  /// Reads `option`; false where it is none of these, or not read here.
  public mutating func take(_ option: String, _ arguments: inout PlainArguments) -> Bool {
    switch option {
    case "-i", "--interactive": arguments.set(&interactive)
    case "-t", "--tty": arguments.set(&tty)
    case "-e", "--env": arguments.add(to: &env)
    case "--env-file": arguments.add(to: &envFile)
    case "-u", "--user": arguments.set(&user)
    case "--group-add": arguments.add(to: &groupAdd)
    case "-w", "--workdir": arguments.set(&workdir)
    case "--entrypoint": arguments.set(&entrypoint)
    case "--init": arguments.set(&hasReaper)
    case "--stop-signal": arguments.set(&stopSignal)
    case "--stop-timeout": arguments.set(&stopTimeout)
    case "--umask": arguments.set(&umask)
    case "--ulimit": arguments.add(to: &ulimit)
    case "--oom-score-adj": arguments.set(&oomScoreAdj)
    case "--preserve-fds": arguments.set(&preserveFds)
    case "--stdin-fd": arguments.set(&stdinFd)
    default: false
    }
  }

  /// All as they are where none is given.
  public mutating func clear() {
    interactive = false
    tty = false
    env = []
    envFile = []
    user = nil
    groupAdd = []
    workdir = nil
    entrypoint = nil
    hasReaper = false
    stopSignal = nil
    stopTimeout = nil
    umask = nil
    ulimit = []
    oomScoreAdj = nil
    preserveFds = 0
    stdinFd = nil
  }
}

extension FileOptions {
  /// Reads `option`; false where it is none of these, or not read here.
  public mutating func take(_ option: String, _ arguments: inout PlainArguments) -> Bool {
    switch option {
    case "-v", "--volume": arguments.add(to: &volume)
    case "--mount": arguments.add(to: &mount)
    case "--tmpfs": arguments.add(to: &tmpfs)
    case "--read-only": arguments.set(&readOnly)
    case "--rootfs": arguments.set(&rootfs)
    case "--keep": arguments.set(&keep)
    case "--shm-size": arguments.set(&shmSize)
    case "--device": arguments.add(to: &device)
    default: false
    }
  }

  /// All as they are where none is given.
  public mutating func clear() {
    volume = []
    mount = []
    tmpfs = []
    readOnly = false
    rootfs = nil
    keep = nil
    shmSize = nil
    device = []
  }
}

extension NetworkOptions {
  /// Reads `option`; false where it is none of these, or not read here.
  public mutating func take(_ option: String, _ arguments: inout PlainArguments) -> Bool {
    switch option {
    case "--network", "--net": arguments.set(&network)
    case "-p", "--publish": arguments.add(to: &publish)
    case "-h", "--hostname": arguments.set(&hostname)
    case "--add-host": arguments.add(to: &addHost)
    case "--dns": arguments.add(to: &dns)
    case "--dns-search": arguments.add(to: &dnsSearch)
    case "--dns-option": arguments.add(to: &dnsOption)
    case "--sysctl": arguments.add(to: &sysctl)
    default: false
    }
  }

  /// All as they are where none is given.
  public mutating func clear() {
    network = nil
    publish = []
    hostname = nil
    addHost = []
    dns = []
    dnsSearch = []
    dnsOption = []
    sysctl = []
  }
}

extension ConfinementOptions {
  /// Reads `option`; false where it is none of these, or not read here.
  public mutating func take(_ option: String, _ arguments: inout PlainArguments) -> Bool {
    switch option {
    case "-m", "--memory": arguments.set(&memory)
    case "--memory-swap": arguments.set(&memorySwap)
    case "--cpus": arguments.set(&cpus)
    case "--cpuset-cpus": arguments.set(&cpusetCpus)
    case "--pids-limit": arguments.set(&pidsLimit)
    case "--blkio-weight": arguments.set(&blkioWeight)
    case "--cap-add": arguments.add(to: &capAdd)
    case "--cap-drop": arguments.add(to: &capDrop)
    case "--security-opt": arguments.add(to: &securityOpt)
    case "--privileged": arguments.set(&privileged)
    case "--userns": arguments.set(&userns)
    default: false
    }
  }

  /// All as they are where none is given.
  public mutating func clear() {
    memory = nil
    memorySwap = nil
    cpus = nil
    cpusetCpus = nil
    pidsLimit = nil
    blkioWeight = nil
    capAdd = []
    capDrop = []
    securityOpt = []
    privileged = false
    userns = nil
  }
}

extension LifeOptions {
  /// Reads `option`; false where it is none of these, or not read here.
  public mutating func take(_ option: String, _ arguments: inout PlainArguments) -> Bool {
    switch option {
    case "--name": arguments.set(&name)
    case "--rm": arguments.set(&isRemoved)
    case "--cidfile": arguments.set(&cidfile)
    case "--pidfile": arguments.set(&pidfile)
    case "--bundle": arguments.set(&bundle)
    default: false
    }
  }

  /// All as they are where none is given.
  public mutating func clear() {
    name = nil
    isRemoved = false
    cidfile = nil
    pidfile = nil
    print = nil
    bundle = nil
  }
}
