import Dockerfile
import System
import Testing

@Suite("Mounts of RUN")
struct RunMountTests {
  static func mount(_ change: (inout RunMount) -> Void) -> RunMount {
    var mount = RunMount()
    change(&mount)
    return mount
  }

  static let right: [(String, RunMount)] = [
    ("", mount { _ in }),
    ("target=/a", mount { $0.target = "/a" }),
    (
      "TYPE=Bind,from=b,src=c,dst=d,rw",
      mount {
        $0.from = "b"; $0.source = "c"; $0.target = "d"; $0.isReadOnly = false
      }
    ),
    (
      "source=c,destination=d,readonly",
      mount {
        $0.source = "c"; $0.target = "d"; $0.isReadOnly = true
      }
    ),
    ("readwrite=false", mount { $0.isReadOnly = true }),
    (
      "type=cache,id=i,sharing=LOCKED,mode=0700,uid=1,gid=2,target=/c",
      mount {
        $0.kind = .cache
        ($0.id, $0.sharing, $0.mode, $0.uid, $0.gid, $0.target) = ("i", .locked, 0o700, 1, 2, "/c")
      }
    ),
    (
      "type=tmpfs,size=1.5m,target=/t",
      mount {
        $0.kind = .tmpfs; $0.size = 1_572_864; $0.target = "/t"
      }
    ),
    (
      "type=tmpfs,size=64",
      mount {
        $0.kind = .tmpfs; $0.size = 64
      }
    ),
    (
      "type=secret,id=s,required,env=A",
      mount {
        ($0.kind, $0.id, $0.isRequired, $0.env) = (.secret, "s", true, "A")
      }
    ),
    ("type=ssh,required=true,mode=600", mount { ($0.kind, $0.isRequired, $0.mode) = (.ssh, true, 0o600) }),
    ("type=secret,\"id=a,\"\"b\"", mount { ($0.kind, $0.id) = (.secret, "a,\"b") }),
  ]

  @Test("every option is read", arguments: right)
  func parsed(text: String, expected: RunMount) throws {
    #expect(try RunMount(parsing: text) == expected)
  }

  @Test(
    "wrong options are errors",
    arguments: [
      ("type=foo", "unsupported mount type"), ("type=chace", "(did you mean cache?)"),
      ("tagret=/a", "(did you mean target?)"), ("target", "must be a key=value pair"),
      ("ro=x", "invalid value for ro"), ("required", "unexpected key 'required' for mount type 'bind'"),
      ("required=true,type=secret", "unexpected key 'required'"), ("size=1", "unexpected key 'size'"),
      ("type=tmpfs,size=x", "invalid value for size"), ("type=tmpfs,size=1q", "invalid value for size"),
      ("type=tmpfs,size=99999999999p", "invalid value for size"),
      ("type=cache,mode=8", "invalid value 8 for mode"),
      ("type=cache,uid=-1", "invalid value -1 for uid"), ("type=cache,gid=4294967296", "for gid"),
      ("mode=1", "mode not allowed"), ("type=tmpfs,uid=1", "uid not allowed"), ("gid=1", "gid not allowed"),
      ("type=secret,id=a,from=b", "should not have a from"),
      ("type=secret", "one of source, target required"),
      ("type=secret,id=a,sharing=shared", "should not define sharing"),
      ("type=secret,id=a,source=b", "both source and id"),
      ("sharing=shared", "invalid cache sharing set for bind"),
      ("type=cache,sharing=x", "unsupported sharing value"), ("a\"b", "bare \""), ("\"a", "missing \""),
    ])
  func wrong(text: String, problem: String) throws {
    let failure = try #require(throws: Failure.self) { try RunMount(parsing: text) }
    #expect(failure.problem.contains(problem), "\(failure.problem)")
  }

  @Test("a value with commas stays one value")
  func commas() throws {
    var expansion = Expansion { $0 == "x" ? "a,ro=x\"" : nil }
    let run = try #require(try instructions("RUN --mount=type=cache,target=/t,id=$x y").first)
    guard case .run(let expanded) = try run.expanded(by: &expansion).kind else { return }
    #expect(try RunMount(parsing: expanded.mounts[0]).id == "a,ro=x\"")
  }
}
