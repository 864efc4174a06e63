/// How patient a client is and how much memory it takes; the defaults serve everybody but tests.
struct RegistryOptions: Sendable {
  /// How often and after how long a request is sent again.
  var retry = RetryPolicy()
  /// How long to wait for a server.
  var patience = Patience()
  /// The memory for bodies under way.
  var budget = ChunkBudget()
  /// How many blobs are under way at once, of one source.
  var parallel = 6
}
