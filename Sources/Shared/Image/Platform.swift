import System

/// An operating system and processor (image-spec, image-index.md, `platform`).
public struct Platform: Hashable, Sendable {
  /// GOOS.
  public var os: String
  /// GOARCH.
  public var architecture: String
  /// The variant of the processor, `v7` say.
  public var variant: String?
  /// The version of the operating system, `10.0.17763.1879` say; of weight on Windows only.
  public var osVersion: String?
  /// What the operating system must offer, `win32k` say.
  public var osFeatures: [String]
  /// Every other field, in order.
  public private(set) var otherFields = JSON.Object()

  /// The platform of these parts, as they stand.
  public init(
    os: String, architecture: String, variant: String? = nil, osVersion: String? = nil,
    osFeatures: [String] = []
  ) {
    self.os = os
    self.architecture = architecture
    self.variant = variant
    self.osVersion = osVersion
    self.osFeatures = osFeatures
  }

  /// The platform of this machine.
  public static var host: Platform {
    #if arch(x86_64)
      Platform(os: "linux", architecture: "amd64")
    #elseif arch(arm64)
      Platform(os: "linux", architecture: "arm64")
    #elseif arch(arm)
      Platform(os: "linux", architecture: "arm", variant: "v7")
    #elseif arch(i386)
      Platform(os: "linux", architecture: "386")
    #elseif arch(riscv64)
      Platform(os: "linux", architecture: "riscv64")
    #elseif arch(powerpc64le)
      Platform(os: "linux", architecture: "ppc64le")
    #elseif arch(s390x)
      Platform(os: "linux", architecture: "s390x")
    #endif
  }
}

extension Platform {
  private static let known: Set = ["architecture", "os", "os.version", "os.features", "variant"]

  /// The platform that an object describes, or is part of: then the object's other fields are not the platform's.
  init(_ fields: Fields, isWhole: Bool = true) throws(Failure) {
    architecture = try fields.required("architecture", fields.string("architecture"))
    os = try fields.required("os", fields.string("os"))
    osVersion = try fields.string("os.version")
    osFeatures = try fields.strings("os.features") ?? []
    variant = try fields.string("variant")
    if isWhole { otherFields = fields.others(Self.known) }
  }

  /// The platform as a member of a descriptor.
  var json: JSON {
    var object: JSON.Object = ["architecture": .string(architecture), "os": .string(os)]
    object["os.version"] = osVersion.map(JSON.string)
    if !osFeatures.isEmpty { object["os.features"] = .array(osFeatures.map(JSON.string)) }
    object["variant"] = variant.map(JSON.string)
    for member in otherFields.members { object[member.key] = member.value }
    return .object(object)
  }
}
