import Image
import System
import TestSupport
import Testing
import Transfer
import Verification

@testable import Registry

/// A client of a scripted server, with little patience.
struct HostileSetting {
  let server: ScriptedServer
  let client: RegistryClient
  let reference: Reference
  let scratch: Scratch
  let notices: Monitor<[String]>
  let traces: Monitor<[String]>

  init(
    insecure: Bool = false, environment: [String: String] = [:], files: [String: String] = [:],
    options: RegistryOptions? = nil, _ script: @escaping ScriptedServer.Script
  ) throws {
    let server = try ScriptedServer(script)
    self.server = server
    scratch = try Scratch()
    let host = "127.0.0.1:\(server.port)"
    for (name, text) in files { try scratch.write(name, text.replacing("HOST", with: host)) }
    var environment = environment
    environment["HOME"] = "\(scratch.path)/home"
    let notices = Monitor([String]())
    let traces = Monitor([String]())
    self.notices = notices
    self.traces = traces
    client = try RegistryClient(
      configuration(scratch, insecure: insecure ? [host] : [], environment: environment),
      options ?? Self.impatient,
      notice: { text in notices.update { $0.append(text) } },
      trace: { text in traces.update { $0.append(text) } })
    reference = try Reference(parsing: "\(host)/app")
  }

  static var impatient: RegistryOptions {
    var options = RegistryOptions()
    options.retry.firstDelay = 0.01
    options.patience = Patience(connect: 5, stall: 1)
    return options
  }

  /// A source as it is after resolving a manifest.
  var source: RegistrySource {
    let raw = Array("{}".utf8)
    return RegistrySource(
      client,
      Resolved(
        reference: reference,
        descriptor: Descriptor(mediaType: .imageManifest, digest: .of(raw), size: UInt64(raw.count)), raw: raw
      ))
  }

  func read(_ blob: [UInt8], from offset: UInt64 = 0) throws(Failure) -> [UInt8] {
    let descriptor = HostileSetting.descriptor(blob)
    let prefix = offset > 0 ? UnverifiedBytes(MemoryReader(blob.prefix(Int(offset)))) : nil
    let bytes = try source.bytes(of: descriptor, from: offset)
    return try VerifiedReader(descriptor, bytes, after: prefix).readAll()
  }

  static func descriptor(_ blob: [UInt8]) -> Descriptor {
    Descriptor(mediaType: .layerGzip, digest: .of(blob), size: UInt64(blob.count))
  }
}

/// The failure of `body`.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch { return error as? Failure }
}
