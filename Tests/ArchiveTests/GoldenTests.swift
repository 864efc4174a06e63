import System
import TestSupport
import Testing

@testable import Archive

@Suite struct GoldenTests {
  /// SHA-256 of what each method makes of the same text: layers must be the same on every machine.
  static let digests: [(String, String)] = [
    ("gzip", "a419c8bc28ba8ef7d43ce034bb1a3d0ef811ee9cab98c8fd62e64f444139eb80"),
    ("gzip:1", "52b5e52f88ac1010384075c5619d4f611d672054a8d85ec6b1e303ed2025c759"),
    ("gzip:2", "ad176c67a64316121e1c86bad348e5ba6ff79468a41704311f5632839b78ce04"),
    ("gzip:3", "9e624000bd629f444119252cbb2616e8e324c386ebf9bdba96953554b4f50b48"),
    ("gzip:4", "01a761c94c8e578e977ce8f4be831b5c83931c90b5758013bfbfc2ac2cf4e562"),
    ("gzip:5", "d349ae942d187edf9c4460f5d736961ca88a1b6540949d33adb9112e137f3bab"),
    ("gzip:6", "43ab99cd86980236c58abc92f2f52d80c100aacdba2e8a9d365cfddd9985dd77"),
    ("gzip:7", "84d93dff26497422eefa367b81f8d77fd00f85a3914c4108602210d243642e0c"),
    ("gzip:8", "b31b886979a81abbbad031e4761b98ec18ac5ad825139bb725ebfdace1985b44"),
    ("gzip:9", "b31b886979a81abbbad031e4761b98ec18ac5ad825139bb725ebfdace1985b44"),
    ("zstd:1", "778760269ee47ee12b4eb5bedebd016ea427c88e3f46f4e64e11b0b6b72d55ea"),
    ("zstd:2", "3a6ad50cf7bc842f1b6794aa6174cdb5c87fc77296816c54bd77c0d497fcbf11"),
    ("zstd:3", "ebd3c05cbe40d58ea3a1792e6a92c2bc8b6090e7029bbf12b94bb22b1e030d06"),
    ("zstd:4", "00268276c71a74b6bffe3fbd47d19bfa9d02befe35b579c018bce65cd0c2f0ff"),
    ("zstd:5", "76e0473e6829751e055ee27a26fb163a4eb4aa1982be1493a5e3196dfae6d6a0"),
    ("zstd:6", "633760e7b400e84c52ebc74c1c32bc65cea9b5237adac7dac90793b284b0afc7"),
    ("zstd:7", "1b4cad340bedbb4c8257410fbd3344a0c05b3a58af3cfc5d421bb1abcfb9ff8d"),
    ("zstd:8", "95bbd7dedd6b312ed396f4978b9ab28e2f2fc2bc04d63ad1b55831c07a9a6c82"),
    ("zstd:9", "7aabc83ca1df638b9ad758772412796d6a8de5b9e0a7443d47dd26f913e34d1f"),
    ("zstd:10", "be7f60a7d2281c49e6010d4a7118c32ddf0f2a7b23e311fda5ec71b6d7db503f"),
    ("zstd:11", "80de37df305810f9ad224c0aba710d0ff64cf32cbf08a0b4c9750a2a35a8ac7f"),
    ("zstd:12", "80de37df305810f9ad224c0aba710d0ff64cf32cbf08a0b4c9750a2a35a8ac7f"),
    ("zstd:13", "608678fd0d26a32aac4599ef82e35d1c7b73e34fec4d4e02bf7795187439b8cf"),
    ("zstd:14", "32550f21d5a1648a19d0ad549f05e12df8e19e9f6d778ccaffc3edf5df7193c5"),
    ("zstd:15", "07a87eb75be5f12bfeb7d512b8e67d24540a7306b6c1e164ec3f8cdcfa12e77a"),
    ("zstd:16", "aa08cab719ec197e1035bad370371b870b56a88f8ad45517d19ea4ebab764e57"),
    ("zstd:17", "e6de9bc3c9cffdeeb1756dbc4a49ba457a8b1660035c65fe3b1efbe04cf1cd62"),
    ("zstd:18", "c2d57d8617e286bac058aa84fe14096f2c7cac1b22366d25903eb463b430ac23"),
    ("zstd:19", "31b93fb9e2ce776c2098548a58463a82873ff60ca039ccbb9cb50dc5a8d121ba"),
  ]

  @Test("each method gives the bytes it always gave", arguments: digests)
  func golden(_ method: String, _ digest: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("packed", try compressed(text(1_000_003), CompressionMethod(parsing: method)))
    #expect(try scratch.shell("sha256sum < packed").prefix(64) == digest, "\(method)")
  }
}
