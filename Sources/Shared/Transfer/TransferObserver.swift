import Image

/// Is told how a copy goes, from any thread; must return at once.
public protocol TransferObserver: AnyObject, Sendable {
  /// The blob will be moved.
  func expects(_ descriptor: Descriptor)
  /// The destination has the blob already.
  func present(_ descriptor: Descriptor)
  /// So many more bytes of the blob have arrived.
  func advanced(_ descriptor: Descriptor, by bytes: Int)
  /// The blob is whole and in place.
  func completed(_ descriptor: Descriptor)
  /// The destination took the blob from another repository of its own.
  func mounted(_ descriptor: Descriptor, from repository: String)
}

extension TransferObserver {
  /// It is in place, however it came.
  public func mounted(_ descriptor: Descriptor, from repository: String) { completed(descriptor) }
}
