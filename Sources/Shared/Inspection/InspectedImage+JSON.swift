import Image

extension InspectedImage {
  /// The document of `--json`: fields are added in later versions, never changed or removed.
  public var json: JSON {
    var object: JSON.Object = [
      "names": .array(names.map(JSON.string)),
      "id": .string(id.description),
    ]
    object["index"] = indexDigest.map { .string($0.description) }
    object["descriptor"] = descriptor.json
    object["platform"] = platform.map { .string($0.description) }
    object["size"] = .number("\(size)")
    object["manifest"] = try? JSON(parsing: manifest.raw)
    object["config"] = configDocument
    object["history"] = .array(history.map(json(of:)))
    object["layers"] = layersJSON
    object["annotations"] = .object(JSON.Object(annotations))
    return .object(object)
  }

  /// The layers, from the base up.
  public var layersJSON: JSON {
    .array(
      manifest.layers.enumerated().map { number, layer in
        var object: JSON.Object = ["digest": .string(layer.digest.description)]
        object["diffID"] = config.map { .string($0.diffIDs[number].description) }
        object["mediaType"] = .string(layer.mediaType.rawValue)
        object["size"] = .number("\(layer.size)")
        if !layer.annotations.isEmpty { object["annotations"] = .object(JSON.Object(layer.annotations)) }
        return .object(object)
      })
  }

  private func json(of step: Step) -> JSON {
    var object = JSON.Object()
    object["created"] = step.history?.created.map(JSON.string)
    object["createdBy"] = step.history?.createdBy.map(JSON.string)
    object["author"] = step.history?.author.map(JSON.string)
    object["comment"] = step.history?.comment.map(JSON.string)
    object["emptyLayer"] = .bool(step.layer == nil)
    if let layer = step.layer {
      object["layer"] = .string(manifest.layers[layer].digest.description)
      object["size"] = .number("\(manifest.layers[layer].size)")
    }
    return .object(object)
  }
}
