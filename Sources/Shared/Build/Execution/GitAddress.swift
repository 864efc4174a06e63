import System
/// Replaced when ADD's one is there.
public struct GitAddress {
  public static func isOne(_ text: String) -> Bool { false }
  public init(parsing text: String) throws(Failure) {}
  public func checkOut(below: String, keepsGitDirectory: Bool, environment: [String: String]) throws(Failure)
    -> String
  { "" }
}
