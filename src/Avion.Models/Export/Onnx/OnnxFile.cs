namespace Avion.Models;

/// <summary>Writes a graph as an ONNX file, whose weights lie in a second file where they are more than protobuf holds.</summary>
internal static class OnnxFile
{
    /// <summary>Operators as of ONNX 1.12 (2022), which have layer normalization.</summary>
    public const int OperatorSet = 17;

    /// <summary>The file format of ONNX 1.12.</summary>
    public const int FormatVersion = 8;

    /// <summary>A protobuf message ends at 2^31 bytes; some room is left for the graph itself.</summary>
    public const long MostBytes = 2_000_000_000;

    /// <summary>The end of the name of a file of weights, behind that of its graph.</summary>
    public const string DataEnding = ".data";

    // Constants that give shapes are read before weights are, and stay inside.
    private const long LeastBytesOutside = 1024;

    // Readers that map the file want weights at the beginning of a page.
    private const long Page = 4096;

    // Fields of GraphProto and TensorProto that are written in parts.
    private const int ModelGraph = 7, GraphTensor = 5, TensorBytes = 9;

    /// <summary>Writes the file, and the second one where it is needed; each appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="graph">What to write.</param>
    /// <param name="metadata">Texts to carry along.</param>
    /// <param name="mostBytes">Largest sum of the weights that goes into the file itself.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string path, OnnxGraph graph, IReadOnlyDictionary<string, string> metadata,
        long mostBytes = MostBytes)
    {
        bool areOutside = graph.Tensors.Sum(tensor => tensor.ByteCount) > mostBytes;
        string dataPath = path + DataEnding;
        Dictionary<OnnxTensor, long> offsets = areOutside ? WriteData(dataPath, graph) : [];
        using AtomicFile file = new(path);
        WriteModel(file.Stream, graph, metadata, offsets, Path.GetFileName(dataPath));
        file.Complete();
        return areOutside ? [path, dataPath] : [path];
    }

    private static Dictionary<OnnxTensor, long> WriteData(string path, OnnxGraph graph)
    {
        Dictionary<OnnxTensor, long> offsets = [];
        using AtomicFile file = new(path);
        foreach (OnnxTensor tensor in graph.Tensors.Where(tensor => tensor.ByteCount >= LeastBytesOutside))
        {
            file.Stream.Write(new byte[(Page - (file.Stream.Position % Page)) % Page]);
            offsets.Add(tensor, file.Stream.Position);
            tensor.WriteElements(file.Stream);
        }

        file.Complete();
        return offsets;
    }

    private static void WriteModel(Stream stream, OnnxGraph graph, IReadOnlyDictionary<string, string> metadata,
        Dictionary<OnnxTensor, long> offsets, string dataName)
    {
        List<(OnnxTensor Tensor, ProtobufMessage Header, long Length)> tensors = [];
        foreach (OnnxTensor tensor in graph.Tensors)
        {
            bool isOutside = offsets.TryGetValue(tensor, out long offset);
            ProtobufMessage header = HeaderOf(tensor, isOutside ? (dataName, offset) : null);
            long elements = isOutside ? 0 : ProtobufMessage.LengthOfField(TensorBytes, tensor.ByteCount);
            tensors.Add((tensor, header, header.Length + elements));
        }

        new ProtobufMessage().Add(1, FormatVersion).Add(2, "Avion").Add(8, new ProtobufMessage().Add(1, "").Add(2, OperatorSet))
            .AddEach(14, metadata, static (message, field, text) => message.Add(field, Text(text.Key, text.Value)))
            .WriteTo(stream);
        ProtobufMessage.WriteHeader(stream, ModelGraph,
            graph.Message.Length + tensors.Sum(tensor => ProtobufMessage.LengthOfField(GraphTensor, tensor.Length)));
        graph.Message.WriteTo(stream);
        foreach ((OnnxTensor tensor, ProtobufMessage header, long length) in tensors)
        {
            ProtobufMessage.WriteHeader(stream, GraphTensor, length);
            header.WriteTo(stream);
            if (length > header.Length)
            {
                ProtobufMessage.WriteHeader(stream, TensorBytes, tensor.ByteCount);
                tensor.WriteElements(stream);
            }
        }
    }

    /// <summary>A tensor without its elements, as <c>TensorProto</c>.</summary>
    private static ProtobufMessage HeaderOf(OnnxTensor tensor, (string File, long Offset)? place)
    {
        const long External = 1;
        ProtobufMessage header = new ProtobufMessage().AddEach(1, tensor.Extents,
            static (message, field, extent) => message.Add(field, extent))
            .Add(2, (long)tensor.Type).Add(8, tensor.Name);
        return place is not { } outside ? header
            : header.Add(13, Text("location", outside.File)).Add(13, Text("offset", $"{outside.Offset}"))
                .Add(13, Text("length", $"{tensor.ByteCount}")).Add(14, External);
    }

    private static ProtobufMessage Text(string key, string value) => new ProtobufMessage().Add(1, key).Add(2, value);
}
