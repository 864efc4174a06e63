import Testing

/// What examples/build does.
@Suite(.needsRoot, .needs("make"))
struct ImgBuildExampleTests {
  @Test("make builds an image anew exactly when a file that its build read has changed")
  func changes() throws {
    let outcome = try Scratch().run(
      """
      export IMG_LAYERS=$PWD/layers; cp -r \(Machine.root)/examples/build example; cd example; touch hello/unread
      built() { echo "$1: $(make | sed -n 's/^img-build.* //p' | xargs -n 1 basename 2>/dev/null | sort | xargs)"; sleep 0.02; }
      built first
      built again
      echo changed > hello/hello.txt; built content
      touch tools/bin/tool; built touched
      echo x > hello/unread; built unread
      echo x > tools/bin/new; built added
      rm tools/bin/new; built removed
      echo 'LABEL a=b' >> hello/Dockerfile; built Dockerfile
      """)
    #expect(
      outcome.lines == [
        "first: hello tools", "again: ", "content: hello", "touched: tools", "unread: ", "added: tools",
        "removed: tools",
        "Dockerfile: hello",
      ], "\(outcome)")
  }
}
