/// An instruction; its words are as written: `expanded(_:)` puts in the values of variables.
public struct Instruction: Sendable, Equatable {
  /// What it says.
  public var kind: Kind
  /// Where it stands.
  public var origin: SourceText

  /// `kind` as it stands in `origin`.
  public init(_ kind: Kind, _ origin: SourceText) {
    self.kind = kind
    self.origin = origin
  }

  /// One instruction of the language; FROM begins a `Stage`.
  public enum Kind: Sendable, Equatable {
    /// Names, with a default or without one.
    case arg([Assignment])
    case env([Assignment])
    case label([Assignment])
    case run(RunInstruction)
    case copy(CopyInstruction)
    /// ADD: as COPY, and takes archives apart and addresses.
    case add(CopyInstruction)
    case cmd(CommandForm)
    case entrypoint(CommandForm)
    case shell([String])
    case expose([String])
    case volume([String])
    case user(String)
    case workdir(String)
    case stopSignal(String)
    case healthcheck(HealthcheckInstruction)
    /// The instruction that is to be executed later, as text.
    case onBuild(String)
    case maintainer(String)
  }
}

/// `NAME=VALUE`; of ARG also `NAME` alone.
public struct Assignment: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The value; nil where there is none.
  public var value: String?
  /// Whether it is written `NAME VALUE`, the old way of ENV and LABEL.
  public var isLegacy = false

  /// `name`, with a value.
  public init(_ name: String, _ value: String?) {
    self.name = name
    self.value = value
  }
}

/// A command as a text for a shell or as its arguments.
public enum CommandForm: Sendable, Equatable {
  case shell(String)
  /// The JSON array; may be empty.
  case exec([String])
}

/// A here-document: lines between `<<NAME` and `NAME`.
public struct Heredoc: Sendable, Equatable {
  /// The word that ends it.
  public var name: String
  /// Its lines, each with its line end; tabs that `<<-` takes away are gone.
  public var content: String
  /// Whether variables in it are expanded: the word stood without quotation marks.
  public var isExpanded: Bool
  /// The descriptor before `<<`, as in `3<<EOF`; 0 where there is none.
  public var descriptor: Int

  /// A document of `content` that ends with `name`.
  public init(name: String, content: String, isExpanded: Bool = true, descriptor: Int = 0) {
    self.name = name
    self.content = content
    self.isExpanded = isExpanded
    self.descriptor = descriptor
  }
}

/// `RUN [--mount=…]… [--network=…] [--security=…] COMMAND`.
public struct RunInstruction: Sendable, Equatable {
  /// The command as written; the words `<<NAME` of here-documents are still in it.
  public var command: CommandForm
  /// The here-documents, in order.
  public var heredocs: [Heredoc] = []
  /// The texts of `--mount=`; see `RunMount`.
  public var mounts: [String] = []
  /// `default`, `none` or `host`.
  public var network: String?
  /// `sandbox` or `insecure`.
  public var security: String?

  /// `RUN command`.
  public init(_ command: CommandForm) { self.command = command }
}

/// `COPY` and `ADD` with their options.
public struct CopyInstruction: Sendable, Equatable {
  /// What is copied: patterns, addresses (of ADD), or names of here-documents.
  public var sources: [CopySource] = []
  /// Where to.
  public var destination = ""
  /// A stage, an image or a named context; of COPY only.
  public var from: String?
  /// `USER[:GROUP]`.
  public var chown: String?
  /// Octal, or symbolic as chmod(1) has it.
  public var chmod: String?
  /// Whether the layer does not depend on those below it.
  public var isLinked = false
  /// Whether the parents of sources are kept (those after a `/./`, if there is one).
  public var keepsParents = false
  /// Patterns of what is left out.
  public var excludes: [String] = []
  /// Of ADD: the digest that the file at an address has to have.
  public var checksum: String?
  /// Of ADD: whether `.git` of a git address is kept.
  public var keepsGitDirectory = false
  /// Of ADD: whether archives are taken apart; nil: local ones are, those at addresses not.
  public var unpacks: Bool?

  /// Nothing to be copied.
  public init() {}
}

/// One source of COPY or ADD.
public enum CopySource: Sendable, Equatable {
  /// A pattern, path or address.
  case path(String)
  /// A here-document, which becomes a file of its name.
  case heredoc(Heredoc)
}

/// `HEALTHCHECK`; times in nanoseconds, nil where not given.
public struct HealthcheckInstruction: Sendable, Equatable {
  /// The command; nil for NONE.
  public var command: CommandForm?
  /// The time between two checks.
  public var interval: Int64?
  /// The time after which one counts as failed.
  public var timeout: Int64?
  /// The time at the start in which failures don't count.
  public var startPeriod: Int64?
  /// The time between two checks at the start.
  public var startInterval: Int64?
  /// The failures in a row after which it counts as unhealthy.
  public var retries: Int64?

  /// `HEALTHCHECK NONE`, or a test.
  public init(_ command: CommandForm?) { self.command = command }
}

/// One `--mount=` of RUN, its variables expanded.
public struct RunMount: Sendable, Equatable {
  /// What is mounted.
  public enum Kind: String, Sendable, CaseIterable {
    case bind
    case cache
    case tmpfs
    case secret
    case ssh
  }

  /// How processes share a cache.
  public enum Sharing: String, Sendable, CaseIterable {
    case shared
    case `private`
    case locked
  }

  /// What is mounted.
  public var kind = Kind.bind
  /// Where; empty where a default holds (secrets: /run/secrets/ID, ssh: /run/buildkit/ssh_agent.N).
  public var target = ""
  /// What of `from` it is.
  public var source = ""
  /// A stage, an image or a named context; nil: the build context (of a bind), nothing (of a cache).
  public var from: String?
  /// Whether it can't be written to; nil where not said.
  public var isReadOnly: Bool?
  /// The name of a cache, a secret or an agent.
  public var id: String?
  /// How a cache is shared.
  public var sharing = Sharing.shared
  /// Of a tmpfs: bytes.
  public var size: UInt64?
  /// Whether it is an error if there is no such secret or agent.
  public var isRequired = false
  /// The mode, of caches, secrets and sockets.
  public var mode: UInt32?
  /// The owner.
  public var uid: UInt32?
  /// The group.
  public var gid: UInt32?
  /// Of a secret: the variable that gets it.
  public var env: String?

  /// A bind of the build context.
  public init() {}
}
