import ArgumentParser
import CommandLine
import Image
import Testing

@testable import ctr_run

/// Command lines that are read without ArgumentParser, against what that makes of them.
struct PlainArgumentsTests {
  private func text(_ command: CtrRun) -> String {
    var text = ""
    dump(command, to: &text)
    return text
  }

  @Test("every option is read without ArgumentParser, by each of its names, to the same result")
  func options() throws {
    // What prints or needs more than a text is left to it.
    let left = ["--print", "--help", "--help-hidden", "--version"]
    let document = try JSON(parsing: Array(CtrRun._dumpHelp().utf8))
    let arguments = try #require(document["command"]?["arguments"]?.array)
    var count = 0
    for argument in arguments {
      let kind = try #require(argument["kind"]?.string)
      for name in argument["names"]?.array ?? [] {
        let text = try #require(name["name"]?.string)
        let option = (name["kind"]?.string == "short" ? "-" : "--") + text
        if left.contains(option) { continue }
        let lines =
          kind == "flag"
          ? [[option]]
          : [[option, "1"], [option, "1", option, "2"]] + (text.count > 1 ? [["\(option)=1"]] : [])
        for line in lines {
          let plain = try #require(CtrRun.plain(line + ["image", "-x"]), "\(line)")
          #expect(try self.text(plain) == self.text(CtrRun.parse(line + ["image", "-x"])), "\(line)")
          count += 1
        }
      }
    }
    #expect(count > 100, "the options were not found: \(count)")
  }

  @Test(
    "whole command lines are read to the same result",
    arguments: [
      ["image"], ["-"], ["-it", "image", "sh", "-c", "true"], ["-tiq", "image"],
      ["-i", "-i", "--tty", "image"],
      ["--env=A=b=c", "-e", "D", "image", "-e", "E"], ["--net", "none", "-u", "0:0", "a:b@c", "--", "-x"],
      ["--rm", "--name=x", "-v", "/a:/b:ro", "-p", "80:80", "image", "--version"], ["image", "--help"],
      ["--stop-timeout", "5", "--oom-score-adj=10", "image"], ["-m", "1g", "", "x"],
    ])
  func lines(line: [String]) throws {
    #expect(try text(#require(CtrRun.plain(line))) == text(CtrRun.parse(line)))
  }

  @Test(
    "what leaves a doubt is ArgumentParser's",
    arguments: [
      [], ["-eA=b", "image"], ["-e", "-x", "image"], ["--env=-x", "image"], ["--", "image"], ["-:name"],
      ["--nonsense", "image"], ["-ti1", "image"], ["-iu", "0", "image"], ["--tty=1", "image"],
      ["-Z", "image"],
      ["--oom-score-adj", "x", "image"], ["--user=", "image"], ["--user", "", "image"], ["--user"],
      ["--help"], ["--print", "spec", "image"], ["--us", "0", "image"], ["-i"],
      ["--stdin-fd=99999999999", "i"],
    ])
  func doubtful(line: [String]) { #expect(CtrRun.plain(line) == nil) }
}
