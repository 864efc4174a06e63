// swift-tools-version: 6.2
import PackageDescription

// One executable per command; the toolkit they share lies in Sources/Shared, one target per folder.
// A target imports only targets further down this file (docs/decisions/0001-the-house.md).

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The Swift run-time inside, and what ArgumentParser needs of Foundation.
let staticRuntime = [
  "-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections", "-lswiftSynchronization",
]

/// The same, and the C libraries: nothing is looked for when it starts.
let whollyStatic = [
  "-static-executable", "-l_FoundationCShims", "-l_FoundationCollections", "-lswiftSynchronization",
]

/// A toolkit target in Sources/Shared.
func shared(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Shared/\(name)", swiftSettings: strict)
}

/// A command: flags and composition.
///
/// Released commands carry the Swift run-time inside.
func command(_ name: String, _ dependencies: [Target.Dependency], isStatic: Bool = false) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
    path: "Sources/\(name)",
    swiftSettings: strict,
    linkerSettings: [.unsafeFlags(isStatic ? whollyStatic : staticRuntime, .when(configuration: .release))]
  )
}

/// A C library of the system, found by pkg-config where it has an entry there.
func library(_ name: String, _ pkgConfig: String?, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)Tests",
    swiftSettings: strict)
}

let commands = [
  command(
    "img-pull",
    ["RegistryCommand", "CommandLine", "Registry", "Layout", "Image", "System"]),
  command("img-push", ["RegistryCommand", "CommandLine", "Transfer", "Image", "System"]),
  command("img-load", ["ImageCommand", "CommandLine", "Transfer", "Layout", "Image", "System"]),
  command("img-save", ["ImageCommand", "CommandLine", "Transfer", "Layout", "Image", "System"]),
  command("img-ls", ["Listing", "CommandLine", "Image", "System"]),
  command("img-tag", ["ImageCommand", "CommandLine", "Layout", "Image", "System"]),
  command("img-mount", ["Mounting", "ImageCommand", "CommandLine", "Image", "System"]),
  command("img-rm", ["ImageCommand", "CommandLine", "Image", "System"]),
  command(
    "img-inspect", ["Inspection", "ImageCommand", "CommandLine", "Transfer", "Layer", "Image", "System"]),
  command("img-build", ["Building", "ImageCommand", "CommandLine", "Image", "System"]),
  command("ctr-run", ["Running", "CommandLine", "Image", "System"], isStatic: true),
]

let package = Package(
  name: "ociutils",
  products: commands.map { .executable(name: $0.name, targets: [$0.name]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: commands + [
    shared(
      "Building",
      [
        "ImageCommand", "CommandLine", "Build", "LayerStore", "Transfer", "Layout", "Dockerfile", "Image",
        "System",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    shared(
      "RegistryCommand",
      ["ImageCommand", "CommandLine", "Registry", "Transfer", "Layout", "Image", "System"]),
    shared(
      "Inspection", ["ImageCommand", "CommandLine", "Transfer", "Layout", "Layer", "Image", "System"]),
    shared("Listing", ["ImageCommand", "CommandLine", "Transfer", "Image", "System"]),
    shared(
      "Mounting",
      [
        "ImageCommand", "CommandLine", "Unpack", "LayerStore", "Transfer", "Layout", "Image", "System",
      ]),
    shared(
      "Running",
      [
        "CommandLine", "Container", "LayerStore", "Overlay", "Layout", "Verification", "Image", "System",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    shared("ImageCommand", ["CommandLine", "Transfer", "Layout", "Image", "System"]),
    shared(
      "CommandLine",
      ["Image", "System", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    shared(
      "Build",
      [
        "Container", "Unpack", "LayerStore", "Transfer", "Layout", "Layer", "Overlay", "Archive",
        "Verification",
        "Dockerfile", "Image", "System",
      ]),
    shared("Container", ["LayerStore", "Overlay", "CSeccomp", "Image", "System"]),
    shared(
      "Unpack",
      ["LayerStore", "Transfer", "Layout", "Layer", "Overlay", "Verification", "Image", "System"]),
    shared("LayerStore", ["Overlay", "Verification", "Image", "System"]),
    shared("Registry", ["CCurl", "Transfer", "Verification", "Image", "System"]),
    shared("Transfer", ["Layout", "Archive", "Verification", "Image", "System"]),
    shared("Layout", ["Verification", "Image", "System"]),
    shared("Dockerfile", ["Image", "System"]),
    shared("Layer", ["Archive", "Overlay", "System"]),
    shared("Overlay", ["System"]),
    shared("Archive", ["CArchive", "CISAL", "CZlib", "CZstd", "CLZMA", "CBzip2", "System"]),
    shared("Verification", ["CCrypto", "Image", "System"]),
    shared("Image", ["System"]),
    shared("System", ["CLinux"]),
    .target(name: "CLinux", path: "Sources/Shared/CLinux"),
    library("CArchive", nil, apt: "libarchive-dev"),
    library("CISAL", "libisal", apt: "libisal-dev"),
    library("CZlib", "zlib", apt: "zlib1g-dev"),
    library("CZstd", "libzstd", apt: "libzstd-dev"),
    library("CLZMA", "liblzma", apt: "liblzma-dev"),
    library("CBzip2", nil, apt: "libbz2-dev"),
    library("CCrypto", "libcrypto", apt: "libssl-dev"),
    library("CSeccomp", "libseccomp", apt: "libseccomp-dev"),
    library("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),

    .target(name: "TestSupport", dependencies: ["System"], path: "Tests/TestSupport", swiftSettings: strict),
    tests("Image", ["Image", "System"]),
    tests("System", ["System"]),
    tests("Verification", ["Verification", "Image", "System"]),
    tests("Archive", ["Archive", "System"]),
    tests("Layout", ["Layout", "Verification", "Image", "System", "layout-probe"]),
    .executableTarget(
      name: "layout-probe", dependencies: ["Layout", "Verification", "Image", "System"],
      path: "Tests/layout-probe", swiftSettings: strict),
    tests("Overlay", ["Overlay", "System"]),
    tests("Layer", ["Layer", "Overlay", "Archive", "System"]),
    tests("LayerStore", ["LayerStore", "Overlay", "Image", "System", "driver-probe", "layer-probe"]),
    .executableTarget(
      name: "driver-probe", dependencies: ["LayerStore", "Overlay", "Image", "System"],
      path: "Tests/driver-probe", swiftSettings: strict),
    .executableTarget(
      name: "layer-probe", dependencies: ["LayerStore", "Overlay", "Image", "System"],
      path: "Tests/layer-probe", swiftSettings: strict),
    tests(
      "Unpack",
      [
        "Unpack", "LayerStore", "Transfer", "Layout", "Layer", "Overlay", "Archive", "Verification", "Image",
        "System",
      ]),
    tests("Container", ["Container", "LayerStore", "Image", "System", "run-probe"]),
    .executableTarget(
      name: "run-probe", dependencies: ["Container", "System"], path: "Tests/run-probe", swiftSettings: strict
    ),
    tests("Dockerfile", ["Dockerfile", "System"]),
    tests(
      "Build",
      [
        "Build", "Container", "Unpack", "LayerStore", "Transfer", "Layout", "Layer", "Overlay", "Archive",
        "Verification", "Dockerfile", "Image", "System", "step-probe",
      ]),
    .executableTarget(
      name: "step-probe",
      dependencies: ["Build", "Container", "Dockerfile", "LayerStore", "Image", "System"],
      path: "Tests/step-probe", swiftSettings: strict),
    tests("Transfer", ["Transfer", "Layout", "Archive", "Verification", "Image", "System"]),
    tests("Registry", ["Registry", "Transfer", "Verification", "Image", "System"]),
    tests("Building", ["Building", "Build", "CommandLine", "Image", "System"]),
    tests(
      "Running",
      [
        "ctr-run", "CommandLine", "Image", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    tests("CommandLine", ["CommandLine", "Image", "System"]),
    .testTarget(
      name: "CommandTests", dependencies: ["System", "Image"], path: "Tests/Commands",
      exclude: ["Fixtures", "Servers"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
