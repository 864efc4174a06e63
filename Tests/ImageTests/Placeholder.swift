import Testing

@testable import Image
