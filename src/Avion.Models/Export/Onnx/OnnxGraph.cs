namespace Avion.Models;

/// <summary>An extent of an input or output: a number, or a name for one that the caller chooses.</summary>
internal readonly record struct OnnxExtent(long Count, string? Name)
{
    public static implicit operator OnnxExtent(long count) => new(count, null);

    public static implicit operator OnnxExtent(string name) => new(0, name);

    /// <summary>As <c>TensorShapeProto.Dimension</c>.</summary>
    public ProtobufMessage ToMessage() => Name is null ? new ProtobufMessage().Add(1, Count) : new ProtobufMessage().Add(2, Name);
}

/// <summary>A setting of a node, as <c>AttributeProto</c>.</summary>
internal readonly record struct OnnxAttribute(ProtobufMessage Message)
{
    private const long FloatKind = 1, IntegerKind = 2, IntegersKind = 7;

    public static OnnxAttribute Of(string name, long value) => new(new ProtobufMessage().Add(1, name).Add(3, value).Add(20, IntegerKind));

    public static OnnxAttribute Of(string name, float value) => new(new ProtobufMessage().Add(1, name).Add(2, value).Add(20, FloatKind));

    public static OnnxAttribute Of(string name, params long[] values) => new(new ProtobufMessage().Add(1, name)
        .AddEach(8, values, static (message, field, value) => message.Add(field, value)).Add(20, IntegersKind));
}

/// <summary>A graph of operations in the making; a value is known by its name.</summary>
/// <remarks>Nodes are added in the order in which they can run. Source: the ONNX specification, <c>onnx.proto</c>,
/// operator set 17.</remarks>
internal sealed class OnnxGraph
{
    private readonly List<OnnxTensor> _tensors = [];
    private readonly HashSet<string> _tensorNames = new(StringComparer.Ordinal);
    private readonly ProtobufMessage _message = new();
    private int _nodeCount;

    /// <summary>Begins a graph of a name.</summary>
    public OnnxGraph(string name) => _message.Add(2, name);

    /// <summary>What stands before the names of nodes, such as <c>visual.blocks.0</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary>All constants.</summary>
    public IReadOnlyList<OnnxTensor> Tensors => _tensors;

    /// <summary>The graph without its constants, as <c>GraphProto</c>.</summary>
    public ProtobufMessage Message => _message;

    /// <summary>Adds what the caller gives.</summary>
    public string Input(string name, OnnxType type, params ReadOnlySpan<OnnxExtent> extents)
    {
        _message.Add(11, Description(name, type, extents));
        return name;
    }

    /// <summary>Hands a value out under a name of its own.</summary>
    public void Output(string name, string value, params ReadOnlySpan<OnnxExtent> extents)
    {
        AddNode("Identity", [value], [name], []);
        _message.Add(12, Description(name, OnnxType.Float, extents));
    }

    /// <summary>Adds a constant, once for each name.</summary>
    public string Constant(OnnxTensor tensor)
    {
        if (_tensorNames.Add(tensor.Name))
        {
            _tensors.Add(tensor);
        }

        return tensor.Name;
    }

    /// <summary>Adds whole numbers; equal ones are one constant.</summary>
    public string Integers(params long[] values) => Constant(OnnxTensor.Of($"integers[{string.Join(", ", values)}]", values));

    /// <summary>Adds a number; equal ones are one constant.</summary>
    public string Number(float value) =>
        Constant(OnnxTensor.Of(string.Create(CultureInfo.InvariantCulture, $"number {value:R}"), [value], []));

    /// <summary>Adds an operation with one result.</summary>
    public string Apply(string operation, string[] inputs, params OnnxAttribute[] attributes) => Apply(operation, 1, inputs, attributes)[0];

    /// <summary>Adds an operation with several results.</summary>
    public string[] Apply(string operation, int resultCount, string[] inputs, params OnnxAttribute[] attributes)
    {
        string name = NextName(operation);
        string[] results = resultCount == 1 ? [name] : [.. Enumerable.Range(0, resultCount).Select(i => $"{name}.{i}")];
        AddNode(operation, inputs, results, attributes);
        return results;
    }

    private string NextName(string operation) => $"{Scope}{(Scope.Length > 0 ? "/" : "")}{operation}_{_nodeCount}";

    private void AddNode(string operation, string[] inputs, string[] results, OnnxAttribute[] attributes)
    {
        ProtobufMessage node = new ProtobufMessage()
            .AddEach(1, inputs, static (message, field, input) => message.Add(field, input))
            .AddEach(2, results, static (message, field, result) => message.Add(field, result))
            .Add(3, NextName(operation)).Add(4, operation)
            .AddEach(5, attributes, static (message, field, attribute) => message.Add(field, attribute.Message));
        _message.Add(1, node);
        _nodeCount++;
    }

    /// <summary>Name, type and shape, as <c>ValueInfoProto</c>.</summary>
    private static ProtobufMessage Description(string name, OnnxType type, ReadOnlySpan<OnnxExtent> extents)
    {
        ProtobufMessage shape = new();
        foreach (OnnxExtent extent in extents)
        {
            shape.Add(1, extent.ToMessage());
        }

        ProtobufMessage tensor = new ProtobufMessage().Add(1, (long)type).Add(2, shape);
        return new ProtobufMessage().Add(1, name).Add(2, new ProtobufMessage().Add(1, tensor));
    }
}
