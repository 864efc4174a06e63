import System

/// The error that `body` throws, as errno.
func errno(of body: () throws -> Void) -> CInt? {
  do { try body() } catch { return (error as? Errno)?.rawValue }
  return nil
}
