import Image
import System
import Testing

@testable import Container

struct OutputConfigurationTests {
  private func draft(_ change: (inout ContainerRequest) -> Void = { _ in }) throws(Failure) -> (
    ContainerDraft, ContainerRequest
  ) {
    var request = ContainerRequest()
    request.network = .none
    request.arguments = ["sh", "-c", "echo $(date) 100%"]
    change(&request)
    var config = RunConfig()
    config.env = ["A=1", "PATH=/bin"]
    config.workingDir = "srv"
    config.user = "7:8"
    config.volumes = ["/data"]
    config.stopSignal = "SIGQUIT"
    let source = ContainerSource(
      config: config, root: .directory("/x"), accounts: Accounts(passwd: [], group: []),
      host: HostFacts(id: String(repeating: "ab", count: 32), directory: "/here"))
    let draft = try request.draft(source) { (_) throws(Failure) in throw Failure(.notFound, "", "no image") }
    return (draft, request)
  }

  @Test("an image's configuration and a request become a spec")
  func spec() throws {
    let spec = try draft {
      $0.variables = [VariableChange("A", "2"), VariableChange("B", "3")]
      $0.hasTerminal = true
    }.0.spec
    #expect(spec.env == ["PATH=/bin", "HOSTNAME=abababababab", "TERM=xterm", "A=2", "B=3", "HOME=/"])
    #expect(spec.workingDirectory == "/srv" && spec.hostname == "abababababab" && spec.stopSignal == 3)
    #expect(spec.user.uid == 7 && spec.user.additionalGids == [8])
    #expect(spec.capabilities.bounding == .standard && spec.capabilities.effective == [])
    #expect(spec.noNewPrivileges && spec.namespaces.network == .own)
    #expect(spec.mounts.map(\.target).suffix(2) == ["/dev/shm", "/data"])
    #expect(spec.maskedPaths.contains("/proc/interrupts") && spec.readOnlyPaths.contains("/proc/sys"))
    #expect(spec.files.map(\.path) == ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"])
  }

  @Test("what a user mounts takes the place of what would be there")
  func replaced() throws {
    let spec = try draft {
      $0.mounts = (try? [MountRequest(tmpfs: "/dev/shm"), MountRequest(volume: "./h:/etc/hosts")]) ?? []
    }.0.spec
    #expect(spec.mounts.filter { $0.target == "/dev/shm" }.count == 1)
    #expect(spec.files.map(\.path) == ["/etc/resolv.conf", "/etc/hostname"])
    guard case .bind("/here/./h", recursive: true)? = spec.mounts.last?.source else {
      Issue.record("\(spec.mounts)")
      return
    }
  }

  @Test("--privileged says what it takes away")
  func privileged() throws {
    let draft = try draft { $0.security.isPrivileged = true }.0
    #expect(draft.profile == nil && draft.spec.maskedPaths.isEmpty && draft.spec.allowsAllDevices)
    #expect(draft.spec.capabilities.bounding == .all && !draft.spec.noNewPrivileges)
    #expect(draft.notices.count == 1)
  }

  @Test("ports without a network of their own are refused")
  func ports() throws {
    #expect(throws: Failure.self) {
      try draft { $0.ports = (try? [PortMapping(parsing: "80:80")]) ?? [] }
    }
  }

  @Test("a pod's words are taken as they stand")
  func pod() throws {
    let (draft, request) = try draft()
    let yaml = PodManifest(draft, request, image: "busybox", name: "Team/App:1").yaml
    #expect(yaml.contains("name: team-app-1\n"))
    #expect(yaml.contains(#"- "echo $$(date) 100%""#))
    #expect(!yaml.contains("HOSTNAME"), "the name of this run is not the pod's")
    #expect(yaml.contains("runAsUser: 7\n") && yaml.contains("emptyDir: {}\n"))
  }

  @Test("an ordinary user's bundle asks for nothing that takes root: default limits, its own group once more")
  func rootless() throws {
    let (draft, _) = try draft {
      $0.limits.pids = 2048
      $0.limits.isPidsDefault = true
    }
    let own = IdentityMap(users: [.init(inside: 0, outside: 1, count: 1)], groups: [])
    let (mine, root) = (RuntimeConfiguration(draft, map: own).json, RuntimeConfiguration(draft).json)
    #expect(mine["linux"]?["resources"]?["pids"] == nil && root["linux"]?["resources"]?["pids"] != nil)
    #expect(mine["process"]?["user"]?["additionalGids"] == .array([]))
    #expect(root["process"]?["user"]?["additionalGids"] == .array([.number(8)]))
  }

  @Test("a unit's command line is taken as it stands")
  func unit() {
    let unit = ServiceUnit(
      description: "a\nb", command: ["/bin/ctr-run", "a b", "$HOME", "50%", "\"q\"", "", "x;y", "\n"],
      directory: "/d",
      stopTimeout: 3)
    #expect(
      unit.text.contains(#"ExecStart=/bin/ctr-run "a b" "$$HOME" "50%%" "\"q\"" "" "x;y" "\n""# + "\n"),
      "\(unit.text)")
    #expect(unit.text.contains("TimeoutStopSec=8\n") && unit.text.contains(#"Description=a\u{a}b"#))
  }

  @Test("strings that YAML would take for something else are in quotes")
  func yaml() {
    #expect(
      YAML.text(["a": "yes", "b": "1", "c": "x-y", "d": .array(["- e", "a: b"]), "f": [:]])
        == "a: \"yes\"\nb: \"1\"\nc: x-y\nd:\n- \"- e\"\n- \"a: b\"\nf: {}\n")
  }
}
