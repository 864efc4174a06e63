/// A command line that is read without ArgumentParser.
///
/// That takes 3 ms, most of it for looking up types by name: as long as all else that starting a container takes.
/// Only what leaves no doubt is read here: options with names in full, values that don't begin with `-`, no `--`. All
/// else, and everything that is wrong, is left to ArgumentParser, which reads what is read here to the same result.
public struct PlainArguments {
  private var rest: ArraySlice<String>
  // What stands behind `=` in the option that is read.
  private var attached: String?
  // Several flags in one, of which none has a value.
  private var isJoined = false

  /// These arguments, without the command's name.
  public init(_ arguments: [String]) { rest = arguments[...] }

  /// Reads options up to the first operand.
  ///
  /// - Parameter take: reads one, by its name with the dashes; false where it has none of that name.
  /// - Returns: that operand and all that follows; nil where this is a matter for ArgumentParser.
  public mutating func operands(take: (String, inout PlainArguments) -> Bool) -> [String]? {
    while let argument = rest.first, argument.utf8.first == UInt8(ascii: "-"), argument != "-" {
      rest.removeFirst()
      for name in names(of: argument) { guard take(name, &self) else { return nil } }
      guard attached == nil else { return nil }
    }
    return Array(rest)
  }

  // `-it` is two; `--name=value` leaves the value behind.
  private mutating func names(of argument: String) -> [String] {
    isJoined = false
    guard argument.hasPrefix("--") else {
      isJoined = argument.utf8.count > 2
      return argument.dropFirst().map { "-" + String($0) }
    }
    guard let sign = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else { return [argument] }
    attached = String(argument[argument.index(after: sign)...])
    return [String(argument[..<sign])]
  }

  private mutating func value() -> String? {
    if isJoined { return nil }
    let next = attached ?? rest.popFirst()
    attached = nil
    guard let next, let first = next.utf8.first, first != UInt8(ascii: "-") else { return nil }
    return next
  }

  /// A flag.
  public mutating func set(_ flag: inout Bool) -> Bool {
    flag = true
    return attached == nil
  }

  /// An option with a value.
  public mutating func set<Value: LosslessStringConvertible>(_ option: inout Value?) -> Bool {
    option = value().flatMap(Value.init)
    return option != nil
  }

  /// An option with a number, and another one where it is not given.
  public mutating func set(_ option: inout UInt32) -> Bool {
    guard let number = value().flatMap({ UInt32($0) }) else { return false }
    option = number
    return true
  }

  /// An option with a value that may be given several times.
  public mutating func add(to option: inout [String]) -> Bool {
    guard let value = value() else { return false }
    option.append(value)
    return true
  }
}
